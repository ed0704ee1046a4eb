"""A private dataset repository on the Hugging Face Hub, as far as a backup needs one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from memeclip_core.errors import StoreError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_DATASET = "dataset"


class Repository(Protocol):
    """What a backup asks of a repository. All methods raise StoreError with a sentence."""

    name: str

    def connect(self) -> str:
        """Create it if it is not there, and return the id of its last commit."""

    def files(self) -> tuple[str, ...]:
        """Return the paths of its files."""

    def fetch(self, paths: Sequence[str], folder: Path) -> None:
        """Download files below a folder, under their own paths."""

    def push(
        self, files: Mapping[str, Path | bytes], gone: Sequence[str], *, parent: str, message: str
    ) -> str:
        """Add and delete files in one commit after ``parent``, and return its id."""


class HubRepository:
    """A dataset repository; the token is the one that the machine has, such as in ``HF_TOKEN``.

    Args:
        name: ``owner/name``.
        api: the Hub's client; made at the first use.
    """

    def __init__(self, name: str, api: HfApi | None = None) -> None:
        self.name = name
        self._given = api

    def connect(self) -> str:
        """See ``Repository``; a repository that others can see is refused.

        Raises:
            StoreError: if it is public, or cannot be reached, created or written.
        """
        self._call("create_repo", self.name, repo_type=_DATASET, private=True, exist_ok=True)
        info = self._call("repo_info", self.name, repo_type=_DATASET)
        if not info.private:
            raise StoreError(
                f"The repository '{self.name}' can be seen by everybody, and a backup holds what "
                "people decided on memes, and the memes. Make it private in its settings, or name "
                "another."
            )
        return str(info.sha)

    def files(self) -> tuple[str, ...]:
        """See ``Repository``."""
        return tuple(self._call("list_repo_files", self.name, repo_type=_DATASET))

    def fetch(self, paths: Sequence[str], folder: Path) -> None:
        """See ``Repository``."""
        self._call(
            "snapshot_download",
            self.name,
            repo_type=_DATASET,
            local_dir=folder,
            allow_patterns=list(paths),
        )

    def push(
        self, files: Mapping[str, Path | bytes], gone: Sequence[str], *, parent: str, message: str
    ) -> str:
        """See ``Repository``; refused if somebody else has committed since ``parent``."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations = [
            *(CommitOperationAdd(path_in_repo=k, path_or_fileobj=v) for k, v in files.items()),
            *(CommitOperationDelete(path_in_repo=path) for path in gone),
        ]
        done = self._call(
            "create_commit",
            self.name,
            operations,
            commit_message=message,
            repo_type=_DATASET,
            parent_commit=parent,
        )
        return str(done.oid)

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        """Call the client; whatever it raises becomes one sentence without its pages of detail."""
        if self._given is None:
            # Imported when needed: only those who back up wait for it.
            from huggingface_hub import HfApi

            self._given = HfApi()
        try:
            return getattr(self._given, method)(*args, **options)
        except Exception as error:
            first = (str(error).strip().splitlines() or [""])[0][:200].rstrip(".")
            raise StoreError(
                f"The repository '{self.name}' could not be used: {type(error).__name__}: {first}. "
                "Check its name, the network, and the secret HF_TOKEN, which must be allowed to "
                "write to it."
            ) from None
