"""What one meme is to one person, folded from what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from memeclip_core.records.decision import Decision
from memeclip_core.records.project import ItemState


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


def fold_standing(events: Iterable[Decision], name: str) -> Standing:
    """Fold the saves of one meme that are not taken back, in the log's order, for one person.

    A draft beside a saved decision leaves that decision in force. A skip sets the person's own
    decision aside; others' stay. Adjudications are nobody's own labels and change nothing here.
    """
    state: ItemState = "pending"
    latest = draft = skip = flag = returned = None
    for event in events:
        if event.action == "return":
            if event.target == name:
                returned, state = event, "pending" if state == "done" else state
        elif event.action in ("flag", "unflag"):
            if (event.target or event.annotator) == name:
                flag = event if event.action == "flag" else None
        elif event.action == "adjudicate":
            flag = None
        elif event.annotator != name:
            continue
        elif event.action == "label":
            latest, state, draft, skip, returned = event, "done", None, None, None
        elif event.action == "draft":
            draft, state = event, state if state == "done" else "draft"
        elif event.action == "skip":
            skip, state = event, "skipped"
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
