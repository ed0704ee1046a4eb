"""What passes between the queue and those who label: items, filters, answers, pages, histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from memeclip_core.errors import ConfigError
from memeclip_core.records.decision import Action, SaveReceipt, Verdict
from memeclip_core.records.project import ItemState, Labels, Order, ProjectMeme, Suggestion
from memeclip_core.records.team import Feedback, Round

LabelSource = Literal["model", "decision"]
"""Whose label a filter asks for: the model's, or people's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A meme as one person is to label it, with everything that the page shows beside it.

    Attributes:
        meme: the meme, without the labels of its import: those may be the truth that people are
            measured against.
        position: its place in the project in the order of import, from 1.
        suggestions: what the model says by task key; empty where hidden or not predicted yet.
        hidden: whether the suggestions are hidden on purpose.
        model: the model version behind ``suggestions``; "" if there are none. Hand it back
            when saving.
        state: what the meme is to this person.
        labels: the person's own labels as they read now: the draft's in the state ``draft``,
            otherwise the decision's; empty if there is neither.
        note: the note of that draft or decision; the reason in the state ``skipped``.
        returned, return_reason: whether a reviewer sent it back to this person, and why.
        flagged, flag_reason: whether this person marked it for attention, and why.
        lease_until: until when nobody else gets it by accident; ask again (``open``) to extend.
        version: the label set's version, to be handed back when saving.
        order: the order that it was chosen by.
        order_note: why that is not the order asked for, in one sentence, or "".
        qualifies: whether it is one of the qualification round: what is answered is no decision.
            Hand it back when saving.
    """

    meme: ProjectMeme
    position: int
    suggestions: Mapping[str, Suggestion]
    hidden: bool
    model: str
    state: ItemState
    labels: Labels
    note: str
    returned: bool
    return_reason: str
    flagged: bool
    flag_reason: str
    lease_until: datetime
    version: int
    order: Order
    order_note: str = ""
    qualifies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which memes of a project are meant; every given part must hold.

    Attributes:
        state: what the meme is to the person who asks (or to ``annotator``); ``None`` for any.
            A pending meme is one that this person could still get.
        label: (task key, label name) that the meme has.
        label_by: whether ``label`` is the model's or people's. An annotator finds only own
            decisions by it, a reviewer those that count; no meme with hidden suggestions is found
            by the model's label.
        model: the model version whose suggestions and uncertainties are used; "" for the
            project's current one.
        annotator: whose memes; "" for one's own. Others' are for reviewers.
        text: what the meme's text or file name contains, in upper or lower case.
        flagged, returned: whether it is marked for attention, whether it was sent back;
            ``None`` for both.
        comments: whether there is an open thread on it that the person may read; ``None`` for both.
        ids: only these memes: a chosen subset; ``None`` for all.
        selection: only the memes of ``records.exploration.Chosen``, in their order; "" for all.
        removed: only the memes that an admin removed, which no other filter finds; for admins.

    Raises:
        ConfigError: if ``ids`` is an empty subset.
    """

    state: ItemState | None = "pending"
    label: tuple[str, str] | None = None
    label_by: LabelSource = "model"
    model: str = ""
    annotator: str = ""
    text: str = ""
    flagged: bool | None = None
    returned: bool | None = None
    comments: bool | None = None
    ids: tuple[str, ...] | None = None
    selection: str = ""
    removed: bool = False

    @property
    def asks_people(self) -> bool:
        """Whether what people did says which memes are meant."""
        given = (self.state, self.flagged, self.returned)
        by_people = self.label is not None and self.label_by == "decision"
        return by_people or any(part is not None for part in given)

    def __post_init__(self) -> None:
        if self.ids is not None and not self.ids:
            raise ConfigError("The chosen subset is empty. Choose at least one meme, or all.")


PENDING = QueueFilter()
"""What a queue gives out unless it is asked for something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """How far one person is in a project.

    Attributes:
        pending: memes that this person could still get, those sent back included, and those
            that others hold at the moment.
        draft, done, skipped: this person's own.
        flagged: memes that this person marked for attention.
        returned: memes that were sent back to this person and wait for a new decision.
        total: memes of the project.
        to_retraining: decisions until the next retraining starts by itself; ``None`` if it
            starts on demand only.
        closed: whether the project is closed, so that nothing of it is given out.
        assigned: memes assigned to this person that are left; they come first.
        quota: how many memes this person decides at most; ``None`` for any number.
        round: the qualification round that comes before all these; ``None`` for none (any more).
    """

    pending: int
    draft: int
    done: int
    skipped: int
    flagged: int
    returned: int
    total: int
    to_retraining: int | None = None
    closed: bool = False
    assigned: int = 0
    quota: int | None = None
    round: Round | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a queue does not give out for the time being because somebody has it open.

    Attributes:
        own: memes that the same person holds in another browser tab.
        others: memes that other people hold, as many as may.
        own_until, others_until: when the last of them is let go of by itself; ``None`` if none.
    """

    own: int = 0
    own_until: datetime | None = None
    others: int = 0
    others_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a save answers.

    Attributes:
        receipt: what went into the log; its ``save`` is the one that the page gave.
        counts: this person's, after the save.
        conflict: "" if the save stands as it was meant; otherwise the sentence to show: the
            label set has changed meanwhile, the labels are kept as a draft, reload the label set.
        version: the label set's version now.
        memes: what was saved; several in bulk.
        refused: in bulk, the memes that were left out, each with the reason.
        feedback: what the gold says, of an answer in the qualification round; ``None`` otherwise.
    """

    receipt: SaveReceipt
    counts: QueueCounts
    conflict: str = ""
    version: int = 1
    memes: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo answers.

    Attributes:
        receipt: the retraction.
        counts: this person's, after it.
        meme: the meme to show again.
        memes: all memes of a bulk.
        labels, note: what was taken back, as it reads now, so that it can be begun with anew;
            empty unless it was a decision.
    """

    receipt: SaveReceipt
    counts: QueueCounts
    meme: str
    memes: tuple[str, ...]
    labels: Labels = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened to a meme: who did what, and when.

    Attributes:
        old, new: this person's labels before and after, by task key, as they read now.
        note: the note, or the reason of a skip, a flag or a return.
        predicted: what the model had said; empty where suggestions are hidden.
        model: the model version that was seen, or "".
        shown: whether the person saw the suggestion; ``None`` where there was none to see or
            nothing was decided.
        seconds: how long the person looked, or ``None``.
        version: the label set's version then.
        target: to whom it was sent back, or "".
    """

    save: str
    time: datetime
    who: str
    action: Action
    old: Labels
    new: Labels
    note: str
    predicted: Labels
    model: str
    shown: bool | None
    verdict: Verdict
    seconds: float | None
    version: int
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One of a person's own last decisions: its labels as they read now, empty after a skip."""

    save: str
    meme: str
    filename: str
    action: Action
    labels: Labels
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """One line of a project's table. There is no picture in it: ask for ``preview``.

    Attributes:
        position: its place in the project in the order of import, from 1.
        text: the beginning of its text.
        state: what it is to the person who asks, or to the annotator of the filter.
        labels: that person's labels; empty if there are none.
        model_labels, probability: the model's labels and their probability by task key; empty
            where suggestions are hidden.
        model: the model version behind them; "" if there are none. Hand it back when saving.
    """

    id: str
    position: int
    filename: str
    text: str
    state: ItemState
    labels: Labels
    model_labels: Labels
    probability: Mapping[str, float]
    model: str
    hidden: bool
    flagged: bool
    returned: bool
    has_image: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a project's table.

    Attributes:
        rows: at most ``size`` lines.
        page, pages: which page this is, from 1, of how many (at least 1).
        total: how many memes the filter finds.
        order, order_note: the order, and why it is not the one asked for, or "".
    """

    rows: tuple[PageRow, ...]
    page: int
    pages: int
    size: int
    total: int
    order: Order
    order_note: str = ""
