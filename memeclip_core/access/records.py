"""People who sign in, and the tokens of their programs, as the database keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from memeclip_core.records.decision import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may sign in; ``password`` is a hash."""

    name: str
    role: Role
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """With what a program acts for a person.

    Attributes:
        key: the hash of what the program holds.
        person: whose it is.
        title: what its owner calls it.
        created: when it was made.
        used: when it was last used, to the day; ``None`` if never.
    """

    key: str
    person: str
    title: str
    created: datetime
    used: datetime | None
