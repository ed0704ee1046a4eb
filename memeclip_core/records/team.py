"""The value objects of a project's team: members, what is assigned, and who has qualified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memeclip_core.errors import ConfigError

RoundState = Literal["open", "passed", "failed"]
"""How a qualification round stands for a person; failed is one without a try left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who takes part in a project.

    Attributes:
        quota: how many memes of the project this person decides at most; 0 for any number.
        since, by: when this person became a member, and who said so.
        done: memes that this person has decided.
        assigned: memes assigned to this person that are left.
    """

    person: str
    quota: int
    since: datetime
    by: str
    done: int = 0
    assigned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of the memes that can be assigned are: all, a number or a percentage of them.

    Raises:
        ConfigError: if both are given, or one is out of range.
    """

    number: int | None = None
    percent: float | None = None

    def __post_init__(self) -> None:
        if self.number is not None and self.percent is not None:
            raise ConfigError("A number and a percentage of memes are given. Give one of them.")
        if self.number is not None and self.number < 1:
            raise ConfigError(f"The number of memes is {self.number}; allowed are 1 and above.")
        if self.percent is not None and not 0 < self.percent <= 100:
            raise ConfigError(f"The share is {self.percent} %; allowed is above 0 to 100 %.")

    def of(self, memes: int) -> int:
        """Return how many of so many memes are meant."""
        if self.number is not None:
            return min(self.number, memes)
        return memes if self.percent is None else round(memes * self.percent / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What an assignment did: how many memes went to people, and to each of them.

    Attributes:
        memes: how many were assigned.
        people: how many of them went to each; one that several people label went to several.
    """

    memes: int
    people: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a person has to do in a project's qualification round before anything else.

    Attributes:
        state: ``open``, or ``failed`` where no try is left.
        memes: how many gold memes a try has.
        share: the share of right answers, in (0, 1], that passes.
        answered: how many of its memes are answered in the running try.
        attempt: which try that is, from 1.
        tries: how many a person has.
    """

    state: RoundState
    memes: int
    share: float
    answered: int
    attempt: int
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldAnswer:
    """What somebody answered to a task of a gold meme, and what the gold says.

    ``chosen`` is ``None`` where the task was not answered, as it did not apply.
    """

    task: str
    chosen: tuple[str, ...] | None
    gold: tuple[str, ...]
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What is told of an answer in a qualification round, once it is given and not before.

    Attributes:
        answers: of each task that the gold has an answer to.
        hits, asked: right answers of the try so far, and of how many.
        state: ``open`` while the try goes on; at its end whether it was passed or failed.
        left: how many tries are left after this one.
        repeated: whether the meme was answered before, which is what is told: the first answer
            counts.
    """

    answers: tuple[GoldAnswer, ...]
    hits: int
    asked: int
    state: RoundState
    left: int
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualified:
    """How somebody has done in a project's qualification round.

    Attributes:
        state: how it stands.
        tries: how many have ended since an admin last let the person begin anew.
        answered, hits, asked: memes answered in the last try, right answers of it, and of how many.
        changed: when something of it changed last.
        by: the admin who let the person pass or begin anew, or "".
    """

    person: str
    state: RoundState
    tries: int
    answered: int
    hits: int
    asked: int
    changed: datetime
    by: str
