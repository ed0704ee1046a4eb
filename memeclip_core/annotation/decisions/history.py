"""What happened to one meme of a project: who did what, when, and what was there before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from memeclip_core.records.decision import Correction, join_verdicts
from memeclip_core.records.project import Labels, Project
from memeclip_core.records.queue import HistoryEntry

_COUNTS = ("label", "skip")


def write_history(
    project: Project, rows: Iterable[Correction], *, hidden: bool
) -> tuple[HistoryEntry, ...]:
    """Return the entries of one meme, oldest first.

    Args:
        project: its migrations say how older labels read now.
        rows: of the log, in its order.
        hidden: whether what the model said is left out.
    """
    # What each person's saves say, newest last; a retraction takes its save out again.
    stacks: dict[str, list[tuple[str, Labels]]] = {}
    entries = []
    for _, group in groupby(rows, key=lambda row: (row.save, row.action == "retract")):
        own = list(group)
        first, labels = own[0], _labels(project, own)
        whose = first.target if first.action == "return" else first.annotator
        # What a reviewer decides for all is nobody's own decision.
        whose = f"\n{whose}" if first.action == "adjudicate" else whose
        stack = stacks.setdefault(whose, [])
        adjudicated = stacks.setdefault(f"\n{whose}", [])
        old: Labels = stack[-1][1] if stack else {}
        new = labels
        if first.action in (*_COUNTS, "adjudicate", "return"):
            stack.append((first.save, labels))
        elif first.action == "retract":
            changed = adjudicated if any(s == first.save for s, _ in adjudicated) else stack
            old = changed[-1][1] if changed else {}
            changed[:] = [item for item in changed if item[0] != first.save]
            new = changed[-1][1] if changed else {}
        elif first.action in ("flag", "unflag"):
            new = old
        entries.append(_entry(project, own, old, new, hidden=hidden))
    return tuple(entries)


def is_visible(entry: HistoryEntry, name: str) -> bool:
    """Say whether an entry is a person's own: done by them, or sent back to them."""
    return name in (entry.who, entry.target)


def _entry(
    project: Project, rows: Sequence[Correction], old: Labels, new: Labels, *, hidden: bool
) -> HistoryEntry:
    first = rows[0]
    predicted = {row.task: row.predicted for row in rows if row.task and row.model}
    verdict = join_verdicts(row.verdict for row in rows)
    return HistoryEntry(
        save=first.save,
        time=first.time,
        who=first.annotator,
        action=first.action,
        old=old,
        new=new,
        note=first.note,
        predicted={} if hidden else project.migrate(predicted, first.version),
        model="" if hidden else next((row.model for row in rows if row.model), ""),
        shown=None if not verdict else verdict != "unaided",
        verdict=verdict,
        seconds=first.seconds,
        version=first.version,
        target=first.target,
    )


def _labels(project: Project, rows: Sequence[Correction]) -> Labels:
    labels = {row.task: row.labels for row in rows if row.task}
    return project.migrate(labels, rows[0].version)
