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
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import typer

from benchmarks.command import run_benchmark
from benchmarks.made_up import KEY, fill_project
from benchmarks.served import ServedApp
from memeclip_core.access.users import Users
from memeclip_core.annotation.decisions.entry import check_labels
from memeclip_core.annotation.decisions.queries import select_rows
from memeclip_core.app.people import open_database
from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings
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
        servers: how many there were.
        kills: how often one was killed.
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
    servers: int
    kills: int
    refused: int
    seconds: float
    next_p95: float
    save_p95: float


class Client:
    """One annotator: asks for memes, saves a decision on each, and tries again until it counts.

    Args:
        addresses: of servers that have one database; where one does not answer, the next is asked.
        name, password: to sign in with.
        tasks: what is decided.
    """

    def __init__(
        self, *, addresses: Iterable[str], name: str, password: str, tasks: TaskSet
    ) -> None:
        self._addresses = deque(map(urlsplit, addresses))
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
                self._addresses.rotate(-1)
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
            address = self._addresses[0]
            self._connection = http.client.HTTPConnection(
                address.hostname or "", address.port, timeout=30
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
    rows: Iterable[Correction],
    clients: Sequence[Client],
    *,
    seconds: float,
    servers: int = 1,
    kills: int = 0,
) -> CrowdReport:
    """Compare what the servers acknowledged with the rows of a log that holds nothing else."""
    acknowledged = {save: meme for client in clients for save, meme in client.acknowledged.items()}
    kept: dict[str, str] = {}
    people: dict[str, set[str]] = defaultdict(set)
    written: Counter[tuple[str, str]] = Counter()
    for row in rows:
        kept[row.save] = row.meme
        people[row.meme].add(row.annotator)
        written[row.save, row.task] += 1
    return CrowdReport(
        clients=len(clients),
        acknowledged=len(acknowledged),
        lost=sum(kept.get(save) != meme for save, meme in acknowledged.items()),
        # A decision has one row for each task.
        doubled=written.total() - len(written) + len(kept.keys() - acknowledged.keys()),
        shared=sum(len(names) > 1 for names in people.values()),
        retries=sum(client.retries for client in clients),
        servers=servers,
        kills=kills,
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
    servers: Annotated[
        int, typer.Option(min=1, help="Servers of one --database-url, each with its own home.")
    ] = 1,
    kill: Annotated[
        bool, typer.Option("--kill/--no-kill", help="Kill a server when half is saved.")
    ] = True,
) -> None:
    """Let many clients label over HTTP, and count what is lost, doubled or given out twice.

    They label against servers of their own. One of them is killed without warning when half is
    saved: a single one is started again, the clients of one of several go on at the next. Saves
    that were not acknowledged are sent once more, under the same ids.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty. Give a folder that does not exist yet.")
    if servers > 1 and not settings.database_url:
        raise InputError("Several servers need one database: name an empty one, --database-url.")
    homes = [Home(folder / f"server-{number}").create() for number in range(servers)]
    settings = replace(settings, home=homes[0].root)
    tasks = read_named_task_set(settings.tasks[0], settings.assets)
    # Some more than are labelled: clients hold memes that they load ahead.
    memes = clients * (saves + 20)
    database = open_database(settings)
    fill_project(
        homes[0], tasks, memes=memes, decisions=0, on_progress=lambda _: None, database=database
    )
    password = secrets.token_urlsafe(16)
    names = [f"client-{number:02}" for number in range(clients)]
    for name in names:
        Users(database).add(name=name, role="annotator", password=password)
    warn(f"{clients} clients label {memes:,} memes at {servers} server(s)")
    options = [
        "--encoder", settings.encoder, "--checkpoints", str(settings.checkpoints.resolve()),
        "--tasks", settings.tasks[0],
    ]  # fmt: skip
    if settings.database_url:
        options += ["--database-url", settings.database_url]
    with ExitStack() as stack:
        served = [stack.enter_context(ServedApp(home=home.root, options=options)) for home in homes]
        addresses = [server.address for server in served]
        crowd = [
            Client(
                addresses=addresses[number % servers :] + addresses[: number % servers],
                name=name,
                password=password,
                tasks=tasks,
            )
            for number, name in enumerate(names)
        ]
        interrupt = served[0].restart if servers == 1 else served[0].kill
        seconds = let_label(crowd, saves, halfway=interrupt if kill else None)
        kills = sum(server.kills for server in served)
    with database.read() as connection:
        rows = [row for _, row in select_rows(connection)]
    database.close()
    say(render_crowd(check_log(rows, crowd, seconds=seconds, servers=servers, kills=kills)))


def render_crowd(report: CrowdReport) -> str:
    """Return what came of a crowd's work, one line a question."""
    return "\n".join(
        (
            f"{report.clients} clients saved {report.acknowledged:,} decisions in "
            f"{report.seconds:.1f} s at {report.servers} server(s), killed {report.kills} "
            "time(s)",
            f"lost: {report.lost}, doubled: {report.doubled}, given to two by accident: "
            f"{report.shared}, refused: {report.refused}, calls made again: {report.retries}",
            f"p95 over HTTP: next {report.next_p95:.0f} ms, save {report.save_p95:.0f} ms",
        )
    )


if __name__ == "__main__":
    run_benchmark(bench_crowd, "benchmarks.crowd")
