"""What the API is sent, checked: types, sizes, and nothing else. What is sent is anybody's.

What the API answers are the records themselves, and the few that are put together here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from memeclip_core.errors import TextError
from memeclip_core.records.comparison import Rows
from memeclip_core.records.decision import Person
from memeclip_core.records.job import JobKind, JobState, Progress
from memeclip_core.records.limits import check_text
from memeclip_core.records.meme import Failure, TextSource, Word
from memeclip_core.records.model import TaskComparison
from memeclip_core.records.project import ItemState, Order, Project
from memeclip_core.records.queue import (
    Held,
    LabelSource,
    QueueCounts,
    QueueFilter,
    Recent,
    Saved,
    Undone,
    WorkItem,
)  # fmt: skip
from memeclip_core.tasks import TaskKind

MOST_MEMES: Final = 200


def _storable(text: str) -> str:
    try:
        check_text(text, "text")
    except TextError as error:
        raise ValueError(str(error)) from None
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(max_length=200)]
Reason = Annotated[Text, Field(max_length=500)]
Note = Annotated[Text, Field(max_length=4000)]
Client = Annotated[Text, Field(max_length=64, description="One browser tab, in its own words.")]
MemeId = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="A meme's content id.")]
SaveId = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9-]{8,64}$",
        description="The caller's own id of a save: the same one twice counts once.",
    ),
]
Version = Annotated[int, Field(ge=1, le=10**6, description="Of the label set that was answered.")]
Seconds = Annotated[float, Field(allow_inf_nan=False, description="Impossible ones: unknown.")]
Labels = Annotated[
    dict[Name, Annotated[tuple[Name, ...], Field(max_length=500)]],
    Field(max_length=100, description="Label names by task key."),
]
Memes = Annotated[tuple[MemeId, ...], Field(min_length=1, max_length=MOST_MEMES)]

ProjectKey = Annotated[str, Path(max_length=100, description="A project's key.")]
MemeOfPath = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="A meme's content id.")]


class Sent(BaseModel):
    """A request's body: values that it does not know are refused rather than lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Filters(Sent):
    """Which memes of a project are meant; see ``QueueFilter``."""

    state: ItemState | None = "pending"
    label: tuple[Name, Name] | None = None
    label_by: LabelSource = "model"
    model: Name = ""
    annotator: Name = ""
    text: Name = ""
    flagged: bool | None = None
    returned: bool | None = None
    comments: bool | None = None
    ids: Memes | None = None
    selection: Name = ""
    removed: bool = False

    @property
    def read(self) -> QueueFilter:
        """The filter that the queue takes."""
        return QueueFilter(**self.model_dump())


class ComparedModels(Sent):
    """Two models and the rows to compare them on; see ``Rivals``."""

    task_set: Name
    first: Annotated[Name, Field(description="A version, active, candidate or starter.")] = "active"
    second: Name = "candidate"
    rows: Rows = "shipped"
    project: Name = ""
    dataset: Annotated[
        str, Field(max_length=300, description="Of rows dataset: one of those to explore, by key.")
    ] = ""
    split: Annotated[Name, Field(description="Which of its rows; blank for all.")] = ""
    unseen: bool = True
    by: Annotated[Name, Field(description="A task's key, or project; blank for none.")] = ""


class Asked(Sent):
    """Memes to be given out; without ``order``, in the project's own."""

    client: Client
    filters: Filters = Filters()
    order: Order | None = None
    count: Annotated[int, Field(ge=1, le=20)] = 3


class Browsed(Sent):
    """One page of a project's memes."""

    filters: Filters = Filters()
    order: Order = "import"
    page: Annotated[int, Field(ge=1, le=10**6)] = 1
    size: Annotated[int, Field(ge=1, le=MOST_MEMES)] = 50


class Opened(Sent):
    """One meme, to be kept for a client."""

    meme: MemeId
    client: Client


class Released(Sent):
    """What a client holds; everywhere is what all of the person's clients hold."""

    client: Client = ""
    everywhere: bool = False


class Decided(Sent):
    """A decision; ``model``, ``version`` and ``qualifies`` are those of the meme as given out."""

    save: SaveId
    meme: MemeId
    labels: Labels
    note: Note = ""
    seconds: Seconds | None = None
    shown: bool = False
    model: Name = ""
    version: Version
    qualifies: bool = False


class DecidedMany(Sent):
    """One decision for several memes; ``seconds`` of each, ``model`` of the rows as browsed."""

    save: SaveId
    memes: Memes
    labels: Labels
    note: Note = ""
    seconds: Seconds | None = None
    shown: bool = False
    model: Name = ""
    version: Version


class Drafted(Sent):
    """Labels that are not decided yet; any tasks may be missing."""

    save: SaveId
    meme: MemeId
    labels: Labels
    note: Note = ""
    version: Version


class Skipped(Sent):
    """A meme to be passed over."""

    save: SaveId
    meme: MemeId
    reason: Reason


class Flagged(Sent):
    """A meme to be marked for attention, or no more."""

    save: SaveId
    meme: MemeId
    on: bool
    reason: Reason = ""


class Undo(Sent):
    """The client that holds the meme again, and the caller's own id of the undo."""

    client: Client = ""
    undo: Annotated[
        SaveId | None, Field(description="The same one twice takes back once; without, each does.")
    ] = None


class Adjudicated(Sent):
    """A reviewer's decision for all."""

    save: SaveId
    labels: Labels
    note: Note = ""
    version: Version
    shown: bool = False
    seconds: Seconds | None = None


class SentBack(Sent):
    """A decision to be made anew; ``annotator`` is a letter where names are hidden."""

    save: SaveId
    annotator: Name
    reason: Reason
    blind: bool = True


class Resolved(Sent):
    """What came of the flags on a meme."""

    save: SaveId
    reason: Reason


class Exported(Sent):
    """An export's format, and which memes and labels come along."""

    format: Literal[
        "pridemm-csv", "csv", "jsonl", "imagefolder", "decisions", "comments", "soft-labels",
        "label-studio", "work", "everything",
    ]  # fmt: skip
    unlabelled: bool = False
    settled: bool = False
    imported: bool = False


class OfTaskSet(Sent):
    """A task set, by its key."""

    task_set: Name


class Given(BaseModel):
    """Memes that were given out, and why there are not more.

    ``held`` says what others and one's other clients hold, where nothing was given out; ``version``
    is the label set's.
    """

    items: tuple[WorkItem, ...]
    held: Held
    counts: QueueCounts
    version: int


class Noted(BaseModel):
    """What a save answers, and one's last decisions."""

    saved: Saved
    recent: tuple[Recent, ...]


class TakenBack(BaseModel):
    """What an undo answers, and one's last decisions."""

    undone: Undone
    recent: tuple[Recent, ...]


class ProjectCounts(BaseModel):
    """How far a project is; see ``ProjectFacts``. Its jobs have a route of their own."""

    model_config = ConfigDict(from_attributes=True)
    project: Project
    memes: int
    decided: int
    decisions: int
    adjudicated: int
    flagged: int
    stale: int
    model: str


class ProjectRules(BaseModel):
    """A project with its guidelines as HTML, whether one may see others' work there, whose
    predictions are kept, and whose are ``shown`` of those that were brought in, or "".
    """

    project: Project
    guidelines: str
    reviews: bool
    models: tuple[str, ...]
    shown: str


class Problem(BaseModel):
    """What every error is answered with: a sentence for a person."""

    detail: str


class Me(BaseModel):
    """Who asks, and why they may not correct; "" if they may."""

    person: Person
    write_reason: str


class JobFacts(BaseModel):
    """Work in the background; see ``Job``. What it was asked may name folders of the server."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: JobKind
    subject: str
    state: JobState
    started: datetime
    by: str
    progress: Progress
    ended: datetime | None
    counts: dict[str, int]
    failures: tuple[Failure, ...]
    reason: str
    file: str
    base: str
    candidate: str
    comparison: tuple[TaskComparison, ...]
    log: tuple[str, ...]


class PredictedTask(BaseModel):
    """What one task's head says.

    ``label`` is the first of the ``labels``. The numbers by label name stand in the task's order;
    ``base_rates`` are the classes' shares of the training memes, where they are known.
    """

    title: str
    kind: TaskKind
    labels: tuple[str, ...]
    label: str | None
    probability: float
    threshold: float | None
    applies: bool
    reason: str
    reads: str
    model: str
    probabilities: dict[str, float]
    cosines: dict[str, float]
    base_rates: dict[str, float] | None = None


class PredictedMeme(BaseModel):
    """A meme as it was handed in; see ``Meme``."""

    id: str
    filename: str
    text: str
    text_source: TextSource
    width: int
    height: int
    words: tuple[Word, ...]


class Predicted(BaseModel):
    """All tasks' predictions for one meme, by task key, with what made them."""

    version: Annotated[int, Field(alias="schema", description="Of this description.")]
    meme: PredictedMeme
    task_set: str
    model: str
    encoder: str
    notes: tuple[str, ...]
    tasks: dict[str, PredictedTask]
