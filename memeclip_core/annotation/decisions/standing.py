"""What memes are to a person: each folded from what happened to it, and numbers that are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from memeclip_core.records.decision import Action, Decision
from memeclip_core.records.project import ItemState

UNDOABLE: tuple[Action, ...] = ("label", "adjudicate", "skip", "flag", "unflag")
"""What "Undo" takes back. Drafts are overwritten, and a return is answered by a new decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One meme as one person has left it.

    Attributes:
        state: done after a save, skipped after a skip, a draft while something is begun; pending
            before all of these and after it was sent back.
        latest: the person's last save, also where it is skipped or sent back since then.
        draft, skip: what was begun, and the skip with its reason, since the last save.
        flag: the person's own flag with its reason, until it is taken off or a reviewer decides the
            meme for all.
        returned: by whom and why it was sent back; until the person saves anew.
    """

    state: ItemState = "pending"
    latest: Decision | None = None
    draft: Decision | None = None
    skip: Decision | None = None
    flag: Decision | None = None
    returned: Decision | None = None

    @property
    def decision(self) -> Decision | None:
        """The decision that counts: the last save, unless it was skipped or sent back since."""
        return self.latest if self.state == "done" else None


def follow_state(state: ItemState, event: Decision, name: str) -> ItemState:
    """Return what a meme is to a person after one save more."""
    if event.action == "return":
        return "pending" if state == "done" and event.target == name else state
    if event.annotator != name:
        return state
    if event.action == "label":
        return "done"
    if event.action == "draft":
        return state if state == "done" else "draft"
    return "skipped" if event.action == "skip" else state


def fold_standing(events: Iterable[Decision], name: str) -> Standing:
    """Fold the saves of one meme that are not taken back, in the log's order, for one person.

    A draft beside a saved decision leaves that decision in force. A skip sets the person's own
    decision aside; others' stay. Adjudications are nobody's own labels and change nothing here.
    """
    state: ItemState = "pending"
    latest = draft = skip = flag = returned = None
    for event in events:
        state = follow_state(state, event, name)
        if event.action == "return":
            if event.target == name:
                returned = event
        elif event.action in ("flag", "unflag"):
            if (event.target or event.annotator) == name:
                flag = event if event.action == "flag" else None
        elif event.action == "adjudicate":
            flag = None
        elif event.annotator != name:
            continue
        elif event.action == "label":
            latest, draft, skip, returned = event, None, None, None
        elif event.action == "draft":
            draft = event
        elif event.action == "skip":
            skip = event
    return Standing(
        state=state, latest=latest, draft=draft, skip=skip, flag=flag, returned=returned
    )


def fold_decisions(events: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return everybody's ``Standing.decision``, oldest first, in one pass over the same saves."""
    latest: dict[str, Decision] = {}
    for event in events:
        if event.action == "label":
            latest.pop(event.annotator, None)
            latest[event.annotator] = event
        elif event.action == "skip":
            latest.pop(event.annotator, None)
        elif event.action == "return":
            latest.pop(event.target, None)
    return tuple(latest.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCounts:
    """A person's memes by state; ``flagged`` and ``returned`` lie across the states."""

    done: int = 0
    skipped: int = 0
    draft: int = 0
    flagged: int = 0
    returned: int = 0


class PersonIndex:
    """What one person has done in one book."""

    def __init__(self) -> None:
        self._state: dict[str, ItemState] = {}
        self._in: dict[ItemState, dict[str, None]] = {"done": {}, "skipped": {}, "draft": {}}
        self._flagged: dict[str, None] = {}
        self._returned: dict[str, None] = {}
        self._saves: dict[str, Decision] = {}

    def state(self, meme: str) -> ItemState:
        """Return what a meme is to this person."""
        return self._state.get(meme, "pending")

    def memes(self, state: ItemState) -> tuple[str, ...]:
        """Return the memes in a state, oldest first; none are kept as pending."""
        return tuple(self._in.get(state, ()))

    @property
    def returned(self) -> tuple[str, ...]:
        """The memes that were sent back and are not decided anew, oldest first."""
        return tuple(self._returned)

    @property
    def counts(self) -> PersonCounts:
        """How many memes are in which state."""
        return PersonCounts(
            done=len(self._in["done"]),
            skipped=len(self._in["skipped"]),
            draft=len(self._in["draft"]),
            flagged=len(self._flagged),
            returned=len(self._returned),
        )

    def saves(self, limit: int | None) -> tuple[Decision, ...]:
        """Return what can be taken back, oldest first; ``limit`` keeps the last ones."""
        if limit is None:
            return tuple(self._saves.values())
        newest = reversed(self._saves.values())
        return tuple(save for save, _ in zip(newest, range(limit), strict=False))[::-1]

    def push(self, event: Decision) -> None:
        """Take in a save that can be taken back."""
        if event.action in UNDOABLE:
            self._saves.setdefault(event.save, event)

    def exchange(self, before: Decision, event: Decision) -> None:
        """Put a completed save into the place of its first part."""
        if before.save in self._saves:
            self._saves[before.save] = event

    def drop(self, event: Decision) -> None:
        """Forget a save that was taken back."""
        self._saves.pop(event.save, None)

    def put(self, meme: str, standing: Standing) -> tuple[int, int]:
        """Note what a meme is now; return by how much the decided and the flagged grew."""
        before, after = self.state(meme), standing.state
        if before != after:
            if before != "pending":
                del self._in[before][meme]
            if after == "pending":
                del self._state[meme]
            else:
                self._state[meme] = after
                self._in[after][meme] = None
        flagged = _mark(self._flagged, meme, standing.flag is not None)
        _mark(self._returned, meme, standing.returned is not None)
        return (after == "done") - (before == "done"), flagged


def _mark(marked: dict[str, None], meme: str, on: bool) -> int:
    """Put a meme in or out; return by how much the number grew."""
    before = len(marked)
    if on:
        marked.setdefault(meme)
    else:
        marked.pop(meme, None)
    return len(marked) - before
