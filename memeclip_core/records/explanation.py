"""Why a model answers as it does: what is asked, what it costs, and what comes of it.

``studio.explain`` takes an ``Asked`` and returns these::

    cost(asked, what, grid=GRID) -> Cost
    scores(asked, on_progress=None) -> ScoresBeside
    words(asked, on_progress=None) -> WordEffects
    picture(asked, grid=GRID, on_progress=None) -> HeatMap
    change(asked, change) -> PictureChange
    modalities(asked, on_progress=None) -> Modalities
    agreement(asked) -> Agreement
    neighbours(who, asked, task=KEY, label="", count=NEAREST) -> Neighbours
    rules(prediction) -> dict[str, Rule]
    axes(task_set, model=None) -> dict[str, float]
    vectors(asked) -> Vectors

``on_progress`` is called with a ``Progress`` between batches; what it raises ends the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from memeclip_core.records.meme import TextSource
from memeclip_core.records.prediction import TaskPrediction

ExplanationKind = Literal[
    "scores",
    "words",
    "picture",
    "change",
    "modalities",
    "agreement",
    "neighbours",
    "rule",
    "vectors",
]
"""What ``studio.explain`` explains; the rule of an answer takes nothing but the answer."""

GRID: Final = 7
"""Cells of a heat map along either side."""

NEAREST: Final = 20
"""Training memes that are looked at around a meme."""

Region = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of a picture, each in shares of its width or height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A meme, and whose answers to it are to be explained.

    Attributes:
        task_set: a key of the studio's task sets.
        data: the image file's bytes, or ``None`` for a meme of which only the text is known.
        filename: the name to show; never used as a path.
        text: the meme's text; ``None`` has it read by OCR. "" means: no text on it.
        text_source: where a given ``text`` came from.
        model: a version, or ``zero-shot``; ``None`` is the active one.
    """

    task_set: str
    data: bytes | None = None
    filename: str = ""
    text: str | None = None
    text_source: TextSource = "user"
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an explanation takes, told before it runs.

    Attributes:
        texts, pictures: how many of each go through the encoder, at most: what is remembered does
            not.
        seconds: how long that takes, by what encoding took in this process so far.
        reason: why there is nothing to explain, in a sentence, or "".
    """

    what: ExplanationKind
    texts: int
    pictures: int
    seconds: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassEffect:
    """One class's scores of a meme as it is, and of the same meme without a part of it.

    ``change`` and ``cosine_change`` are the first less the second: what the part adds.
    """

    label: str
    display: str
    probability: float
    without: float
    change: float
    cosine: float
    cosine_without: float
    cosine_change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEffect:
    """One word: where it stands in the text, and by task key what each class loses without it."""

    word: str
    start: int
    end: int
    tasks: dict[str, tuple[ClassEffect, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEffects:
    """What each word of a text adds to the answers (leave one out).

    Attributes:
        text: the meme's.
        words: in the order of the text, the first ``MOST_WORDS`` of them.
        beyond: how many words follow that were not left out.
        model: whose answers.
        reason: why there are none, or "".
    """

    text: str
    words: tuple[WordEffect, ...]
    model: str
    beyond: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """What each place of a picture adds to the answers (occlusion).

    Attributes:
        grid: cells along either side; a cell is 1 / ``grid`` of the width and of the height.
        fill: the colour that hides a window: red, green, blue.
        maps: by task key and label, rows of cells from the top: the mean loss of the class's
            probability over all windows that hide the cell.
        model: whose answers.
        reason: why there are none, or "".
    """

    grid: int
    fill: tuple[int, int, int]
    maps: dict[str, dict[str, tuple[tuple[float, ...], ...]]]
    model: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be changed of a picture: a region is painted out, or another one takes its place.

    Attributes:
        region: painted in the picture's mean colour.
        other: an image file's bytes.
    """

    region: Region | None = None
    other: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureChange:
    """What a change of the picture does to the answers.

    Attributes:
        tasks: by task key, each class before; ``without`` is what it is after.
        region: what was painted out; ``None`` where another picture took the place.
        model: whose answers.
        reason: why there are none, or "".
    """

    tasks: dict[str, tuple[ClassEffect, ...]]
    model: str
    region: Region | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modalities:
    """What text and picture add to the answers: by task key, each class without a modality.

    ``both`` is the meme without either: ``without`` is then what the heads say of no meme at all.
    """

    text: dict[str, tuple[ClassEffect, ...]]
    picture: dict[str, tuple[ClassEffect, ...]]
    both: dict[str, tuple[ClassEffect, ...]]
    reads: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Cosines of picture and text over training memes.

    Attributes:
        edges, counts: a histogram; there is one edge more than there are counts.
        quantiles: at 5, 25, 50, 75 and 95 %.
        n: how many memes.
        source: the model whose training memes they are.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    quantiles: tuple[float, ...]
    n: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How near picture and text lie in the space that the encoder shares.

    Attributes:
        cosine: in [-1, 1]; ``None`` where there is no picture, no text or no shared space.
        training: the same of training memes; ``None`` where none is known that has both.
        below: the share of training memes with a lower cosine.
        reason: why something is not known, or "".
    """

    cosine: float | None
    training: Distribution | None = None
    below: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A meme that a model learnt from.

    Attributes:
        labels: by task key.
        cosine: to the meme in question, over what the heads read; ``distance`` is 1 less that.
        meme: its content id where it was corrected in this home, to those who may see it; "" for
            all others, of which no picture and no text is kept.
    """

    labels: dict[str, tuple[str, ...]]
    cosine: float
    distance: float
    meme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The training memes nearest to a meme, by the features that the heads read.

    Attributes:
        task, label: the class that they speak for or against.
        nearest: the nearest of all that are labelled for the task, the nearest first.
        carrying: how many of these carry the label.
        supporting, opposing: the nearest that carry it, and the nearest that do not.
        rows: how many training memes were compared.
        base: the share of those that carry the label.
        nearness: the mean cosine to the five nearest, as ``usual`` is measured.
        usual: the nearness that 98 of 100 validation memes reach; ``None`` if it is not known.
        far: whether the meme is less near than that.
        model: whose training memes.
        reason: why there are none, or "".
    """

    task: str
    label: str
    model: str
    nearest: tuple[Neighbour, ...] = ()
    carrying: int = 0
    supporting: tuple[Neighbour, ...] = ()
    opposing: tuple[Neighbour, ...] = ()
    rows: int = 0
    base: float | None = None
    nearness: float | None = None
    usual: float | None = None
    far: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRange:
    """One class's probability by model, and how far apart the models are."""

    label: str
    display: str
    probabilities: dict[str, float]
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScoresBeside:
    """The answers of several models to one question.

    Attributes:
        answers: by model; the models stand in the order of ``ScoresBeside.models``.
        classes: in the task's order.
        differ: whether the models answer differently.
        spread: of the class on which they are farthest apart.
    """

    task: str
    title: str
    answers: dict[str, TaskPrediction]
    classes: tuple[ClassRange, ...]
    differ: bool
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBeside:
    """A model among several: what it is here (``active``, ``starter``, …), and how it was made."""

    version: str
    role: Literal["active", "candidate", "retired", "starter", "zero-shot"]
    head: str
    encoder: str
    reads: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresBeside:
    """What several models say of one meme.

    Attributes:
        models: the active one first.
        tasks: those on which they answer differently first, then by ``spread``.
        left_out: versions that cannot answer here, with the reason.
    """

    models: tuple[ModelBeside, ...]
    tasks: tuple[TaskScoresBeside, ...]
    left_out: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one class's probability comes about, in numbers.

    ``logit = scale * (cosine - against) / temperature``, or ``slope * scale * cosine + offset``;
    where a question has two answers or several at once, the probability is its sigmoid.

    Attributes:
        label: the class; ``other`` is the class it is weighed against, "" if none.
        cosine, against: of the two classes; ``against`` is 0 where there is no other.
        scale: the head's factor on cosines; ``None`` where logits are not made of cosines, or it is
            not known.
        temperature: divides the logits; 1 leaves them.
        slope, offset: in place of the temperature, where each class has its own line.
        logit: of this class, less that of the other where there is one.
        others: where there are three classes or more, the logit of this class less each other's.
        probability: of the class.
        base: the share of training memes that carry the label; ``None`` if unknown.
        axis: the length of the axis on which this head's cosines are drawn; 1 where no rows are
            known.
        sentence: all this as a formula: (0.124 - 0.061) x 30 / 2.07 = 0.91 → 71 %.
    """

    task: str
    label: str
    other: str
    cosine: float
    against: float
    scale: float | None
    temperature: float
    slope: float | None
    offset: float | None
    logit: float
    others: dict[str, float]
    probability: float
    base: float | None
    axis: float
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """What the encoder makes of a meme.

    Attributes:
        meme: its content id.
        encoder, fingerprint: whose vectors; those of other fingerprints are not comparable.
        image, text: what heads read; ``None`` where the meme has none.
        shared_image, shared_text: at unit length in the space that picture and text share;
            ``None`` where there is no such space.
    """

    meme: str
    encoder: str
    fingerprint: str
    image: tuple[float, ...] | None = None
    text: tuple[float, ...] | None = None
    shared_image: tuple[float, ...] | None = None
    shared_text: tuple[float, ...] | None = None
