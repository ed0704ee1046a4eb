"""The value objects that rooms hand to each other: frozen, comparable, without I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from memeclip_core.tasks import TaskKind

Role = Literal["visitor", "annotator", "reviewer", "admin"]
"""What a person may do; each role includes the ones before it."""

TextSource = Literal["rapidocr", "tesseract", "user", "file", "none"]
"""Where a meme's text came from: an OCR engine, a person, a dataset file, or nowhere."""

Action = Literal["label", "retract", "draft", "skip", "flag", "unflag", "adjudicate", "return"]
"""What a row of the log says: a decision, one taken back, one begun, a meme passed over, marked or
unmarked for attention, decided for all by a reviewer, or sent back to its annotator."""

Verdict = Literal["confirmed", "corrected", "unaided", ""]
"""How a decision stands to the model's: taken over, changed, or made without seeing it; "" where
there was no model or the row is no decision."""

Status = Literal["single", "unanimous", "majority", "tie", "adjudicated"]
"""How an answer came about: by one person, by all of several, by more of them for it than for any
other, not at all since they are even, or by a reviewer."""

JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted", "refused"]

LIVE: Final[tuple[JobState, ...]] = ("queued", "running")
"""The states of a job that is still under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks, and what they may do."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that OCR found: its box is (left, top, right, bottom) in pixels."""

    text: str
    box: tuple[float, float, float, float]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meme:
    """A meme as it was handed in.

    Attributes:
        id: SHA-256 of the image's original bytes, or of the text where there is no image.
        filename: the name it came with; never used as a path.
        text: what is written on it; "" if nothing could be read.
        text_source: where the text came from.
        has_image: whether there is an image.
        width, height: in pixels of the upright image; 0 without an image.
        words: the OCR boxes behind the text, in reading order; empty otherwise.
        unread: lines that the text reader found and could not read.
    """

    id: str
    filename: str
    text: str
    text_source: TextSource
    has_image: bool = True
    width: int = 0
    height: int = 0
    words: tuple[Word, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """One class's scores.

    Attributes:
        probability: in [0, 1].
        cosine: similarity in [-1, 1].
        base: the share of the model's training memes that carry the label; ``None`` if unknown.
    """

    label: str
    display: str
    probability: float
    cosine: float
    base: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPrediction:
    """What one task's head says of one meme.

    Attributes:
        task: the task's key; ``title`` and ``kind`` are the task's.
        labels: the predicted names: one if multiclass, any number if multilabel.
        scores: one per class, in the task's order. Multiclass probabilities sum to 1.
        threshold: the multilabel decision threshold, or ``None``.
        applies: false where the task makes no sense given the other predictions.
        reason: why it does not apply, or "".
        reads: what the head was trained to read: ``text``, ``image`` or ``image+text``.
        model: the version of the model that answered; ``zero-shot`` without a trained head.
    """

    task: str
    title: str
    kind: TaskKind
    labels: tuple[str, ...]
    scores: tuple[ClassScore, ...]
    threshold: float | None
    applies: bool
    reason: str
    reads: str
    model: str

    @property
    def probability(self) -> float:
        """The probability of the predicted label; the highest one if multilabel."""
        chosen = [s.probability for s in self.scores if s.label in self.labels]
        return max(chosen or [s.probability for s in self.scores])


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """All tasks' predictions for one meme, with what made them.

    Attributes:
        notes: what a person should know about the answers, in sentences.
        doubt: a clause that says why the answers are little more than a guess; "" if they are not.
    """

    meme: Meme
    task_set: str
    tasks: tuple[TaskPrediction, ...]
    model: str
    encoder: str
    notes: tuple[str, ...] = ()
    doubt: str = ""

    def task(self, key: str) -> TaskPrediction:
        """Return one task's prediction; KeyError if the task set has no such task."""
        for item in self.tasks:
            if item.task == key:
                return item
        raise KeyError(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A meme among many that could not be predicted, and why, in one sentence."""

    filename: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One row of the corrections log: one decision on one task of one meme.

    Attributes:
        event: the row's own id.
        save: the id shared by the rows of one press of "Save"; a retraction names the save
            that it takes back.
        time: in UTC, to the millisecond.
        action: see ``Action``. Rows of a skip, a flag or a return have the task "".
        meme, image, text, text_source: the meme; ``image`` is the file name kept in the home.
        task_set, task: what was asked.
        predicted, probability, model: what the model had said, and which version.
        labels: the person's decision.
        note: free text; the reason of a skip, a flag or a return.
        project: the project's key, or "" for a meme that was handed in on the page.
        version: the version of the project's label set.
        verdict: see ``Verdict``.
        seconds: how long the person looked at the meme, or ``None`` if unknown.
        target: whose decision is sent back; "" otherwise.
    """

    event: str
    save: str
    time: datetime
    annotator: str
    action: Action
    meme: str
    image: str
    text: str
    text_source: TextSource
    task_set: str
    task: str
    predicted: tuple[str, ...]
    probability: float | None
    model: str
    labels: tuple[str, ...]
    note: str = ""
    project: str = ""
    version: int = 1
    verdict: Verdict = ""
    seconds: float | None = None
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveReceipt:
    """What "Save" or "Undo" answers: the save's id, when, how many rows it added.

    ``rows`` is 0 if the same decision was already saved; ``time`` is then that earlier time.
    ``meme`` is whose decision an "Undo" took back.
    """

    save: str
    time: datetime
    rows: int
    total: int
    meme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A decided meme's current labels, folded from the log.

    Attributes:
        labels: by task key; a task on which people are even has none.
        time, note: of the latest decision, or of the reviewer's.
        annotators: who decided, the reviewer included.
        statuses: how each task's answer came about, those without an answer included.
        votes: what people answered, by task key, the latest last; nobody is named.
        contested: where people are even, what ``labels`` would have if the latest decided.
        projects: where it was decided, the latest last; "" is the page.
    """

    meme: str
    image: str
    text: str
    text_source: TextSource
    labels: dict[str, tuple[str, ...]]
    time: datetime
    annotators: tuple[str, ...]
    note: str = ""
    statuses: dict[str, Status] = field(default_factory=dict)
    votes: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    contested: dict[str, tuple[str, ...]] = field(default_factory=dict)
    projects: tuple[str, ...] = ()

    @property
    def status(self) -> Status | Literal[""]:
        """How the whole came about: as the least certain of its tasks did; "" without any."""
        found = set(self.statuses.values())
        order: tuple[Status, ...] = ("tie", "majority", "unanimous", "single", "adjudicated")
        return next((status for status in order if status in found), "")

    @property
    def tied(self) -> bool:
        """Whether people are even on a task, so that nothing there is the truth."""
        return "tie" in self.statuses.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number with its n and 95 % bootstrap interval; NaN comes with a reason.

    ``note`` says what a mean leaves out, such as the classes that no row has.
    """

    name: str
    value: float
    n: int
    low: float
    high: float
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job has come: ``done`` of ``total`` steps, and what it is doing."""

    done: int
    total: int
    message: str
    loss: float | None = None
    score: float | None = None


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
class Flip:
    """A meme on which two models answer differently, and what people say: label names."""

    meme: str
    truth: tuple[str, ...]
    active: tuple[str, ...]
    candidate: tuple[str, ...]


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
class Job:
    """A retraining, from start to verdict.

    ``log`` says what happened when, line by line: times, steps and counts, never a meme's words.
    """

    id: str
    task_set: str
    state: JobState
    started: datetime
    by: str
    progress: Progress
    ended: datetime | None = None
    base: str = ""
    candidate: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    comparison: tuple[TaskComparison, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it is still under way."""
        return self.state in LIVE

    def without_flips(self) -> Job:
        """Return the job as everybody may see it: with numbers, without the memes behind them."""
        return replace(self, comparison=tuple(replace(c, flipped=()) for c in self.comparison))


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
