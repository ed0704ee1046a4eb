"""A stand-in for the Hub's client that keeps the Hub's rules and everything in memory."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete


class HubError(Exception):
    """What the Hub's client raises, with the status in front."""


class FakeHub:
    """One dataset repository: files by path, and the ids of its commits.

    Attributes:
        stored: the files of the last commit.
        commits: ids, the last one counts.
        private: whether others do not see it.
        broken: what every call fails with, or "".
        cut: how many more commits are taken before the line is dead; ``None`` for all.
    """

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.commits: list[str] = []
        self.title = ""
        self.private = True
        self.broken = ""
        self.cut: int | None = None

    def create_repo(self, name: str, *, repo_type: str, private: bool, exist_ok: bool) -> None:
        self._reach()
        assert (repo_type, exist_ok) == ("dataset", True)
        if not self.commits:
            self.private = private
            self.stored[".gitattributes"] = b"*.safetensors filter=lfs\n"
            self.commits.append("0" * 40)

    def repo_info(self, name: str, *, repo_type: str) -> Any:
        self._reach()
        return SimpleNamespace(private=self.private, sha=self.commits[-1])

    def list_repo_commits(self, name: str, *, repo_type: str) -> list[Any]:
        self._reach()
        return [SimpleNamespace(title=self.title)]

    def list_repo_files(self, name: str, *, repo_type: str) -> list[str]:
        self._reach()
        return sorted(self.stored)

    def snapshot_download(
        self, name: str, *, repo_type: str, local_dir: Path, allow_patterns: list[str]
    ) -> str:
        self._reach()
        for path, data in self.stored.items():
            if any(fnmatch(path, pattern) for pattern in allow_patterns):
                # The real one leaves a note of each file beside what was asked for.
                note = local_dir / ".cache" / "huggingface" / "download" / f"{path}.metadata"
                for target, content in ((local_dir / path, data), (note, b"etag\n")):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
        return str(local_dir)

    def create_commit(
        self,
        name: str,
        operations: list[CommitOperationAdd | CommitOperationDelete],
        *,
        commit_message: str,
        repo_type: str,
        parent_commit: str,
    ) -> Any:
        self._reach()
        if self.cut is not None:
            if self.cut == 0:
                raise HubError("504 Gateway Time-out")
            self.cut -= 1
        if parent_commit != self.commits[-1]:
            raise HubError("412 Precondition Failed: a commit has happened since")
        if not operations or not commit_message:
            raise HubError("400 Bad Request")
        after = dict(self.stored)
        for operation in operations:
            path = operation.path_in_repo
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise HubError("400 Bad Request: invalid path")
            if isinstance(operation, CommitOperationDelete):
                if path not in after:
                    raise HubError("404 Entry Not Found")
                del after[path]
            else:
                with operation.as_file() as file:
                    after[path] = file.read()
        self.stored, self.title = after, commit_message
        self.commits.append(f"{len(self.commits):040d}")
        return SimpleNamespace(oid=self.commits[-1])

    def _reach(self) -> None:
        if self.broken:
            raise HubError(self.broken)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """Put a Hub of the test's own in the place of the real one."""
    found = FakeHub()
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: found)
    return found
