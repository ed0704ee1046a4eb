"""A meme on which people disagree, with all that they said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from memeclip_core.records.decision import Verdict
from memeclip_core.records.project import Labels, ProjectMeme, Suggestion

Which = Literal["open", "flagged", "talked", "adjudicated"]
"""Disagreements that nobody has decided, memes that somebody flagged, those with an open thread of
comments, and decided ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's decision, or flag, on a meme.

    Attributes:
        name: who; "Annotator A" and so on where names are hidden.
        labels: by task key, as they read now; empty for a flag.
        note: the note, or the reason of a flag.
        verdict: how the decision stands to the model's.
    """

    name: str
    labels: Labels
    note: str
    time: datetime
    seconds: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A meme to be decided for all.

    Attributes:
        votes: the decisions that count; in an order that tells nothing where names are hidden.
        differ: the tasks whose answers differ, in the task set's order.
        flags: who marked it for attention, and why.
        adjudicated: a reviewer's decision, or ``None``.
        suggestions: what the model says by task key; only of a case that is opened.
        version: the label set's version, to be handed back with a decision.
        blind: whether names are hidden.
    """

    meme: ProjectMeme
    votes: tuple[Vote, ...]
    differ: tuple[str, ...]
    flags: tuple[Vote, ...]
    adjudicated: Vote | None
    version: int
    blind: bool
    suggestions: Mapping[str, Suggestion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One page of cases, the most tasks in dispute first; ``page`` counts from 1."""

    cases: tuple[Case, ...]
    page: int
    pages: int
    size: int
    total: int
