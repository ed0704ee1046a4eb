"""Databases for tests: a SQLite file, and a PostgreSQL server of the tests' own on a socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

_OPTIONS = "-c listen_addresses= -c fsync=off -c max_connections=60 -c shared_buffers=16MB"


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's programs, or ``None`` where it is not installed."""
    found = [Path(path).parent for path in [shutil.which("initdb") or ""] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)


class Server:
    """A PostgreSQL server that listens on a socket in its own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database, give its URL, and drop it."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield f"postgresql+psycopg://postgres@/{name}?host={quote(str(self._folder))}"
        finally:
            self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        where = f"host={self._folder} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def run_postgres(programs: Path) -> Iterator[Server]:
    """Start a server that nobody else can reach, and stop it; its data go with it."""
    folder = Path(tempfile.mkdtemp(prefix="memeclip-pg-"))
    # The server refuses to run as root.
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    else:
        prefix = []

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*prefix, programs / program, *arguments],
            check=True, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", f"{_OPTIONS} -k {folder}",
            "start")  # fmt: skip
        yield Server(folder)
    finally:
        subprocess.run(
            [*prefix, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            check=False, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
