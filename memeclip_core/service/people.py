"""Who may do what: the check that every changing call meets, wherever it comes from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from memeclip_core.errors import PermissionDenied
from memeclip_core.records import Person, Role
from memeclip_core.stores.users import User, check_password, hash_password, read_users

FREE_FAILURES = 5
LONGEST_WAIT = 300.0
_ROLES: tuple[Role, ...] = get_args(Role)
_REMEMBERED_NAMES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failures:
    count: int
    wait_until: float


class People:
    """Names, roles and sign-in.

    Without a users file, the one person at the machine may do everything on a loopback address,
    and nobody may change anything on another. A proxy on this machine that passes the page on
    to others makes them look like the person at the machine: configure sign-in there.
    """

    def __init__(
        self,
        *,
        users_file: Path | None,
        loopback: bool,
        space: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = users_file
        self._loopback = loopback
        self._space = space
        self._clock = clock
        self._mutex = threading.Lock()
        self._failures: dict[str, _Failures] = {}
        # For names that do not exist, so that they take as long as those that do.
        self._decoy = hash_password("no such person") if users_file else ""
        if users_file is not None:
            read_users(users_file)

    def owner(self) -> Person:
        """Return who an unauthenticated caller is."""
        if self._file is None and self._loopback:
            return Person(name="local", role="admin")
        return Person(name="visitor", role="visitor")

    def person(self, name: str | None) -> Person:
        """Return the person behind a signed-in name, as the users file says now."""
        user = self._user(name) if name is not None else None
        return self.owner() if user is None else Person(name=user.name, role=user.role)

    def sign_in(self, name: str, password: str) -> bool:
        """Say whether name and password belong together.

        After five failures in a row a name waits 1 second, then 2, 4 and so on up to five
        minutes; until then even the right password is refused.
        """
        if self._file is None:
            return False
        key, now = name[:64], self._clock()
        with self._mutex:
            failures = self._failures.get(key, _Failures(count=0, wait_until=0.0))
            if now < failures.wait_until:
                return False
            # Counted before the slow check, so that parallel guesses are no way around.
            self._count_failure(key, failures.count + 1, now)
        user = self._user(name)
        matches = check_password(password, self._decoy if user is None else user.password)
        if not matches or user is None:
            return False
        with self._mutex:
            self._failures.pop(key, None)
        return True

    def can(self, who: Person, role: Role) -> bool:
        """Say whether a person has at least this role, whatever the record in hand claims."""
        return _ROLES.index(self._role(who)) >= _ROLES.index(role)

    def require(self, who: Person, role: Role, what: str) -> None:
        """Raise PermissionDenied, saying what to do, unless the person has this role."""
        if self.can(who, role):
            return
        if self._role(who) == "visitor":
            raise PermissionDenied(f"You cannot {what} here. {self._way_in()}")
        raise PermissionDenied(
            f"You cannot {what}: '{who.name}' is an {self._role(who)}, and this takes an {role}. "
            f"Ask an admin, or change the role: "
            f"python -m memeclip_core users add {who.name} --role {role}"
        )

    def write_reason(self, who: Person) -> str:
        """Return "" if the person may correct, else why not and what to do."""
        return "" if self.can(who, "annotator") else f"This page only predicts. {self._way_in()}"

    def _role(self, who: Person) -> Role:
        if self._file is not None:
            user = self._user(who.name)
            return "visitor" if user is None else min(user.role, who.role, key=_ROLES.index)
        return who.role if self._loopback else "visitor"

    def _user(self, name: str) -> User | None:
        if self._file is None:
            return None
        return next((user for user in read_users(self._file) if user.name == name), None)

    def _way_in(self) -> str:
        if self._file is not None:
            return "Sign in with a name that may correct."
        where = "On a Space" if self._space else "At an address that others can reach"
        return (
            f"{where}, nobody may change anything until sign-in is set up: "
            "python -m memeclip_core users add NAME --role admin, then start with --auth FILE."
        )

    def _count_failure(self, key: str, count: int, now: float) -> None:
        wait = 0.0
        if count >= FREE_FAILURES:
            wait = min(LONGEST_WAIT, 2.0 ** min(count - FREE_FAILURES, 20))
        self._failures.pop(key, None)
        self._failures[key] = _Failures(count=count, wait_until=now + wait)
        while len(self._failures) > _REMEMBERED_NAMES:
            self._failures.pop(next(iter(self._failures)))
