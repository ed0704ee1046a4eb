"""``memeclip bench-crowd``: many people label at once, and the server is killed meanwhile."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError

if TYPE_CHECKING:
    from memeclip_core.app.crowd import CrowdReport


@with_settings()
def bench_crowd(
    settings: Settings,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder to be made, for a made-up project.")
    ],
    clients: Annotated[int, typer.Option(min=1, help="How many label at once.")] = 16,
    saves: Annotated[int, typer.Option(min=1, help="Decisions that each of them saves.")] = 200,
    kill: Annotated[
        bool, typer.Option("--kill/--no-kill", help="Kill the server when half is saved.")
    ] = True,
) -> None:
    """Let many clients label over HTTP, and count what is lost, doubled or given out twice.

    They label against a server of their own, which is killed without warning when half is saved
    and started again; saves that it did not acknowledge are sent once more, under the same ids.
    """
    from memeclip_core.access.users import add_user
    from memeclip_core.annotation.decisions.log import CorrectionStore
    from memeclip_core.app.crowd import Client, check_log, let_label
    from memeclip_core.app.labelling_speed import fill_project
    from memeclip_core.app.served import ServedApp
    from memeclip_core.storage.home import Home
    from memeclip_core.storage.task_files import read_named_task_set

    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty. Give a folder that does not exist yet.")
    home = Home(folder).create()
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    # Some more than are labelled: clients hold memes that they load ahead.
    memes = clients * (saves + 20)
    fill_project(home, tasks, memes=memes, decisions=0, on_progress=lambda _: None)
    users, password = folder / "users.json", secrets.token_urlsafe(16)
    names = [f"client-{number:02}" for number in range(clients)]
    for name in names:
        add_user(users, name=name, role="annotator", password=password)
    warn(f"{clients} clients label {memes:,} memes")
    options = (
        "--encoder", settings.encoder, "--checkpoints", str(settings.checkpoints.resolve()),
        "--tasks", settings.tasks[0],
    )  # fmt: skip
    with ServedApp(home=folder, users=users, options=options) as served:
        crowd = [
            Client(address=served.address, name=name, password=password, tasks=tasks)
            for name in names
        ]
        seconds = let_label(crowd, saves, halfway=served.kill if kill else None)
        restarts = served.restarts
    ledger = CorrectionStore(home).ledger()
    report = check_log(ledger, tasks, crowd, seconds=seconds, restarts=restarts)
    say(render_crowd(report))


def render_crowd(report: CrowdReport) -> str:
    """Return what came of a crowd's work, one line a question."""
    return "\n".join(
        (
            f"{report.clients} clients saved {report.acknowledged:,} decisions in "
            f"{report.seconds:.1f} s; the server was killed {report.restarts} time(s)",
            f"lost: {report.lost}, doubled: {report.doubled}, given to two by accident: "
            f"{report.shared}, refused: {report.refused}, calls made again: {report.retries}",
            f"p95 over HTTP: next {report.next_p95:.0f} ms, save {report.save_p95:.0f} ms",
        )
    )
