"""Which picture a list means by a name: one rule for datasets, imports and lists to predict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from memeclip_core.memes.normal_form import normal_form
from memeclip_core.storage.tree import Tree

_BESIDE = ("", "images", "img")
LONGEST = 4_096
"""Characters of a name with its folders, of which systems allow no more."""
_ADDRESSES = ("http://", "https://", "ftp://", "s3://", "gs://", "data:")


class Pictures:
    """Find pictures among the files of a folder or an archive.

    A name is looked for in the folder of its own list and in ``images/`` and ``img/`` there, then
    in the folders above, up to the root; in each first as it is written, then whatever the case and
    the Unicode form of its letters, where only one file fits. Where none does, the end of the name
    counts, down to the mere file name, if one file alone has it: first below the list's folder,
    then anywhere but in the folders of other lists. A name never leads out of the root.
    """

    def __init__(self, tree: Tree, *, lists: Collection[str] = ()) -> None:
        """Take the files, and the names of the lists among them."""
        self._tree = tree
        self._list_folders = {_folder(name) for name in lists}

    @property
    def files(self) -> Collection[Path]:
        """The pictures that lie there."""
        return self._tree.pictures.values()

    def find(self, name: str, *, beside: str = "") -> Path | None:
        """Return a picture's path, or ``None`` if there is none, or none that is clear.

        ``name`` is as a list writes it, ``beside`` the list's folder below the root.
        """
        parts = _part(name)
        if not parts or len(name) > LONGEST or is_address(name):
            return None
        whole = "/".join(parts)
        for above in _climb(beside):
            places = [
                "/".join(word for word in (above, folder, whole) if word) for folder in _BESIDE
            ]
            exact = [self._tree.files[place] for place in places if place in self._tree.files]
            alike = [self._folded.get(fold_name(place), ()) for place in places]
            found = exact or [paths[0] for paths in alike if len(paths) == 1]
            if found:
                return found[0]
        return self._find_end(parts, beside)

    def _find_end(self, parts: list[str], beside: str) -> Path | None:
        """Return the one file that ends in as much of the name as any does."""
        alike = self._ends.get(fold_name(parts[-1]), [])
        inside = [name for name in alike if _is_below(name, beside)]
        others = [folder for folder in self._list_folders if not _is_below(beside, folder)]
        outside = [n for n in alike if not any(_is_below(n, folder) for folder in others)]
        for names in (inside, outside):
            for start in range(len(parts)):
                end = fold_name("/".join(parts[start:]))
                found = [n for n in names if f"/{fold_name(n)}".endswith(f"/{end}")]
                if len(found) == 1:
                    return self._tree.files[found[0]]
                if found:
                    return None
        return None

    @cached_property
    def _folded(self) -> Mapping[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for name, path in self._tree.files.items():
            found.setdefault(fold_name(name), []).append(path)
        return found

    @cached_property
    def _ends(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._tree.files:
            found.setdefault(fold_name(PurePosixPath(name).name), []).append(name)
        return found


def is_address(name: str) -> bool:
    """Say whether a picture's name is an address on the internet, which is never fetched."""
    return name.strip().lower().startswith(_ADDRESSES)


def fold_name(name: str) -> str:
    """Return a name without the differences of case and Unicode form that file systems make."""
    return normal_form("NFC", normal_form("NFD", name).casefold())


def _part(name: str) -> list[str]:
    if "\0" in name:
        return []
    return [
        part for part in name.strip().replace("\\", "/").split("/") if part not in ("", ".", "..")
    ]


def _climb(folder: str) -> list[str]:
    """Return a folder and those above it, up to the root."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _is_below(name: str, folder: str) -> bool:
    return not folder or name == folder or name.startswith(f"{folder}/")
