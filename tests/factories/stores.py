"""Object stores for tests: one in memory, and a folder behind ``fsspec`` that is told to fail."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

SECRET = "key-that-nobody-reads"

KINDS = ("", "memory", "file", "standin")
"""Where images are kept: in the home, in memory, in a folder by its address, in the stand-in."""


class StandIn(LocalFileSystem):
    """A folder in which a file appears before it is whole, as in a store that is not atomic.

    Attributes:
        fault: ``""``, or what goes wrong: ``down`` (no call comes through), ``breaks`` (a write
            ends half way with an error), ``tears`` (it ends half way and says nothing), ``hangs``.
        goes_on: what a store that hangs waits for.
        written: the paths that were written, in order.
    """

    protocol = "standin"
    fault: ClassVar[str] = ""
    goes_on: ClassVar[threading.Event] = threading.Event()
    written: ClassVar[list[str]] = []

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return LocalFileSystem._strip_protocol(str(path).removeprefix("standin://"))

    def _meet(self) -> None:
        if StandIn.fault == "down":
            raise ConnectionError(f"https://{SECRET}@store.example could not be reached")
        if StandIn.fault == "hangs":
            StandIn.goes_on.wait(20)

    def info(self, path: str, **options: Any) -> Any:
        self._meet()
        return super().info(path, **options)

    def ls(self, path: str, detail: bool = False, **options: Any) -> Any:
        self._meet()
        return super().ls(path, detail=detail, **options)

    def cat_file(self, path: str, *options: Any, **more: Any) -> Any:
        self._meet()
        return super().cat_file(path, *options, **more)

    def rm(self, path: Any, **options: Any) -> None:
        self._meet()
        super().rm(path, **options)

    def pipe_file(self, path: str, value: bytes, **options: Any) -> None:
        self._meet()
        StandIn.written.append(path)
        whole = StandIn.fault not in ("breaks", "tears")
        super().pipe_file(path, value if whole else value[: len(value) // 2], **options)
        if StandIn.fault == "breaks":
            raise ConnectionError(f"{SECRET}: the line broke")


@contextmanager
def open_store(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty store of a kind; the home's own folder has none."""
    fsspec.register_implementation("standin", StandIn, clobber=True)
    StandIn.fault, StandIn.goes_on = "", threading.Event()
    StandIn.written.clear()
    if kind == "memory":
        root = f"/{uuid.uuid4().hex}"
        try:
            yield f"memory:/{root}/images"
        finally:
            memory = fsspec.filesystem("memory")
            if memory.exists(root):
                memory.rm(root, recursive=True)
        return
    try:
        yield f"{kind}://{folder.as_posix()}/store" if kind else ""
    finally:
        StandIn.fault = ""
        StandIn.goes_on.set()


def write_past(url: str, name: str, data: bytes, folder: Path) -> None:
    """Write a file where images are kept, past all that checks it; ``folder`` is the home's own."""
    if not url:
        (folder / name).write_bytes(data)
        return
    system, root = fsspec.core.url_to_fs(url)
    system.makedirs(root, exist_ok=True)
    system.pipe_file(f"{root}/{name}", data)


def list_names(url: str, folder: Path) -> list[str]:
    """Return the names of all files where images are kept; ``folder`` is the home's own."""
    if not url:
        return sorted(path.name for path in folder.iterdir())
    system, root = fsspec.core.url_to_fs(url)
    found = system.ls(root, detail=False) if system.exists(root) else []
    return sorted(path.rpartition("/")[2] for path in found)
