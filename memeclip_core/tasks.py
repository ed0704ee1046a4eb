"""What can be asked of a meme: tasks, their ordered labels, and sets of tasks.

A label's id is its place in its task, and exists nowhere else. Task files are parsed in
``storage.task_files``; here is what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from memeclip_core.errors import ConfigError, LabelError, TaskFileError

TaskKind = Literal["multiclass", "multilabel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One class.

    Attributes:
        name: the stable name, stored in logs and checkpoints.
        display: what a person reads.
        prompt: what stands for the class in a text encoder's sentence.
        value: how the class is written in the dataset's own files.
        hint: one sentence for annotators, or "".
        also: other values of the files that mean the class, such as those of a finer task.
        column: the column that says 1 where the class holds and 0 where not, in files that have
            one for each class of a multilabel task; or "".
    """

    name: str
    display: str
    prompt: str
    value: str
    hint: str = ""
    also: tuple[str, ...] = ()
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Say when a task applies: where ``task`` has one of ``labels``."""

    task: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Say which rows of a dataset are meant: those whose ``column`` has one of ``values``."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One question with its ordered labels.

    Attributes:
        key: the stable name of the task.
        title: what a person reads.
        kind: ``multiclass`` (exactly one label) or ``multilabel`` (any number, also none).
        labels: in the dataset's own order; the place is the id.
        column: the dataset's column.
        aliases: other names of the column and of the task.
        applies: where the task makes sense; ``None`` means everywhere.
        missing: cell values that mean "not labelled".
        none: cell values that mean "none of these", of a task that takes several labels.
        template: the sentence around a class prompt, with one ``{}``.

    Raises:
        TaskFileError: on fewer than two labels, names that repeat, a bad template, or what only a
            multilabel task can have.
    """

    key: str
    title: str
    kind: TaskKind
    labels: tuple[Label, ...]
    column: str
    aliases: tuple[str, ...] = ()
    applies: Condition | None = None
    missing: tuple[str, ...] = ("", "NA")
    template: str = "a photo of a {}."
    none: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._check_mapping()
        for what in ("name", "value"):
            seen: set[str] = set()
            for label in self.labels:
                word = str(getattr(label, what))
                if word in seen:
                    raise TaskFileError(
                        f"Task '{self.key}' has two labels with the {what} '{word}'. "
                        f"Give each label its own {what}."
                    )
                seen.add(word)
        if len(self.labels) < 2:
            raise TaskFileError(
                f"Task '{self.key}' has {len(self.labels)} label(s); a task needs at least two."
            )
        if self.template.count("{}") != 1:
            raise TaskFileError(
                f"The template of task '{self.key}' is '{self.template}'; "
                "it must hold {} exactly once, where the class goes."
            )

    def _check_mapping(self) -> None:
        """Check which values and columns of a dataset mean which label."""
        with_column = [label.name for label in self.labels if label.column]
        if self.kind == "multiclass" and (self.none or with_column):
            what = "a value that means none" if self.none else "columns for its labels"
            raise TaskFileError(
                f"Task '{self.key}' has {what}, and is multiclass, which always has one label. "
                "Make it multilabel, or add a label for it."
            )
        if with_column and len(with_column) < len(self.labels):
            name = next(label.name for label in self.labels if not label.column)
            raise TaskFileError(
                f"Task '{self.key}' names no column for the label '{name}', and one for "
                f"'{with_column[0]}'. Name one for each label, or none."
            )
        meant = {label.value: label.name for label in self.labels}
        for label in self.labels:
            for word in label.also:
                if meant.setdefault(word, label.name) != label.name or word in self.none:
                    other = "none" if word in self.none else f"'{meant[word]}'"
                    raise TaskFileError(
                        f"Task '{self.key}': '{word}' means '{label.name}' and {other}. "
                        "Let each value mean one label."
                    )

    @property
    def names(self) -> tuple[str, ...]:
        """The labels' names, in order."""
        return tuple(label.name for label in self.labels)

    @property
    def prompts(self) -> tuple[str, ...]:
        """One sentence per label, for a text encoder."""
        return tuple(self.template.format(label.prompt) for label in self.labels)

    def index(self, name: str) -> int:
        """Return the id of a label.

        Raises:
            LabelError: if the task has no such label.
        """
        try:
            return self.names.index(name)
        except ValueError:
            raise LabelError(
                f"Task '{self.key}' has no label '{name}'. Its labels: {', '.join(self.names)}."
            ) from None

    def label(self, name: str) -> Label:
        """Return the label with this name; raise LabelError if there is none."""
        return self.labels[self.index(name)]

    def check(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return the labels in the task's order, after checking them.

        Raises:
            LabelError: on an unknown label, or not exactly one where the task is multiclass.
        """
        ids = sorted({self.index(name) for name in labels})
        if self.kind == "multiclass" and len(ids) != 1:
            raise LabelError(
                f"Task '{self.key}' takes exactly one label and was given {len(ids)}. "
                f"Choose one of: {', '.join(self.names)}."
            )
        return tuple(self.names[i] for i in ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSet:
    """The tasks that belong to one dataset or project, in the order of a page.

    Attributes:
        rows: which rows of a dataset are meant; those that meet all of them.

    Raises:
        TaskFileError: on no task, a name used twice, or a condition that refers to nothing.
    """

    key: str
    title: str
    tasks: tuple[Task, ...]
    description: str = ""
    rows: tuple[Kept, ...] = ()

    def __post_init__(self) -> None:
        if not self.tasks:
            raise TaskFileError(f"Task set '{self.key}' has no tasks; it needs at least one.")
        seen: set[str] = set()
        for task in self.tasks:
            for word in {task.key, *task.aliases}:
                if word in seen:
                    raise TaskFileError(
                        f"Task set '{self.key}' uses the name '{word}' for two tasks. "
                        "Keys and aliases must differ."
                    )
                seen.add(word)
            self._check_condition(task)

    def _check_condition(self, task: Task) -> None:
        condition = task.applies
        if condition is None:
            return
        earlier = {t.key: t for t in self.tasks[: self.tasks.index(task)]}
        if condition.task not in earlier:
            raise TaskFileError(
                f"Task '{task.key}' applies only where '{condition.task}' has a certain label, but "
                f"no task of that name stands before it. Before it: {', '.join(earlier) or 'none'}."
            )
        unknown = [n for n in condition.labels if n not in earlier[condition.task].names]
        if unknown:
            raise TaskFileError(
                f"Task '{task.key}' refers to the label '{unknown[0]}' of '{condition.task}', "
                f"which has: {', '.join(earlier[condition.task].names)}."
            )

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    @property
    def keys(self) -> tuple[str, ...]:
        """The tasks' keys, in order."""
        return tuple(task.key for task in self.tasks)

    def task(self, key: str) -> Task:
        """Return the task with this key or alias.

        Raises:
            LabelError: if there is none.
        """
        for task in self.tasks:
            if key == task.key or key in task.aliases:
                return task
        raise LabelError(
            f"Task set '{self.key}' has no task '{key}'. Its tasks: {', '.join(self.keys)}."
        )

    def applies(self, key: str, labels: dict[str, tuple[str, ...]]) -> bool:
        """Say whether a task makes sense, given the labels of the others by task key.

        A task whose condition is not decided yet (no labels for it) does not apply.
        """
        condition = self.task(key).applies
        if condition is None:
            return True
        return any(name in condition.labels for name in labels.get(condition.task, ()))

    def condition(self, task: Task) -> str:
        """Say in one sentence where a task applies; "" if everywhere."""
        if task.applies is None:
            return ""
        other = self.task(task.applies.task)
        names = " or ".join(f"“{other.label(name).display}”" for name in task.applies.labels)
        return f"{task.title} applies only where {other.title} is {names}."

    def keep_applying(self, labels: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Return the labels of the tasks that make sense, given those before them that do."""
        kept: dict[str, tuple[str, ...]] = {}
        for task in self.tasks:
            if task.key in labels and self.applies(task.key, kept):
                kept[task.key] = labels[task.key]
        return kept


def lead_in(title: str) -> str:
    """Return a task's title as it stands before an answer: a question needs no colon."""
    return title if title.endswith("?") else f"{title}:"


def find_offered(task_sets: Sequence[TaskSet], key: str) -> TaskSet:
    """Return the one with this key; raise ConfigError if it is not among them."""
    for item in task_sets:
        if item.key == key:
            return item
    known = ", ".join(item.key for item in task_sets)
    raise ConfigError(f"There is no task set '{key}'. On offer: {known}.")
