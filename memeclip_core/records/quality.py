"""How reliable people are, and on which memes they are least sure together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memeclip_core.tasks import TaskKind

Method = Literal["crowdlab", "others", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonQuality:
    """One person's quality on one task; numbers are NaN with a reason.

    Attributes:
        labelled, shared: memes that the person labelled; those that others labelled too.
        quality: corrected for chance: 1 is perfect, and 0 what the same answers get if they are
            given to other memes, or one answer to all; over all labels of a multilabel task.
        with_consensus: the share of shared memes on which the person says the consensus; of a
            multilabel task the mean over its labels.
        worst: the label that is most often not the consensus where the person chose it, or "".
    """

    name: str
    labelled: int
    shared: int
    quality: float
    with_consensus: float
    worst: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsureMeme:
    """A meme of whose labels people are not sure together: the consensus, and how sure, [0, 1]."""

    meme: str
    labels: tuple[str, ...]
    certainty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuality:
    """One task.

    Attributes:
        method: how quality is measured; see ``evaluation.annotators``.
        why: why it is not CROWDLAB, or "".
        people: the lowest quality first.
        always: what "none of them" on every meme, or else the most frequent label, has of
            ``with_consensus``.
        usual: that label, or "" for none of them.
        unsure: the memes with the least certain consensus, at most ``LEAST_SURE``.
        measured: on how many memes it is measured.
    """

    task: str
    title: str
    kind: TaskKind
    method: Method
    why: str
    people: tuple[PersonQuality, ...]
    always: float
    usual: str
    unsure: tuple[UnsureMeme, ...]
    measured: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """How reliable people are, as of ``time``; ``model`` is the version that was weighed in."""

    project: str
    time: datetime
    model: str
    tasks: tuple[TaskQuality, ...]
