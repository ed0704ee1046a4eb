"""Many annotators who label over HTTP at once, as the page does, and notice what is lost.

``python -m benchmarks.crowd FOLDER``
"""

from __future__ import annotations

import http.client
import json
import secrets
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import typer

from benchmarks.command import run_benchmark
from benchmarks.made_up import KEY, fill_project
from benchmarks.served import ServedApp
from memeclip_core.annotation.decisions.entry import check_labels
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.queries import select_rows
from memeclip_core.app.people import add_person
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.decision import Correction
from memeclip_core.records.project import Labels
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import Task, TaskSet

PATIENCE = 300.0
"""For how many seconds a client tries again before it gives up."""

_PAUSE = 0.2
_UNREACHED = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdReport:
    """What came of a crowd's work.

    Attributes:
        clients: how many people labelled at once.
        acknowledged: saves that the server said were saved.
        lost: acknowledged saves that the log does not have.
        doubled: decisions in the log beyond the acknowledged ones, and rows written twice.
        shared: memes that more than one person got, though one was wanted.
        retries: calls that had to be made again: the server was gone, or busy.
        restarts: how often the server was killed and started again.
        refused: saves that the server would not take.
        seconds: from the first call to the last.
        next_p95, save_p95: of calls that were answered at once, in milliseconds.
    """

    clients: int
    acknowledged: int
    lost: int
    doubled: int
    shared: int
    retries: int
    restarts: int
    refused: int
    seconds: float
    next_p95: float
    save_p95: float


class Client:
    """One annotator: asks for memes, saves a decision on each, and tries again until it counts."""

    def __init__(self, *, address: str, name: str, password: str, tasks: TaskSet) -> None:
        self._address = urlsplit(address)
        self._name = name
        self._password = password
        self._tasks = tasks
        self._generator = np.random.default_rng(list(name.encode()))
        self._cookie = ""
        self._connection: http.client.HTTPConnection | None = None
        self.acknowledged: dict[str, str] = {}
        self.refused: list[str] = []
        self.retries = 0
        self.taken: dict[str, list[float]] = {"queue/next": [], "decisions": []}

    def label(self, count: int, on_saved: Callable[[], None]) -> None:
        """Save so many decisions.

        Raises:
            StoreError: if the server does not come back, or gives no memes any more.
        """
        while len(self.acknowledged) + len(self.refused) < count:
            answer = self.call("queue/next", count=3, client=self._name, order="import")
            items = answer.get("items")
            if not items:
                raise StoreError(
                    f"{self._name} got no meme after {len(self.acknowledged)} saves. "
                    f"{answer.get('detail', 'There are none left.')}"
                )
            for item in items[: count - len(self.acknowledged) - len(self.refused)]:
                self._save(item)
                on_saved()

    def _save(self, item: Mapping[str, Any]) -> None:
        save, meme = uuid.uuid4().hex, str(item["meme"]["id"])
        labels = draw_labels(self._tasks, self._generator)
        answer = self.call(
            "decisions", save=save, meme=meme, labels=labels, shown=not item["hidden"],
            model=item["model"], version=item["version"], seconds=1.0,
        )  # fmt: skip
        if "detail" in answer or answer["saved"]["conflict"]:
            self.refused.append(str(answer.get("detail") or answer["saved"]["conflict"]))
        else:
            self.acknowledged[str(answer["saved"]["receipt"]["save"])] = meme

    def call(self, path: str, **sent: Any) -> dict[str, Any]:
        """Post to the API below the project until it answers; return the answer, or the fault."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if not self._cookie:
                    self._sign_in()
                start = time.perf_counter()
                status, answer = self._post(path, sent)
            except _UNREACHED:
                self._hang_up()
                self._wait()
                continue
            if status == 401:
                self._cookie = ""
                self._wait()
                continue
            if status == 429 or status >= 500:
                self._wait()
                continue
            self.taken[path].append(1000 * (time.perf_counter() - start))
            return answer
        raise StoreError(f"The server did not answer {self._name} for {PATIENCE:g} seconds.")

    def _post(self, path: str, sent: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json", "Cookie": self._cookie}
        address = f"/api/v1/projects/{KEY}/{path}"
        status, data, _ = self._send(address, json.dumps(sent), headers)
        return status, json.loads(data) if status < 500 else {}

    def _sign_in(self) -> None:
        body = urlencode({"username": self._name, "password": self._password})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, cookies = self._send("/login", body, headers)
        if status != 200:
            raise http.client.HTTPException(f"signing in was answered with {status}")
        self._cookie = "; ".join(cookie.split(";")[0] for cookie in cookies)

    def _send(
        self, path: str, body: str, headers: Mapping[str, str]
    ) -> tuple[int, bytes, Sequence[str]]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                self._address.hostname or "", self._address.port, timeout=30
            )
        self._connection.request("POST", path, body.encode(), dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read(), answer.headers.get_all("Set-Cookie", [])

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _wait(self) -> None:
        self.retries += 1
        time.sleep(_PAUSE)


def let_label(
    clients: Sequence[Client], saves: int, *, halfway: Callable[[], None] | None = None
) -> float:
    """Let all clients label at once; return the seconds that it took.

    Args:
        clients: who labels.
        saves: how many decisions each of them saves.
        halfway: called once, from a thread of its own, when half of all is saved.

    Raises:
        StoreError: if some client gave up.
    """
    faults: list[BaseException] = []
    half = threading.Event()
    left = threading.Semaphore(len(clients) * saves // 2)

    def on_saved() -> None:
        if not left.acquire(blocking=False):
            half.set()

    def work(client: Client) -> None:
        try:
            client.label(saves, on_saved)
        except BaseException as error:
            faults.append(error)
            half.set()

    def interrupt() -> None:
        half.wait()
        if halfway is not None and not faults:
            try:
                halfway()
            except BaseException as error:
                faults.append(error)

    threads = [threading.Thread(target=work, args=(client,), daemon=True) for client in clients]
    threads.append(threading.Thread(target=interrupt, daemon=True))
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return time.monotonic() - start


def check_log(
    rows: Sequence[Correction], clients: Sequence[Client], *, seconds: float, restarts: int
) -> CrowdReport:
    """Compare what the server acknowledged with a log of decisions, where nothing else is in it."""
    acknowledged = {save: meme for client in clients for save, meme in client.acknowledged.items()}
    kept = {row.save: row.meme for row in rows}
    lost = sum(kept.get(save) != meme for save, meme in acknowledged.items())
    # A row more than the decisions have answers was written twice.
    doubled = len(rows) - len({(row.save, row.meme, row.task) for row in rows})
    doubled += len(kept.keys() - acknowledged.keys())
    people = Counter(meme for _, meme in {(row.annotator, row.meme) for row in rows})
    return CrowdReport(
        clients=len(clients),
        acknowledged=len(acknowledged),
        lost=lost,
        doubled=doubled,
        shared=sum(count > 1 for count in people.values()),
        retries=sum(client.retries for client in clients),
        restarts=restarts,
        refused=sum(len(client.refused) for client in clients),
        seconds=seconds,
        next_p95=_p95(clients, "queue/next"),
        save_p95=_p95(clients, "decisions"),
    )


def draw_labels(tasks: TaskSet, generator: np.random.Generator) -> Labels:
    """Return any labels that a person may give."""
    return check_labels(tasks, {task.key: _draw(task, generator) for task in tasks})


def _draw(task: Task, generator: np.random.Generator) -> tuple[str, ...]:
    if task.kind == "multilabel":
        return tuple(name for name in task.names if generator.random() < 0.1)
    return (task.names[int(generator.integers(len(task.names)))],)


def _p95(clients: Sequence[Client], path: str) -> float:
    taken = [value for client in clients for value in client.taken[path]]
    return float(np.percentile(taken, 95)) if taken else float("nan")


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
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty. Give a folder that does not exist yet.")
    home = Home(folder).create()
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    # Some more than are labelled: clients hold memes that they load ahead.
    memes = clients * (saves + 20)
    fill_project(home, tasks, memes=memes, decisions=0, on_progress=lambda _: None)
    password, served_home = secrets.token_urlsafe(16), replace(settings, home=folder)
    names = [f"client-{number:02}" for number in range(clients)]
    for name in names:
        add_person(served_home, name=name, role="annotator", password=password)
    warn(f"{clients} clients label {memes:,} memes")
    options = (
        "--encoder", settings.encoder, "--checkpoints", str(settings.checkpoints.resolve()),
        "--tasks", settings.tasks[0],
    )  # fmt: skip
    with ServedApp(home=folder, options=options) as served:
        crowd = [
            Client(address=served.address, name=name, password=password, tasks=tasks)
            for name in names
        ]
        seconds = let_label(crowd, saves, halfway=served.kill if kill else None)
        restarts = served.restarts
    with DecisionLog(database=Database.of_home(home.root), home=home).read() as connection:
        rows = [row for _, row in select_rows(connection)]
    report = check_log(rows, crowd, seconds=seconds, restarts=restarts)
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


if __name__ == "__main__":
    run_benchmark(bench_crowd, "benchmarks.crowd")
