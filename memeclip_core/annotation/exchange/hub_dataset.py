"""An exported image folder as a dataset repository on the Hugging Face Hub, with its card."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zipfile import ZipFile

from memeclip_core.annotation.exchange.export_rows import IMAGES
from memeclip_core.errors import StoreError
from memeclip_core.storage.backup import HubRepository

BATCH: Final = 100
"""Files of one commit, at most."""

_TABLES: Final = ("metadata.csv", "README.md")
_NOTED: Final = ".gitattributes"


def push_dataset(archive: Path, repository: HubRepository, *, public: bool = False) -> int:
    """Make a repository hold what an archive of the format ``imagefolder`` holds.

    Pictures that are there stay, those that the archive lacks go, table and card come last.

    Args:
        archive: the export.
        repository: made if there is none.
        public: whether everybody may see it; of one that is there already nothing is changed.

    Returns:
        how many files were sent.

    Raises:
        StoreError: if the Hub cannot be used, everybody can see the repository although that is
            not meant, or it holds something else.
    """
    commit = repository.connect(public=public)
    there = set(repository.files()) - {_NOTED}
    strange = sorted(name for name in there if not _is_ours(name))
    if strange:
        raise StoreError(
            f"The repository '{repository.name}' holds other files, such as '{strange[0][:80]}', "
            "and nothing was sent. Name an empty one, or one that an export was pushed to."
        )
    with ZipFile(archive) as file:
        held = file.namelist()
        fresh = [name for name in held if name not in there and name not in _TABLES]
        parts = [fresh[start : start + BATCH] for start in range(0, len(fresh), BATCH)]
        gone = sorted(there - set(held))
        for names in parts:
            files: dict[str, Path | bytes] = {name: file.read(name) for name in names}
            message = f"Add {len(files):,} pictures"
            commit = repository.push(files, (), parent=commit, message=message)
        tables: dict[str, Path | bytes] = {name: file.read(name) for name in _TABLES}
        repository.push(tables, gone, parent=commit, message="Describe the memes and their labels")
    return len(fresh) + len(tables)


def _is_ours(name: str) -> bool:
    return name in _TABLES or name.startswith(f"{IMAGES}/")
