"""What people decide about memes: rows of the log, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from memeclip_core.records.meme import TextSource

Role = Literal["visitor", "annotator", "reviewer", "admin"]
"""What a person may do; each role includes the ones before it."""

Action = Literal["label", "retract", "draft", "skip", "flag", "unflag", "adjudicate", "return"]
"""What a row of the log says: a decision, one taken back, one begun, a meme passed over, marked or
unmarked for attention, decided for all by a reviewer, or sent back to its annotator."""

Verdict = Literal["confirmed", "corrected", "unaided", ""]
"""How a decision stands to the model's: taken over, changed, or made without seeing it; "" where
there was no model or the row is no decision."""

Status = Literal["single", "unanimous", "majority", "tie", "adjudicated"]
"""How an answer came about: by one person, by all of several, by more of them for it than for any
other, not at all since they are even, or by a reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks, and what they may do."""

    name: str
    role: Role


ADDRESS: Final[ContextVar[str]] = ContextVar("address", default="")
"""Where who asks comes from while they are answered; "" where that is not known."""


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
    ``meme`` is whose decision an "Undo" took back. ``behind`` says that the save stands, but is not
    in ``corrections.csv`` yet.
    """

    save: str
    time: datetime
    rows: int
    total: int
    meme: str = ""
    behind: bool = False


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

    def outside(self, hidden: frozenset[str]) -> Labelled | None:
        """Return it to whoever must not see some projects; ``None`` if decided there alone."""
        seen = tuple(key for key in self.projects if key not in hidden)
        return replace(self, projects=seen) if seen else None

    @property
    def tied(self) -> bool:
        """Whether people are even on a task, so that nothing there is the truth."""
        return "tie" in self.statuses.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One save: a person's labels of one meme, or a draft, a skip, a flag or a return.

    Attributes:
        save: the id that its rows share.
        labels: by task key; shared between decisions, so never to be changed. Empty where the
            action has no labels.
        note: free text; the reason of a skip, a flag or a return.
        project, version: the project and the version of its label set.
        action: what was done; never ``retract``.
        verdicts: how each task's decision stands to the model's; shared like ``labels``.
        seconds: how long the person looked, or ``None``.
        model: the version of the model that was (or could have been) seen, or "".
        target: whose decision is sent back, or whose flag is taken off; "" otherwise.
        revision: the number of its last row in the log; a later decision has a higher one.
    """

    save: str
    annotator: str
    time: datetime
    task_set: str
    meme: str
    image: str
    text: str
    text_source: TextSource
    labels: dict[str, tuple[str, ...]]
    note: str
    project: str = ""
    version: int = 1
    action: Action = "label"
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seconds: float | None = None
    model: str = ""
    target: str = ""
    revision: int = 0

    @property
    def verdict(self) -> Verdict:
        """How it stands to the model as a whole: corrected if one task was, else confirmed."""
        return join_verdicts(self.verdicts.values())


def join_verdicts(verdicts: Iterable[Verdict]) -> Verdict:
    """Return how a save stands to the model whose tasks stand to it like this."""
    found = set(verdicts)
    order: tuple[Verdict, ...] = ("corrected", "confirmed", "unaided")
    return next((verdict for verdict in order if verdict in found), "")
