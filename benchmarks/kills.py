"""Kill a server at random moments of its work, and look what is lost, doubled or half.

``python -m benchmarks.kills FOLDER``
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

from benchmarks.audit import audit_home, audit_kill, count_states, has_work
from benchmarks.command import run_benchmark
from benchmarks.crowd import Client
from benchmarks.made_up import fill_project
from benchmarks.served import ServedApp
from benchmarks.victim import ADMIN, ORDERS
from memeclip_core.access.users import Users
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, StoreError
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set

WORKS: Final = ("save", "import", "retrain", "promote", "export")
"""What the server is at when it is killed, in turn; people save meanwhile, whatever it is."""

SAVERS: Final = 2
SAVES: Final = 12
"""How many people save, and how much each of them in one round."""

LONGEST: Final = 3.0
"""Seconds after which it is killed at the latest."""

PATIENCE: Final = 300.0
"""Seconds in which what is waited for has to be done."""


@with_settings()
def bench_kills(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder to be made, for a made-up project.")
    ],
    kills: Annotated[int, typer.Option(min=1, help="How often the server is killed.")] = 44,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 0,
) -> None:
    """Kill a server while people save and it imports, retrains, promotes or exports.

    After each kill it is started again, and all is looked at: acknowledged decisions, the log's
    file, what decisions add up to, models and the active one, jobs, imports and exports.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty. Give a folder that does not exist yet.")
    home = Home(folder.resolve() / "home").create()
    orders = home.root.parent / ORDERS
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    memes = (kills + 1) * SAVERS * SAVES + 100
    fill_project(home, tasks, memes=memes, decisions=0, on_progress=lambda _: None)
    names, password = [f"person{number}" for number in range(SAVERS)], secrets.token_urlsafe(16)
    users = Users(Database.of_home(home.root))
    for name in names:
        users.add(name=name, role="annotator", password=password)
    users.add(name=ADMIN.name, role=ADMIN.role, password=password)
    checkpoints = settings.checkpoints.resolve()
    options = (
        "--encoder", settings.encoder, "--checkpoints", str(checkpoints),
        "--tasks", settings.tasks[0],
    )  # fmt: skip
    generator = np.random.default_rng(seed)
    faults: list[str] = []
    orders.write_text("", encoding="utf-8")
    program = ("benchmarks.victim", str(home.root.parent))
    with ServedApp(home=home.root, options=options, program=program) as served:
        people = [
            Client(addresses=[served.address], name=name, password=password, tasks=tasks)
            for name in names
        ]
        # What is promoted later.
        for thread in let_save(people):
            thread.join()
        orders.write_text("retrain", encoding="utf-8")
        wait_for(lambda: count_states(home)["retrain done"] > 0)
        for number in range(kills):
            work = WORKS[number % len(WORKS)]
            saving = let_save(people)
            orders.write_text(work, encoding="utf-8")
            time.sleep(generator.uniform(0.0, LONGEST))
            served.kill()
            orders.write_text("", encoding="utf-8")
            found = list(audit_kill(home))
            served.start()
            for thread in saving:
                thread.join()
            wait_for(lambda: not has_work(home))
            acknowledged = {k: v for one in people for k, v in one.acknowledged.items()}
            found += audit_home(home, checkpoints, acknowledged)
            warn(f"{number + 1}: {work}, {len(acknowledged)} saved; {len(found)} fault(s)")
            faults += [f"kill {number + 1}, {work}: {fault}" for fault in found]
    say(render_kills(kills, len(acknowledged), faults))
    say(", ".join(f"{name}: {count}" for name, count in sorted(count_states(home).items())))
    if faults:
        raise typer.Exit(1)


def let_save(people: Sequence[Client]) -> list[threading.Thread]:
    """Let all people save some decisions more, each in a thread."""

    def save(one: Client) -> None:
        one.label(len(one.acknowledged) + len(one.refused) + SAVES, lambda: None)

    threads = [threading.Thread(target=save, args=(one,), daemon=True) for one in people]
    for thread in threads:
        thread.start()
    return threads


def wait_for(seen: Callable[[], bool]) -> None:
    """Wait until something is seen; raise StoreError if that does not come."""
    ends = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > ends:
            raise StoreError(f"The server did not do its work in {PATIENCE:g} seconds.")
        time.sleep(0.2)


def render_kills(kills: int, saved: int, faults: Sequence[str]) -> str:
    """Return what came of it: one line, and one for each fault."""
    return "\n".join((f"{kills} kills, {saved:,} decisions saved, {len(faults)} fault(s)", *faults))


if __name__ == "__main__":
    run_benchmark(bench_kills, "benchmarks.kills")
