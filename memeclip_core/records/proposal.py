"""The value objects of visitors' suggestions: corrections that count once a reviewer accepts them.

In code each is a proposal, since a suggestion is what a model says of a project's meme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from memeclip_core.records.meme import TextSource
from memeclip_core.records.project import Labels, Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A correction that waits for a reviewer.

    Attributes:
        number: its name.
        time: when it was sent first.
        meme, text, text_source: the meme, with the text that it was answered with.
        has_image: whether there is a picture.
        predicted: what the model said by task key.
        labels: what is proposed, of the tasks that apply.
        notes: what those who sent it wrote; plain text of strangers.
        count: how many sent it, each browser tab counting once.
    """

    number: int
    time: datetime
    task_set: str
    meme: str
    has_image: bool
    text: str
    text_source: TextSource
    predicted: Mapping[str, Suggestion]
    labels: Labels
    notes: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPage:
    """One page of what waits, the oldest first; ``page`` counts from 1."""

    proposals: tuple[Proposal, ...]
    page: int
    pages: int
    size: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a visitor is answered: how many sent the same, and whether this one had before."""

    count: int
    again: bool
