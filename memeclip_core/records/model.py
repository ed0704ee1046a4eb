"""Models, their figures, and two of them side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from memeclip_core.records.schemas import Number

CLEAR: Final = 0.05
"""A difference whose paired p-value is below this is called better or worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number with its n and 95 % bootstrap interval; NaN comes with a reason.

    ``note`` says what a mean leaves out, such as the classes that no row has.
    """

    name: str
    value: Number
    n: int
    low: Number
    high: Number
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """One class's F1 before and after, on the same rows.

    ``n`` counts the rows that carry the label; ``p`` is as in ``TaskComparison``.
    """

    label: str
    n: int
    active: Metric
    candidate: Metric
    p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMeme:
    """A corrected meme that a model learnt from, near another one: its labels for one task."""

    meme: str
    labels: tuple[str, ...]
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A meme on which two models answer differently, and what people say: label names.

    ``near`` are the corrected memes nearest to it that the candidate learnt from.
    """

    meme: str
    truth: tuple[str, ...]
    active: tuple[str, ...]
    candidate: tuple[str, ...]
    near: tuple[NearMeme, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskComparison:
    """Candidate against active on the same rows of one task.

    ``rows`` says which rows: ``corrected`` (held-out corrected memes) or ``replay`` (the
    starter's validation rows). ``flips`` counts rows whose predicted label differs. ``p`` is the
    two-sided p-value of the difference from a paired bootstrap, ``None`` where it is undefined.
    ``classes`` are in the task's order; ``flipped`` names the rows behind ``flips``, the first
    few hundred of them.
    """

    task: str
    rows: Literal["corrected", "replay"]
    n: int
    active: Metric
    candidate: Metric
    flips: int
    p: float | None = None
    classes: tuple[ClassChange, ...] = ()
    flipped: tuple[Flip, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A checkpoint as people see it.

    Attributes:
        version: its name, also in every prediction.
        origin: ``starter`` or ``retrained``.
        state: ``active``, ``candidate`` (awaiting promote or discard) or ``retired``.
        reads: the modalities that its heads were trained to read.
        metrics: validation metrics by task key.
        facts: what else its manifest says, in words: rows trained on, parent, job.
        worse: the tasks on which it was clearly worse than the model that it came from.
    """

    version: str
    task_set: str
    origin: Literal["starter", "retrained"]
    state: Literal["active", "candidate", "retired"]
    encoder: str
    head: str
    reads: str
    created: datetime
    metrics: dict[str, tuple[Metric, ...]]
    facts: dict[str, str] = field(default_factory=dict)
    worse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What is to be known of a model before its answers are used.

    Attributes:
        use: what it is meant for, and what not.
        data: where the memes are from, who labelled them, and how many there were.
        source: whom to cite.
        limits: what it cannot do, a sentence or two each.
    """

    use: str
    data: str
    source: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """A share of n memes, with its 95 % interval.

    Attributes:
        task: its key.
        subject: a class that is missed, or a group of people whose memes are answered wrongly.
        group: whether it is a group.
    """

    task: str
    subject: str
    group: bool
    n: int
    rate: float
    low: float
    high: float
