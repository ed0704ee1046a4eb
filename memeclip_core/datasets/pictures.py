"""Which picture a list means by a name: one rule for datasets, imports and lists to predict."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from memeclip_core.memes.normal_form import normal_form
from memeclip_core.storage.tree import Tree

_BESIDE = ("", "images", "img")
LONGEST = 4_096
"""Characters of a name with its folders, of which systems allow no more."""
_Parts = tuple[str, ...]
_End = tuple[_Parts, str]
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
        self._known_ends: dict[tuple[str, str], tuple[list[_End], list[_End]]] = {}

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
        wanted = tuple(fold_name(part) for part in reversed(parts))
        for ends in self._list_ends(wanted[0], beside):
            at = bisect_left(ends, (wanted,))
            # Those that share most with the name stand beside where it would.
            near = ends[max(0, at - 2) : at + 2]
            shared = [_count_shared(wanted, end) for end, _ in near]
            most = [name for (_, name), n in zip(near, shared, strict=True) if n == max(shared)]
            if most:
                return self._tree.files[most[0]] if len(most) == 1 else None
        return None

    def _list_ends(self, last: str, beside: str) -> tuple[list[_End], list[_End]]:
        """Return the files of a name below a list's folder, and those in no other list's folder.

        Of each the parts of its path, the last one first, and its name; in order.
        """
        found = self._known_ends.get((last, beside))
        if found is None:
            alike, own = self._ends.get(last, []), set(_climb(beside))
            others = self._list_folders - own
            found = (
                [end for end in alike if _is_below(end[1], beside)],
                [end for end in alike if others.isdisjoint(_climb(_folder(end[1])))],
            )
            self._known_ends[last, beside] = found
        return found

    @cached_property
    def _folded(self) -> Mapping[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for name, path in self._tree.files.items():
            found.setdefault(fold_name(name), []).append(path)
        return found

    @cached_property
    def _ends(self) -> Mapping[str, list[_End]]:
        found: dict[str, list[_End]] = {}
        for name in self._tree.files:
            end = tuple(fold_name(part) for part in reversed(name.split("/")))
            found.setdefault(end[0], []).append((end, name))
        return {last: sorted(ends) for last, ends in found.items()}


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


def _count_shared(one: _Parts, other: _Parts) -> int:
    """Return with how many equal parts both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _climb(folder: str) -> list[str]:
    """Return a folder and those above it, up to the root."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _is_below(name: str, folder: str) -> bool:
    return not folder or name == folder or name.startswith(f"{folder}/")
