"""Which labels a meme has where several people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from memeclip_core.records.decision import Decision, Labelled, Status
from memeclip_core.records.project import Labels
from memeclip_core.tasks import Task, TaskSet

Answer = tuple[str, ...]

Reading = Callable[[Decision], Labels]
"""How a decision's labels read now: ``Project.migrate``, for one of an older version."""


def resolve_labels(
    decisions: Sequence[Decision],
    adjudicated: Decision | None,
    tasks: TaskSet,
    read: Reading | None = None,
) -> Labelled | None:
    """Return a meme's labels, or ``None`` if nobody decided or nothing of it still makes sense.

    An adjudication wins. Else each task goes by vote; see ``vote``. Where people are even the task
    has no label, and neither has a task that would apply only by it. Tasks and labels that the task
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
    cast = _collect(tasks, decisions, read)
    deciding = cast if adjudicated is None else _collect(tasks, (adjudicated,), read)
    labels, statuses = _count(tasks, deciding)
    if adjudicated is not None:
        statuses = dict.fromkeys(statuses, "adjudicated")
    if not statuses:
        return None
    contested: Labels = {}
    if "tie" in statuses.values():
        latest, _ = _count(tasks, deciding, break_ties=True)
        contested = {key: names for key, names in latest.items() if key not in labels}
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
        statuses=statuses,
        votes={key: tuple(answers) for key, answers in cast.items() if answers},
        contested=contested,
        projects=tuple(dict.fromkeys(item.project for item in (*decisions, source))),
    )


def vote(task: Task, answers: Sequence[Answer]) -> tuple[Answer, Status]:
    """Return what people answer together, and how it came about; at least one answer.

    The most frequent answer if multiclass; every label that more than half chose if multilabel.
    People are even ("tie") where two answers are equally frequent, where exactly half chose a
    label, and where no label has more than half although no more than half said that none holds.
    The answer is then what the last of ``answers`` would make of it.
    """
    if len(set(answers)) == 1:
        return answers[0], "single" if len(answers) == 1 else "unanimous"
    if task.kind == "multiclass":
        counts = Counter(answers)
        most = max(counts.values())
        best = [answer for answer in reversed(answers) if counts[answer] == most]
        return best[0], "majority" if len(set(best)) == 1 else "tie"
    chosen = Counter(name for answer in answers for name in answer)
    half = len(answers) / 2
    names = tuple(
        name
        for name in task.names
        if chosen[name] > half or (chosen[name] == half and name in answers[-1])
    )
    even = half in chosen.values() or (not names and answers.count(()) <= half)
    return names, "tie" if even else "majority"


def _collect(
    tasks: TaskSet, decisions: Sequence[Decision], read: Reading | None
) -> dict[str, list[Answer]]:
    """Return the answers to each task that the task set knows, in its order of labels."""
    given = [item.labels if read is None else read(item) for item in decisions]
    found: dict[str, list[Answer]] = {}
    names = {task.key: task.names for task in tasks}
    for task in tasks:
        known = names[task.key]
        answers = [labels[task.key] for labels in given if task.key in labels]
        found[task.key] = [
            tuple(name for name in known if name in answer)
            for answer in answers
            if (task.kind == "multilabel" or len(answer) == 1) and set(answer) <= set(known)
        ]
    return found


def _count(
    tasks: TaskSet, cast: Mapping[str, Sequence[Answer]], *, break_ties: bool = False
) -> tuple[Labels, dict[str, Status]]:
    labels: Labels = {}
    statuses: dict[str, Status] = {}
    for task in tasks:
        if cast[task.key] and (task.applies is None or tasks.applies(task.key, labels)):
            answer, status = vote(task, cast[task.key])
            statuses[task.key] = status
            if status != "tie" or break_ties:
                labels[task.key] = answer
    return labels, statuses
