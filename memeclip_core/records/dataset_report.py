"""What a look through a dataset finds: counts, gaps, duplicates; never its texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from memeclip_core.records.meme import Failure

Kind = Literal["same text", "near text", "same image", "near image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCount:
    """How many pictures rows name, how many of those are there, and what else lies there."""

    named: int
    found: int
    unnamed: int

    def __str__(self) -> str:
        return (
            f"{self.found:,} of {self.named:,} named pictures found, "
            f"{self.unnamed:,} pictures not named by any row"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Straddle:
    """``rows`` of the ``of`` rows of ``split`` also stand in ``other``."""

    split: str
    other: str
    rows: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """The duplicates of one kind.

    Same is equal after normalisation (texts) or byte by byte (images). A near group holds at
    least two that are not the same; its straddling rows are those that the same kind misses.

    Attributes:
        kind: what is the same.
        compared: how many rows have such a thing at all.
        groups: where the rows of each group stand, in the dataset's order.
        contradicting: how many groups hold rows with different labels.
        straddles: for every split, what it shares with every other; none where nothing is shared.
    """

    kind: Kind
    compared: int
    groups: tuple[tuple[str, ...], ...]
    contradicting: int
    straddles: tuple[Straddle, ...]

    @property
    def rows(self) -> int:
        """How many rows stand in a group."""
        return sum(len(group) for group in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCount:
    """One split, or "": its rows, and how many of them lack what.

    An image is missing where none is named or there, unreadable where it is there and cannot be
    decoded; rows with neither a text nor a readable image are of no use.
    """

    split: str
    rows: int
    no_text: int
    no_image: int
    unreadable: int
    neither: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount:
    """How many rows of every split have a label.

    ``label`` is "" for rows without one or to which the task does not apply.
    """

    task: str
    label: str
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """How many rows of all splits have it."""
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a value of a dataset's column means for a task.

    Attributes:
        labels: the labels' names; none where the value says that none holds.
        rows: how many rows have it.
    """

    task: str
    column: str
    value: str
    labels: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReport:
    """How the values of a dataset are read as the labels of a task set.

    Attributes:
        files, tasks: the files' names, and the task set's key.
        rows: how many there are.
        classes: how many rows of each split have each label.
        meanings: values that are not written as the label that they mean.
        unread_labels: values that mean none, by the place of their rows.
    """

    files: tuple[str, ...]
    tasks: str
    rows: int
    classes: tuple[ClassCount, ...]
    meanings: tuple[Meaning, ...]
    unread_labels: tuple[Failure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReport:
    """What ``memeclip dataset check`` found.

    Attributes:
        tasks: the task set that the labels were checked against, or "".
        files: the files' names; ``skipped`` are those of the folder that were not read.
        rows: how many rows can be used.
        splits: in the order of their first rows.
        classes: by task and label, in the tasks' order.
        meanings: what the values of the file mean, where one is written otherwise than its label.
        notes: what deserves to be said of a file, such as columns that were not used.
        malformed: the lines that cannot be used, and why.
        unread_labels: labels that cannot be read, and why; their rows stay, without them.
        missing_texts: where the rows with an empty text stand.
        missing_images: where the rows stand whose named image is not there.
        unreadable: the images that cannot be decoded, and why.
        repeated_names: where rows of the same name stand.
        duplicates: by kind.
    """

    format: str
    tasks: str
    files: tuple[str, ...]
    skipped: tuple[Failure, ...]
    rows: int
    pictures: PictureCount
    splits: tuple[SplitCount, ...]
    classes: tuple[ClassCount, ...]
    meanings: tuple[Meaning, ...]
    notes: tuple[Failure, ...]
    malformed: tuple[Failure, ...]
    unread_labels: tuple[Failure, ...]
    missing_texts: tuple[str, ...]
    missing_images: tuple[str, ...]
    unreadable: tuple[Failure, ...]
    repeated_names: tuple[tuple[str, ...], ...]
    duplicates: tuple[Duplicates, ...]

    @property
    def usable(self) -> bool:
        """Whether anything can be done with it: a row to read, and a label if any was meant."""
        readable = any(item.rows > item.neither for item in self.splits)
        labelled = any(item.label and item.total for item in self.classes)
        return readable and (labelled or not self.unread_labels)

    @property
    def one_sided(self) -> dict[str, str]:
        """The tasks whose labels are all one and the same, which teach nothing, and the label."""
        held: dict[str, list[str]] = {}
        for item in self.classes:
            if item.label and item.total:
                held.setdefault(item.task, []).append(item.label)
        return {task: labels[0] for task, labels in held.items() if len(labels) == 1}
