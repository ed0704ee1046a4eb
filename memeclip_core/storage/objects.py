"""Files by name, each written once: in a folder, or in an object store that ``fsspec`` speaks to.

Invariants: what was written is durable and whole when ``write`` returns; a store in which a file
appears before it is whole gets it under a temporary name first. Every call of a store runs in a
thread of its own, and who waits for it goes on after some seconds: a store that hangs holds at most
``MOST_CALLS`` threads. What a store says of its faults may quote keys and addresses: neither a
sentence nor the log repeats it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.storage.files import (
    atomic_write,
    disk_errors,
    make_folder,
    sync_files,
    temporary,
)

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

LOCAL: Final = ("file", "local")
"""Protocols of a folder of this machine, which is written with its own promises."""

WHOLE: Final = (
    "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "ocilake", "oss", "memory",
)  # fmt: skip
"""Protocols of stores in which a file appears only when it is whole."""

SECONDS: Final = 60.0
"""How long a call may take that carries files."""

LOOK_SECONDS: Final = 10.0
"""How long the question may take whether there is a file; some ask it while others wait."""

MOST_CALLS: Final = 32
"""Calls under way at once, those among them that nobody waits for any more."""

AT_ONCE: Final = 16
"""Files that are read with one call."""

DELETED_AT_ONCE: Final = 500

T = TypeVar("T")
_log = logging.getLogger("memeclip")


class Objects(Protocol):
    """Files by name; every method raises StoreError where disk or store fail."""

    @property
    def folder(self) -> Path | None:
        """Where they lie as files of this machine, or ``None``."""

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has; ``None`` if there is none."""

    def write(self, name: str, data: bytes, *, settle: bool = True) -> None:
        """Write a file; unless ``settle``, it may become durable only with ``settle``."""

    def settle(self, names: Iterable[str]) -> None:
        """Make files durable that were written without settling."""

    def read(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return those of some files that are there."""

    def names(self) -> list[str]:
        """Return the names of all files."""

    def delete(self, names: Sequence[str]) -> None:
        """Delete files; those that are gone already are passed over."""


def open_objects(url: str, folder: Path) -> Objects:
    """Return the files of a store, or of a folder where no store is named.

    Raises:
        ConfigError: if nothing here can speak to such a store.
    """
    if not url:
        return FolderObjects(folder)
    if urlsplit(url).scheme in LOCAL:
        from fsspec.implementations.local import LocalFileSystem

        return FolderObjects(Path(LocalFileSystem._strip_protocol(url)))
    return RemoteObjects(url)


class FolderObjects:
    """Files in a folder, on the disk once they are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def size(self, name: str) -> int | None:
        """See ``Objects``."""
        path = self.folder / name
        return path.stat().st_size if path.is_file() else None

    def write(self, name: str, data: bytes, *, settle: bool = True) -> None:
        """See ``Objects``."""
        atomic_write(make_folder(self.folder) / name, data, sync=settle)

    def settle(self, names: Iterable[str]) -> None:
        """See ``Objects``."""
        sync_files([self.folder / name for name in names])

    def read(self, names: Sequence[str]) -> dict[str, bytes]:
        """See ``Objects``."""
        found = {}
        for path in (self.folder / name for name in names):
            if path.is_file():
                with disk_errors("read", path):
                    found[path.name] = path.read_bytes()
        return found

    def names(self) -> list[str]:
        """See ``Objects``."""
        with disk_errors("read", self.folder), suppress(FileNotFoundError):
            return [path.name for path in self.folder.iterdir()]
        return []

    def delete(self, names: Sequence[str]) -> None:
        """See ``Objects``."""
        for path in (self.folder / name for name in names):
            with disk_errors("deleted", path):
                path.unlink(missing_ok=True)


class RemoteObjects:
    """Files in an object store, which is spoken to at the first use.

    Args:
        url: such as ``s3://bucket/prefix``. Keys are taken from where the protocol's package takes
            them, and its other options from ``FSSPEC_`` variables.

    Raises:
        ConfigError: if there is no such protocol, or its package is not installed.
    """

    folder = None

    def __init__(self, url: str) -> None:
        self._url = url
        self._protocol = urlsplit(url).scheme
        _find_package(self._protocol)
        self._system: tuple[AbstractFileSystem, str] | None = None
        self._opening = threading.Lock()
        self._calls = threading.BoundedSemaphore(MOST_CALLS)

    def size(self, name: str) -> int | None:
        """See ``Objects``."""

        def look(system: AbstractFileSystem, root: str) -> int | None:
            # Other servers write there, too: what was listed before counts for nothing.
            system.invalidate_cache()
            try:
                return int(system.info(f"{root}/{name}")["size"])
            except FileNotFoundError:
                return None

        return self._ask("read", look, LOOK_SECONDS)

    def write(self, name: str, data: bytes, *, settle: bool = True) -> None:
        """See ``Objects``; it is durable at once, whatever ``settle`` says."""

        def put(system: AbstractFileSystem, root: str) -> None:
            if self._protocol in WHOLE:
                system.pipe_file(f"{root}/{name}", data)
                return
            system.makedirs(root, exist_ok=True)
            aside = f"{root}/{temporary(Path(name)).name}"
            try:
                system.pipe_file(aside, data)
                system.mv(aside, f"{root}/{name}")
            except BaseException:
                with suppress(Exception):
                    system.rm_file(aside)
                raise

        self._ask("written", put)

    def settle(self, names: Iterable[str]) -> None:
        """Do nothing: what was written is durable."""

    def read(self, names: Sequence[str]) -> dict[str, bytes]:
        """See ``Objects``; some files at once are asked for together."""

        def get(system: AbstractFileSystem, root: str) -> list[Any]:
            paths = [f"{root}/{name}" for name in names]
            return list(system.cat_ranges(paths, None, None, on_error="return"))

        found = {}
        for name, data in zip(names, self._ask("read", get) if names else (), strict=True):
            if isinstance(data, bytes):
                found[name] = data
            elif not isinstance(data, FileNotFoundError):
                raise self._fault("read", data)
        return found

    def names(self) -> list[str]:
        """See ``Objects``."""

        def list_all(system: AbstractFileSystem, root: str) -> list[str]:
            system.invalidate_cache()
            try:
                return [path.rpartition("/")[2] for path in system.ls(root, detail=False)]
            except FileNotFoundError:
                return []

        return self._ask("listed", list_all)

    def delete(self, names: Sequence[str]) -> None:
        """See ``Objects``."""
        for start in range(0, len(names), DELETED_AT_ONCE):
            part = names[start : start + DELETED_AT_ONCE]
            self._ask("cleared", partial(_delete, names=part))

    def _ask(
        self,
        verb: str,
        call: Callable[[AbstractFileSystem, str], T],
        seconds: float | None = None,
    ) -> T:
        """Have the store do something, and wait for it for some time.

        Raises:
            StoreError: if it fails or takes longer.
        """
        seconds = SECONDS if seconds is None else seconds
        if not self._calls.acquire(timeout=seconds):
            raise self._fault(verb, TimeoutError())
        answer: Future[T] = Future()

        def work() -> None:
            try:
                answer.set_result(call(*self._open()))
            except BaseException as error:
                answer.set_exception(error)
            finally:
                self._calls.release()

        threading.Thread(target=work, name="image store", daemon=True).start()
        try:
            return answer.result(seconds)
        except Exception as error:
            raise self._fault(verb, error) from None

    def _open(self) -> tuple[AbstractFileSystem, str]:
        with self._opening:
            if self._system is None:
                from fsspec.core import url_to_fs

                system, root = url_to_fs(self._url, skip_instance_cache=True)
                self._system = system, str(root).rstrip("/")
            return self._system

    def _fault(self, verb: str, error: BaseException) -> StoreError:
        """Return what to say of a fault: its kind alone; where it was stands in the log."""
        kind = type(error).__name__
        _log.warning("%s could not be %s: %s", hide_keys(self._url), verb, kind)
        return StoreError(
            f"The image store could not be {verb} ({kind}). Try again in a moment. If that does "
            "not help, whoever runs the server sees with 'memeclip doctor' what is wrong."
        )


def hide_keys(url: str) -> str:
    """Return the address of a store without a name, a password or parameters."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _find_package(protocol: str) -> None:
    """Refuse a protocol that nothing here speaks; raise ConfigError."""
    # Imported when needed: only those who name a store wait for it.
    from fsspec.registry import get_filesystem_class, known_implementations

    try:
        get_filesystem_class(protocol)
    except ImportError:
        known = known_implementations[protocol]
        package, hint = known["class"].partition(".")[0], str(known.get("err", "")).rstrip(".")
        needed = f"the package '{package}'" if package != "fsspec" else f"more than fsspec ({hint})"
        raise ConfigError(
            f"Images in a store of the kind {protocol}:// need {needed}, which is not installed. "
            f"Install it, such as with: python -m pip install {package}"
        ) from None
    except ValueError:
        raise ConfigError(
            f"There is no kind of image store '{protocol}'. Allowed are those that fsspec knows, "
            "such as s3, gs, abfs, sftp and file."
        ) from None


def _delete(system: AbstractFileSystem, root: str, names: Sequence[str]) -> None:
    paths = [f"{root}/{name}" for name in names]
    try:
        system.rm(paths)
    except FileNotFoundError:  # another server was quicker with one of them
        for path in paths:
            with suppress(FileNotFoundError):
                system.rm_file(path)
