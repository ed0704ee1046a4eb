"""How people agree: with each other, with the truth, with and without a model in sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from memeclip_core.records.model import Metric
from memeclip_core.tasks import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two people, by their places, and how they agree on the memes that both labelled."""

    first: int
    second: int
    raw: Metric
    kappa: Metric
    alpha: Metric
    ac1: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How people agree on one question; every n counts memes that at least two people labelled.

    Attributes:
        labels: how many labels those memes have together.
        raw: the share of pairs of labels of one meme that are equal, averaged over memes.
        kappa: Cohen's (1960); with more than two people the mean over pairs (Light, 1971), where
            a pair weighs as much as it has memes in common.
        alpha: Krippendorff's, for nominal data, which takes any number of people and gaps.
        ac1: Gwet's (2008), over the whole list of labels that can be chosen.
        pairs: the pairs that have memes in common, the most memes first.
        pairs_left_out: pairs beyond ``MAX_PAIRS``; kappa leaves them out as well.
    """

    labels: int
    raw: Metric
    kappa: Metric
    alpha: Metric
    ac1: Metric
    pairs: tuple[Pair, ...] = ()
    pairs_left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A share of decisions with suggestions shown and hidden; every n counts decisions.

    Attributes:
        shown, hidden: the share of each kind.
        difference: shown minus hidden. Its interval resamples the memes of both.
    """

    shown: Metric
    hidden: Metric
    difference: Metric

    @property
    def clear(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.difference.low > 0 or self.difference.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthReport:
    """Decisions on gold memes against what the import gave as the truth.

    Attributes:
        memes: gold memes with a known answer that somebody decided.
        people: the share that each person has right, by place in ``AgreementReport.people``.
        effect: the share of right ones with the suggestion shown and hidden.
    """

    memes: int
    people: tuple[tuple[int, Metric], ...]
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAgreement:
    """One task.

    Attributes:
        labels: by label name, only if multilabel: whether people agree on this label.
        shown, hidden: agreement among decisions with the suggestion in sight, and among those
            with it hidden; without pairs.
        effect: the share of decisions that equal the model's, shown and hidden. What is more
            where it is shown, people took over.
    """

    task: str
    title: str
    kind: TaskKind
    whole: Agreement
    labels: tuple[tuple[str, Agreement], ...]
    shown: Agreement
    hidden: Agreement
    effect: Effect
    truth: TruthReport


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """How people agree, as of ``time``.

    Attributes:
        people: names; pairs and the truth's people are places in it.
        decisions, memes, shared: decisions that count, memes with one, memes with several.
        tasks: in the task set's order.
    """

    project: str
    time: datetime
    people: tuple[str, ...]
    decisions: int
    memes: int
    shared: int
    tasks: tuple[TaskAgreement, ...]
