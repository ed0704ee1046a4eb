"""What memes are to a person, folded from what happened to each, and how many they are."""

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
    """A person's memes by state; ``flagged`` and ``returned`` lie across the states.

    ``late`` counts decisions that came after the time to make them had run out.
    """

    done: int = 0
    skipped: int = 0
    draft: int = 0
    flagged: int = 0
    returned: int = 0
    late: int = 0
