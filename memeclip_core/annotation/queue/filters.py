"""What every meme of a project is to every person, and which of them a filter means.

Invariants: the caller holds ``Place.mutex`` around every call of a ``StateTable`` or a ``Sieve``.
The arrays keep step with the log: ``sync`` costs what happened since the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.decisions.decided import read_labels, read_resolved
from memeclip_core.annotation.projects.memes import Memes
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.memory import Memory
from memeclip_core.records.project import ItemState, Project, Suggestion
from memeclip_core.records.queue import QueueFilter

STATES: tuple[ItemState, ...] = ("pending", "draft", "done", "skipped")
CODES: dict[ItemState, int] = {state: code for code, state in enumerate(STATES)}
_MANY = 64
"""From how many changed memes on it pays to count for all of them at once."""
_REMEMBERED = 8
"""How many searches, and rows of prediction tables, are remembered."""
_MASKS = 16
"""How many masks of "who chose this label" are kept in step."""

MaskKey = tuple[str, str, str]
"""Whose label ("" for the one that counts), task key, label name."""


@dataclass(slots=True)
class Marks:
    """What N memes are to one person: codes int8 (N,), flagged and returned bool (N,)."""

    codes: np.ndarray
    flagged: np.ndarray
    returned: np.ndarray


class StateTable:
    """The arrays of one project; places are those of the import order.

    Attributes:
        project, index: as they were at the last ``sync``.
        size: N, the number of memes.
        wanted: int8 (N,), how many people label each.
        hidden: bool (N,), whose suggestions are hidden.
        decided: int16 (N,), how many people have a decision that counts.
        awaited: int16 (N,), to how many people it was sent back; their places are kept.
        closed: bool (N,), decided by a reviewer for all.
        flagged: bool (N,), flagged by anybody.
    """

    def __init__(self, project: Project, index: Memes, book: Book) -> None:
        self.project, self.index, self._book = project, index, book
        self._forget()
        self.sync(project, index, book)

    def _forget(self) -> None:
        self.size = 0
        self.wanted = np.zeros(0, np.int8)
        self.hidden = np.zeros(0, bool)
        self.decided = np.zeros(0, np.int16)
        self.awaited = np.zeros(0, np.int16)
        self.closed = np.zeros(0, bool)
        self.flagged = np.zeros(0, bool)
        self._people: dict[str, Marks] = {}
        self._masks: dict[MaskKey, np.ndarray] = {}
        self._ids: tuple[str, ...] = ()
        self._rules: tuple[int, float, float] | None = None
        self._revision = 0
        self._unplaced: set[str] = set()

    def sync(self, project: Project, index: Memes, book: Book) -> None:
        """Bring everything up to date with the memes and the log as they are now."""
        revision, ids = book.revision, index.ids
        replaced = book is not self._book or index is not self.index
        if replaced or revision < self._revision or not self._still_begins(ids):
            self._forget()
        if self.project.version != project.version:
            self._masks.clear()
        self.project, self.index, self._book = project, index, book
        self._grow(ids)
        self._read_rules(project)
        if revision != self._revision or self._unplaced:
            self._follow(book.touched_since(self._revision))
            self._revision = revision

    def marks(self, name: str) -> Marks:
        """Return what the memes are to a person; not to be changed."""
        known = self._people.get(name)
        if known is None:
            known = self._people[name] = self._collect(name)
        return known

    def reachable(self, name: str) -> np.ndarray:
        """Return bool (N,): what a person may work on, if nobody held anything.

        Own decisions and what was sent back, always; everything else while it needs people.
        """
        marks = self.marks(name)
        needs_people = (self.decided + self.awaited < self.wanted) & ~self.closed
        return np.asarray(needs_people | marks.returned | (marks.codes == CODES["done"]))

    def available(self, name: str) -> np.ndarray:
        """Return bool (N,): the pending ones of these."""
        return np.asarray((self.marks(name).codes == CODES["pending"]) & self.reachable(name))

    def chose(self, key: MaskKey) -> np.ndarray:
        """Return bool (N,): where a person, or what counts, has a label; not to be changed.

        Takes seconds the first time where there is much, unless ``put`` has been called.
        """
        if key not in self._masks:
            revision = self._book.revision
            self.put(key, find_labelled(self.project, self._book, key), revision)
        mask = self._masks[key] = self._masks.pop(key)
        return mask

    def has(self, key: MaskKey) -> bool:
        """Say whether ``chose`` has an answer at hand."""
        return key in self._masks

    def put(self, key: MaskKey, memes: Iterable[str], revision: int) -> None:
        """Keep who chose a label, as ``find_labelled`` says at or after a revision of the book."""
        mask = np.zeros(self.size, bool)
        mask[self.places(memes)] = True
        for meme, place in self._placed(self._book.touched_since(revision)):
            mask[place] = has_label(self.project, self._book, key, meme)
        self._masks[key] = mask
        while len(self._masks) > _MASKS:
            self._masks.pop(next(iter(self._masks)))

    def places(self, memes: Iterable[str]) -> np.ndarray:
        """Return the places of those memes that the project has."""
        return np.array([place for _, place in self._placed(memes)], np.int64)

    def _still_begins(self, ids: tuple[str, ...]) -> bool:
        """Say whether the memes are those that are known, and perhaps more."""
        return ids is self._ids or ids[: self.size] == self._ids

    def _grow(self, ids: tuple[str, ...]) -> None:
        if ids is self._ids:
            return
        more = len(ids) - self.size
        self._ids, self.size = ids, len(ids)
        self.decided, self.closed = _longer(self.decided, more), _longer(self.closed, more)
        self.awaited = _longer(self.awaited, more)
        self.flagged = _longer(self.flagged, more)
        for marks in self._people.values():
            marks.codes = _longer(marks.codes, more)
            marks.flagged = _longer(marks.flagged, more)
            marks.returned = _longer(marks.returned, more)
        self._masks = {key: _longer(mask, more) for key, mask in self._masks.items()}

    def _read_rules(self, project: Project) -> None:
        """Work out whom the shares meet, anew only where they changed or memes came."""
        rules = (project.overlap, project.overlap_share, project.hidden_share)
        known = len(self.wanted) if rules == self._rules else 0
        self._rules = rules
        if known == self.size:
            return
        fresh = self._ids[known:]
        wanted = np.ones(len(fresh), np.int8)
        if project.overlap > 1:
            wanted = np.array([project.wanted(meme) for meme in fresh], np.int8)
        hidden = np.array([project.hides(meme) for meme in fresh], bool)
        self.wanted = np.concatenate([self.wanted[:known], wanted])
        self.hidden = np.concatenate([self.hidden[:known], hidden])

    def _follow(self, touched: Iterable[str]) -> None:
        book, index = self._book, self.index
        # A row may be about a meme that another process added after the memes were looked at.
        memes, self._unplaced = {*touched, *self._unplaced}, set()
        if len(memes) > _MANY:
            self._count_awaited()
        for meme in memes:
            place = index.place(meme)
            if place is None or place >= self.size:
                self._unplaced.add(meme)
                continue
            self.decided[place] = book.decided_by(meme)
            self.closed[place] = book.adjudicated(meme) is not None
            if len(memes) <= _MANY:
                self.awaited[place] = len(book.awaited_by(meme))
            self.flagged[place] = bool(book.flags(meme))
            for name, marks in self._people.items():
                standing = book.standing(name, meme)
                marks.codes[place] = CODES[standing.state]
                marks.flagged[place] = standing.flag is not None
                marks.returned[place] = standing.returned is not None
            for key, mask in self._masks.items():
                mask[place] = has_label(self.project, book, key, meme)

    def _count_awaited(self) -> None:
        self.awaited[:] = 0
        for name in self._book.annotators:
            self.awaited[self.places(self._book.memes_of(name, "pending"))] += 1

    def _collect(self, name: str) -> Marks:
        book = self._book
        marks = Marks(
            codes=np.zeros(self.size, np.int8),
            flagged=np.zeros(self.size, bool),
            returned=np.zeros(self.size, bool),
        )
        for state in STATES[1:]:
            marks.codes[self.places(book.memes_of(name, state))] = CODES[state]
        marks.returned[self.places(book.memes_of(name, "pending"))] = True
        own = (meme for meme in book.flagged_memes() if book.flagged(name, meme) is not None)
        marks.flagged[self.places(own)] = True
        return marks

    def _placed(self, memes: Iterable[str]) -> Iterator[tuple[str, int]]:
        for meme in memes:
            place = self.index.place(meme)
            if place is not None and place < self.size:
                yield meme, place


def find_labelled(project: Project, book: Book, key: MaskKey) -> list[str]:
    """Return the memes on which a person, or what counts, has a label."""
    memes = book.memes_of(key[0], "done") if key[0] else book.memes()
    return [meme for meme in memes if has_label(project, book, key, meme)]


def has_label(project: Project, book: Book, key: MaskKey, meme: str) -> bool:
    """Say whether a person, or what counts, has a label on a meme."""
    name, task, label = key
    if not name:
        resolved = read_resolved(project, book, meme)
        return resolved is not None and label in resolved.labels.get(task, ())
    return label in read_labels(project, book.decision(name, meme)).get(task, ())


def _longer(array: np.ndarray, more: int) -> np.ndarray:
    return np.concatenate([array, np.zeros(more, array.dtype)])


class Sieve:
    """The filters of one project; what takes long is remembered until memes are added."""

    def __init__(self) -> None:
        self._texts: Memory[str, tuple[int, np.ndarray]] = Memory(_REMEMBERED)
        self._rows: Memory[PredictionTable, tuple[tuple[str, ...], np.ndarray]] = Memory(
            _REMEMBERED
        )

    def mask(
        self,
        filters: QueueFilter,
        *,
        name: str,
        reviewer: bool,
        states: StateTable,
        table: PredictionTable,
    ) -> np.ndarray:
        """Return bool (N,): the memes that the filter means.

        Args:
            filters: what is asked.
            name: whose memes.
            reviewer: whether others' flags and decisions may be seen.
            states: the project.
            table: what the model says.

        Raises:
            LabelError: if the filter names an unknown task or label.
        """
        marks = states.marks(name)
        if filters.state is None:
            mask = np.ones(states.size, bool)
        elif filters.state == "pending":
            mask = states.available(name)
        else:
            mask = marks.codes == CODES[filters.state]
        if filters.flagged is not None:
            anybody = reviewer and not filters.annotator
            mask = mask & ((states.flagged if anybody else marks.flagged) == filters.flagged)
        if filters.returned is not None:
            mask = mask & (marks.returned == filters.returned)
        if filters.ids is not None:
            chosen = np.zeros(states.size, bool)
            chosen[states.places(filters.ids)] = True
            mask = mask & chosen
        if filters.text.strip():
            mask = mask & self._contains(filters.text.strip().casefold(), states)
        decided = find_key(filters, states.project, name=name, reviewer=reviewer)
        if decided is not None:
            mask = mask & states.chose(decided)
        elif filters.label is not None:
            mask = mask & self._suggested(filters.label, states, table)
        return np.asarray(mask)

    def _contains(self, words: str, states: StateTable) -> np.ndarray:
        index = states.index
        known = self._texts.get(words)
        if known is None or known[0] != index.revision or len(known[1]) < states.size:
            found = [
                words in meme.text.casefold() or words in meme.filename.casefold()
                for meme in index.rows
            ]
            known = (index.revision, np.array(found, bool))
            self._texts.put(words, known)
        return known[1][: states.size]

    def _suggested(
        self, label: tuple[str, str], states: StateTable, table: PredictionTable
    ) -> np.ndarray:
        task = states.project.tasks.task(label[0])
        name = task.label(label[1]).name
        part = table.tasks.get(task.key)
        found = np.zeros(states.size, bool)
        if part is None or name not in part.labels:
            return found
        says = part.suggested()[:, part.labels.index(name)]
        rows = self._rows_of(table, states)
        found[rows >= 0] = says[rows[rows >= 0]]
        # Otherwise a filter would tell what is hidden.
        return np.asarray(found & ~states.hidden)

    def _rows_of(self, table: PredictionTable, states: StateTable) -> np.ndarray:
        ids = states.index.ids
        known = self._rows.get(table)
        if known is None or known[0] is not ids:
            known = (ids, table.rows(ids))
            self._rows.put(table, known)
        return known[1][: states.size]


def find_key(
    filters: QueueFilter, project: Project, *, name: str, reviewer: bool
) -> MaskKey | None:
    """Return whose decision on which label a filter asks for; ``None`` if for none.

    Raises:
        LabelError: if the filter names an unknown task or label.
    """
    if filters.label is None or filters.label_by != "decision":
        return None
    task = project.tasks.task(filters.label[0])
    whose = "" if reviewer and not filters.annotator else name
    return whose, task.key, task.label(filters.label[1]).name


def fit_suggestions(project: Project, found: dict[str, Suggestion]) -> dict[str, Suggestion]:
    """Return the suggestions as the project's label set of today reads them.

    They may be older than it: labels that were renamed or merged since lead to those of today,
    whose probabilities add up (of several labels the likelier counts), others are left out, and a
    task of which the suggested label is gone has no suggestion.
    """
    fitting: dict[str, Suggestion] = {}
    for task in project.tasks.tasks:
        one = found.get(task.key)
        if one is None:
            continue
        names = tuple([label.name for label in task.labels])
        moved = {name: name for name in one.probabilities}
        if tuple(moved) != names:
            moved = {name: project.lead(task.key, name) or "" for name in moved}
        chosen = {moved[name] for name in one.labels}
        labels = tuple([name for name in names if name in chosen])
        if task.kind == "multiclass" and len(labels) != 1:
            continue
        parts = {
            name: [value for old, value in one.probabilities.items() if moved[old] == name]
            for name in names
        }
        join = sum if task.kind == "multiclass" else max
        fitting[task.key] = Suggestion(
            labels=labels,
            probabilities={name: join(values) for name, values in parts.items() if values},
            model=one.model,
        )
    return fitting
