"""Kill a web server at its n-th write, for every n, and look at everything after its next start.

``python -m tests.faults.write_points FOLDER [--most N]``. A write is what changes the home: a file
that is made, written, synced, cut, renamed or deleted, a folder that is made or deleted, and a
transaction before it is committed. Half of the bytes of a write that is the last one are written.

Servers are forked from one process that has everything imported, since an import takes longer than
all that is to be seen.
"""

from __future__ import annotations

import http.client
import json
import os
import pickle
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from benchmarks import audit, victim
from benchmarks.audit import audit_home, audit_kill, has_work
from benchmarks.made_up import KEY
from benchmarks.victim import ACTS, ADMIN
from memeclip_core.annotation.decisions.log_rows import encode_header
from memeclip_core.app.archives import back_up
from memeclip_core.config import Settings
from memeclip_core.errors import MemeclipError, StoreError
from memeclip_core.storage.home import DATABASE, Home
from memeclip_core.ui.app import build_app, launch_options
from tests.factories.hub import FakeHub
from tests.factories.services import HATE, NO_HATE
from tests.factories.studios import build_tiny_studio, draw_png, write_starters

REPOSITORY: Final = "ada/backup"
PATIENCE: Final = 120.0
_BY_PATH: Final = ("mkdir", "rmdir", "rename", "replace", "unlink", "remove")
_BY_HANDLE: Final = ("write", "fsync", "ftruncate")


class Writes:
    """Counts what changes a folder, and ends this process at a number."""

    def __init__(self, root: Path) -> None:
        self._root, self._at = str(root), 0
        self.count = 0
        for name in _BY_PATH:
            self._wrap(name, self._is_ours)
        for name in _BY_HANDLE:
            self._wrap(name, lambda handle: self._is_ours(f"/proc/self/fd/{handle}", link=True))
        opened = os.open

        def open_(path: Any, flags: int, *rest: Any, **named: Any) -> int:
            if flags & os.O_CREAT and self._is_ours(path):
                self._step()
            return opened(path, flags, *rest, **named)

        os.open = open_
        event.listen(Engine, "commit", lambda connection: self._step())

    def arm(self, at: int) -> None:
        """Count from now on, to the end at a number; 0 is none."""
        self.count, self._at = 0, at

    def _wrap(self, name: str, is_ours: Callable[[Any], bool]) -> None:
        real = getattr(os, name)

        def call(first: Any, *rest: Any, **named: Any) -> Any:
            if is_ours(first):
                last = self.count + 1 == self._at
                if last and name == "write":
                    real(first, bytes(rest[0])[: len(rest[0]) // 2])
                self._step()
                if name == "fsync":
                    return None  # a kill is no power cut, and this takes long
            return real(first, *rest, **named)

        setattr(os, name, call)

    def _is_ours(self, path: Any, link: bool = False) -> bool:
        with suppress(OSError, TypeError):
            return str(os.readlink(path) if link else os.fspath(path)).startswith(self._root)
        return False

    def _step(self) -> None:
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class KeptHub(FakeHub):
    """The Hub's stand-in, whose commits outlive the program that made them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            self.stored, self.commits, self.title = pickle.loads(path.read_bytes())

    def create_commit(self, *words: Any, **named: Any) -> Any:
        done = super().create_commit(*words, **named)
        beside = self._path.with_suffix(".new")
        beside.write_bytes(pickle.dumps((self.stored, self.commits, self.title)))
        beside.replace(self._path)
        return done


class Server:
    """A web server in a process of its own, that does what it is told until its n-th write."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._line, line = Pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._line.close()
            try:
                _serve(settings, line)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        line.close()
        try:
            self.port = int(self._line.recv())
        except EOFError:
            raise StoreError("The server did not start; what it said stands above.") from None

    def order(self, work: str, at: int = 0) -> None:
        """Tell it what to do, and at which write to end."""
        self._line.send((work, at))

    def wait(self) -> int:
        """Return how many writes it took; 0 if it was killed on the way."""
        try:
            return int(self._line.recv())
        except (EOFError, ConnectionResetError):
            return 0

    def end(self) -> None:
        """Kill it, if it lives."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        self._line.close()

    def post(self, path: str, **sent: Any) -> dict[str, Any] | None:
        """Return what it answers; ``None`` if it is gone."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            line.request("POST", path, json.dumps(sent), {"Content-Type": "application/json"})
            answer = line.getresponse()
            data = json.loads(answer.read())
            assert answer.status == 200, (answer.status, data)
            return dict(data)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()


def _serve(settings: Settings, line: Connection) -> None:
    import huggingface_hub

    root = settings.home.parent
    tempfile.tempdir = str(root / "tmp")
    huggingface_hub.HfApi = lambda: KeptHub(root / "hub.pickle")
    writes = Writes(settings.home)
    studio = build_tiny_studio(settings)
    app = build_app(studio)
    options = launch_options(studio)
    app.launch(**options, quiet=True, prevent_thread_lock=True)
    studio.projects._jobs.serve()
    line.send(app.server_port)
    while True:
        work, at = line.recv()
        if work == "save":
            writes.arm(at)
            line.recv()  # that somebody else has saved
        elif work in ACTS:
            writes.arm(at)
            with suppress(MemeclipError):
                ACTS[work](studio, root)
        elif work == "cache":
            first, second, third = os.urandom(3)
            writes.arm(at)
            data = draw_png((first, second, third))
            found = studio.predict(data, "a.png", task_set="pridemm")
            studio.correct(ADMIN, prediction=found, data=data, labels=NO_HATE, note="")
        elif work == "back up":
            writes.arm(at)
            studio.backup.push_now(ADMIN)
        elif work == "archive":
            writes.arm(at)
            back_up(settings, settings.home / "kept.zip")
        line.send(writes.count)
        writes.arm(0)


WORKS: Final = ("save", *ACTS, "cache", "back up", "archive")


class Walk:
    """One home, whose server is killed again and again.

    Attributes:
        faults: what was wrong, each with where.
        kills: how many servers were killed.
    """

    def __init__(self, folder: Path) -> None:
        checkpoints = write_starters(folder / "checkpoints")
        (folder / "tmp").mkdir()
        self.settings = Settings(
            home=folder / "home", encoder="fake", checkpoints=checkpoints, threads=1,
            tasks=("pridemm",), port=0, backup_to=REPOSITORY,
        )  # fmt: skip
        self._home = Home(self.settings.home)
        self._acknowledged: dict[str, str] = {}
        self._server = Server(self.settings)
        self.faults: list[str] = []
        self.kills = 0

    def set_up(self) -> None:
        """Make a project, and a model that can be promoted."""
        self._server.end()
        pid = os.fork()
        if pid == 0:
            try:
                _set_up(replace(self.settings, backup_to=""))
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(pid, 0)[1] == 0
        self._server = Server(self.settings)
        for number in range(8):
            self._save(number)
        for work in ("retrain", "back up"):
            self._do(work)

    def count(self, work: str) -> int:
        """Return how many writes a work takes."""
        return self._do(work) or 1

    def kill(self, work: str, at: int) -> bool:
        """Kill the server at a write, start it, look; say whether it came to that write."""
        self._ready(work)
        if self._do(work, at):
            return False
        self._server.end()
        self.kills += 1
        found = list(audit_kill(self._home))
        try:
            self._server = Server(self.settings)
        except StoreError as error:
            raise SystemExit(f"{work}, write {at}: {error}") from None
        for save, meme in self._unsure:
            self._send(save, meme)
        _wait(lambda: not has_work(self._home))
        found += audit_home(self._home, self.settings.checkpoints, self._acknowledged)
        found += [f"{path.name} is left" for path in self._home.root.rglob("*.tmp")]
        found += self._audit_hub()
        for one in found:
            print(f"{work}, write {at}: {one}", flush=True)
        self.faults += found
        return True

    def end(self) -> None:
        self._server.end()

    def _ready(self, work: str) -> None:
        """Do what a work needs, such as decisions that a retraining can learn from."""
        (self._home.root / "kept.zip").unlink(missing_ok=True)
        if work in ("retrain", "back up"):
            for _ in range(2):
                self._save(len(self._acknowledged))

    def _do(self, work: str, at: int = 0) -> int:
        self._unsure: list[tuple[str, str]] = []
        if work != "save":
            self._server.order(work, at)
            return self._server.wait()
        meme = self._next()
        self._server.order(work, at)
        saved = self._send(f"walk-{len(self._acknowledged):05d}-{time.monotonic_ns()}", meme)
        if saved:
            self._server.order("saved")
        return self._server.wait() if saved else 0

    def _save(self, number: int) -> None:
        assert self._send(f"walk-{number:05d}-{time.monotonic_ns()}", self._next())

    def _next(self) -> str:
        found = self._server.post(
            f"/api/v1/projects/{KEY}/queue/next", count=1, client="walk", order="import"
        )
        if found is None or not found["items"]:
            self._do("import")
            return self._next()
        return str(found["items"][0]["meme"]["id"])

    def _send(self, save: str, meme: str) -> bool:
        labels = HATE if len(self._acknowledged) % 2 else NO_HATE
        found = self._server.post(
            f"/api/v1/projects/{KEY}/decisions",
            save=save, meme=meme, labels=labels, shown=True, model="", version=1, seconds=1.0,
        )  # fmt: skip
        if found is None:
            self._unsure.append((save, meme))
            return False
        self._acknowledged[save] = meme
        return True

    def _audit_hub(self) -> Iterator[str]:
        """Say what of the backup could not be put back."""
        stored = KeptHub(self._home.root.parent / "hub.pickle").stored
        if DATABASE not in stored:
            return
        with tempfile.NamedTemporaryFile(suffix=".sqlite") as file:
            Path(file.name).write_bytes(stored[DATABASE])
            copy = sqlite3.connect(file.name)
            said = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                yield f"the database of the backup is damaged: {said}"
            copy.close()
        if not stored["corrections.csv"].startswith(encode_header()):
            yield "the decisions of the backup begin otherwise"


def _set_up(settings: Settings) -> None:
    studio = build_tiny_studio(settings)
    studio.projects.create(
        ADMIN, key=KEY, title="Made up", task_set="pridemm", hidden_share=0.0, order="import"
    )
    ACTS["import"](studio, settings.home.parent)


def _wait(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < end, "the server did not do its work"
        time.sleep(0.05)


def spread(count: int, most: int) -> list[int]:
    """Return at most so many numbers from 1 to a count, both among them; 0 is all."""
    if not most or count <= most:
        return list(range(1, count + 1))
    steps = max(most - 1, 1)  # one place alone is the first
    return sorted({1 + round(place * (count - 1) / steps) for place in range(most)})


@contextmanager
def walking(folder: Path) -> Iterator[Walk]:
    walk = Walk(folder)
    try:
        yield walk
    finally:
        walk.end()


def main(words: list[str]) -> None:
    """Walk, and print a line for each work."""
    # In this program and its servers alone: other tests use both in their own process.
    audit.PICTURES = victim.PICTURES = 6
    folder, most = Path(words[0]).resolve(), int(words[2]) if "--most" in words else 0
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.monotonic()
    with walking(folder) as walk:
        walk.set_up()
        for work in words[3:] or WORKS:
            walk._ready(work)
            count = walk.count(work)
            sys.stdout.flush()
            met = sum(walk.kill(work, at) for at in spread(count, most))
            took = time.monotonic() - started
            print(f"{work}: {count} writes, {met} kills, {len(walk.faults)} faults, {took:.0f} s")
    print(f"{walk.kills} kills, {len(walk.faults)} fault(s), {time.monotonic() - started:.0f} s")
    sys.exit(1 if walk.faults else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
