"""Which labels a meme has where several people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from memeclip_core.fold.decision import Decision
from memeclip_core.labelling import Labels
from memeclip_core.records import Labelled
from memeclip_core.tasks import Task, TaskSet

Reading = Callable[[Decision], Labels]
"""How a decision's labels read now: ``Project.migrate``, for one of an older version."""


def resolve_labels(
    decisions: Sequence[Decision],
    adjudicated: Decision | None,
    tasks: TaskSet,
    read: Reading | None = None,
) -> Labelled | None:
    """Return a meme's labels, or ``None`` if nobody decided or nothing of it still makes sense.

    An adjudication wins. In a project each task goes by majority: the most frequent answer if
    multiclass, every label that more than half chose if multilabel; the latest decision settles
    ties. Outside a project the latest decision counts as a whole. Tasks and labels that the task
    set does not know (any more) are left out, and so are tasks that do not apply.

    Args:
        decisions: those that count, one per person, oldest first.
        adjudicated: a reviewer's decision for all, or ``None``.
        tasks: the task set as it is now.
        read: how labels of another version read now; ``None`` takes them as they are.
    """
    source = adjudicated if adjudicated is not None else decisions[-1] if decisions else None
    if source is None:
        return None
    deciding = (source,) if adjudicated is not None or not source.project else decisions
    answers = [item.labels if read is None else read(item) for item in deciding]
    labels: Labels = {}
    for task in tasks:
        if task.applies is None or tasks.applies(task.key, labels):
            known = task.names
            given = [answer[task.key] for answer in answers if task.key in answer]
            votes = [vote for vote in given if _is_known(task, known, vote)]
            if votes:
                labels[task.key] = _vote(task, votes)
    if not labels:
        return None
    names = [item.annotator for item in decisions]
    if source.annotator not in names:
        names.append(source.annotator)
    return Labelled(
        meme=source.meme,
        image=source.image,
        text=source.text,
        text_source=source.text_source,
        labels=labels,
        time=source.time,
        annotators=tuple(names),
        note=source.note,
    )


def _is_known(task: Task, known: tuple[str, ...], vote: tuple[str, ...]) -> bool:
    if task.kind == "multiclass" and len(vote) != 1:
        return False
    return all(name in known for name in vote)


def _vote(task: Task, votes: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the majority's answer; ``votes`` has the latest last."""
    if task.kind == "multiclass":
        if len(votes) == 1:
            return votes[0]
        counts = Counter(votes)
        most = max(counts.values())
        return next(vote for vote in reversed(votes) if counts[vote] == most)
    chosen = Counter(name for vote in votes for name in vote)
    return tuple(
        name
        for name in task.names
        if 2 * chosen[name] > len(votes) or (2 * chosen[name] == len(votes) and name in votes[-1])
    )
