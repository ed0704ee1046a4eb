"""What people say to one another about a meme, in threads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Talking = Literal["open", "answered", "resolved"]
"""Threads that nobody has resolved, those of them in which somebody else answered last, and
resolved ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One thing that somebody said.

    Attributes:
        who: the name; "Annotator A", "A reviewer" and so on where names are hidden.
        reviewer: whether that was a reviewer then.
        own: whether the person who asks said it.
        text: plain text, never HTML.
    """

    number: int
    time: datetime
    who: str
    reviewer: bool
    own: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Comments that belong together, oldest first, as far as one person may see them.

    Attributes:
        number: its first comment's.
        meme, filename: the meme that it is about.
        resolved: whether it is settled, so that it takes no more answers.
        resolved_by: by whom, as ``Comment.who``; "" while it is open.
        resolvable: whether the person who asks may resolve it, or reopen it once it is resolved.
    """

    number: int
    meme: str
    filename: str
    comments: tuple[Comment, ...]
    resolved: bool
    resolved_by: str
    resolvable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The threads of one meme, oldest first.

    Attributes:
        waits: whether what others say is kept back until the person has decided the meme.
    """

    threads: tuple[Thread, ...]
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkCounts:
    """How many memes have an open thread that a person may see; in how many threads of theirs
    somebody else answered last.
    """

    open: int
    answered: int
