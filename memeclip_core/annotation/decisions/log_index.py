"""Where the rows of the log lie in its file, so that a meme's history is read from there."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from memeclip_core.records.decision import Correction


class RowIndex:
    """The places of rows by meme, task set and person: some 40 bytes a row, never a row itself."""

    def __init__(self) -> None:
        self._starts = array("Q")
        self._memes: dict[tuple[str, str], array[int]] = {}
        self._people: dict[tuple[str, str], array[int]] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, start: int, row: Correction) -> None:
        """Take in the next row, which starts at a byte of the file."""
        number = len(self._starts)
        self._starts.append(start)
        for places, key in (
            (self._memes, (row.project, row.meme)),
            (self._people, (row.task_set, "")),
            (self._people, (row.task_set, row.annotator)),
        ):
            if key not in places:
                places[key] = array("L")
            places[key].append(number)

    def of_meme(self, project: str, meme: str) -> Sequence[int]:
        """Return the numbers of a meme's rows in a project, oldest first."""
        return self._memes.get((project, meme), ())

    def last(self, count: int, task_set: str, annotator: str = "") -> Sequence[int]:
        """Return the numbers of the last rows on a task set, of all or of one person."""
        numbers = self._people.get((task_set, annotator), array("L"))
        return numbers[max(0, len(numbers) - count) :]

    def span(self, number: int, end: int) -> tuple[int, int]:
        """Return where a row starts and ends; ``end`` is that of the last row."""
        following = number + 1
        return self._starts[number], (
            self._starts[following] if following < len(self._starts) else end
        )
