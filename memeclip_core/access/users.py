"""Who can sign in with a password: rows of the database.

Invariants: what is known of everybody is one immutable mapping, replaced as a whole; ``_mutex``
guards that, and is not held while the database is asked. A change by this process counts at once,
one by another process within ``FRESH`` seconds.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast, get_args

from memeclip_core.access.passwords import check_among, hash_password, is_cheap
from memeclip_core.access.queries import (
    delete_person,
    delete_sessions,
    insert_people,
    select_people,
    select_taken,
    update_hash,
    update_person,
    write_taken,
)
from memeclip_core.access.records import User
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Role

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
FRESH: Final = 1.0
_log = logging.getLogger("memeclip")


class Users:
    """Names, roles and hashed passwords.

    All methods may be called from any thread and raise StoreError if the database fails.

    Args:
        database: where they are.
        clock: seconds.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.database = database
        self._clock = clock
        self._mutex = threading.Lock()
        self._known: Mapping[str, User] = {}
        self._until = -1.0

    def find(self, name: str) -> User | None:
        """Return a user, or ``None``."""
        return self._users().get(name)

    def list(self) -> tuple[User, ...]:
        """Return everybody, by name."""
        return tuple(self._users().values())

    def add(self, *, name: str, role: str, password: str) -> bool:
        """Add a user, or give an existing one a new role and password, which ends all sign-ins.

        Returns:
            whether the user is new.

        Raises:
            InputError: on a bad name, role or password.
        """
        user = User(name=check_name(name), role=check_role(role), password=hash_password(password))
        with self.database.write() as connection:
            known = update_person(connection, name, role=user.role, password=user.password)
            delete_sessions(connection, name)
            if not known:
                insert_people(connection, [user], utc_now())
        self._forget()
        return not known

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password, which ends all sign-ins; tokens go on.

        Raises:
            InputError: on a bad password, or if there is no such user.
        """
        hashed = hash_password(password)  # takes a while, in which others may write
        with self.database.write() as connection:
            _known(name, update_person(connection, name, password=hashed))
            delete_sessions(connection, name)
        self._forget()

    def set_role(self, name: str, role: str) -> None:
        """Give a user another role; sign-ins and tokens go on with it.

        Raises:
            InputError: on a bad role, or if there is no such user.
        """
        with self.database.write() as connection:
            _known(name, update_person(connection, name, role=check_role(role)))
        self._forget()

    def remove(self, name: str) -> None:
        """Delete a user with all sign-ins and tokens; raise InputError if there is none."""
        with self.database.write() as connection:
            _known(name, delete_person(connection, name))
        self._forget()

    def take_in(self, users: Iterable[User]) -> tuple[str, ...]:
        """Add those of a users file whose names are new; return their names.

        Each name is taken in once: whoever was removed since stays so. Of the others the rows
        count, and the log says where the file gives another role, and whom it does not name.
        """
        given = tuple(users)
        with self.database.write() as connection:
            known = {user.name: user for user in select_people(connection)}
            taken = select_taken(connection)
            new = [user for user in given if user.name not in {*known, *taken}]
            if new:
                insert_people(connection, new, utc_now())
                write_taken(connection, taken | {user.name for user in new})
        self._forget()
        names = tuple(user.name for user in new)
        if names:
            _log.info("taken over from the users file: %s", ", ".join(names))
        other = [user.name for user in given if known.get(user.name, user).role != user.role]
        more = sorted(set(known) - {user.name for user in given})
        for what, found in (("gives another role to", other), ("does not name", more)):
            if found:
                _log.warning(
                    "the users file %s %s; the database counts, see: memeclip users list",
                    what,
                    ", ".join(found),
                )
        return names

    def check(self, name: str, password: str) -> bool:
        """Say whether a password is a user's; a hash that is too cheap today is then renewed.

        Names that do not exist take as long as those that do; see ``check_among``.
        """
        # An old password counts no more, whoever changed it just now.
        self._forget()
        users = self._users()
        user = users.get(name)
        everybody = [other.password for other in users.values()]
        matches = check_among(password, None if user is None else user.password, everybody)
        if user is not None and matches and is_cheap(user.password):
            self._renew(user, password)
        return matches

    def _renew(self, user: User, password: str) -> None:
        """Replace a hash by a dearer one of the same password; sign-ins go on."""
        try:
            new = hash_password(password)
            with self.database.write() as connection:
                update_hash(connection, user.name, user.password, new)
            self._forget()
        except (InputError, StoreError) as error:
            _log.warning("the password hash of '%s' was not renewed: %s", user.name, error)

    def _users(self) -> Mapping[str, User]:
        now = self._clock()
        with self._mutex:
            # Roles are asked for within transactions too, where no other one may be opened.
            if now < self._until or (self._until >= 0 and self.database.inside):
                return self._known
        with self.database.read() as connection:
            found = {user.name: user for user in select_people(connection)}
        with self._mutex:
            self._known, self._until = found, now + FRESH
        return found

    def _forget(self) -> None:
        with self._mutex:
            self._until = min(self._until, 0.0)


def _known(name: str, found: bool) -> None:
    if not found:
        raise InputError(f"There is nobody called '{name[:80]}'. See: memeclip users list")


def check_name(name: str) -> str:
    """Return a name; raise InputError if it cannot be a user's."""
    if not NAME.fullmatch(name):
        raise InputError(f"'{name}' cannot be a user name. Use 1 to 64 letters, digits and . _ @ -")
    return name


def check_role(role: str) -> Role:
    """Return a role that a user can have; raise InputError if it is none."""
    allowed = [item for item in get_args(Role) if item != "visitor"]
    if role not in allowed:
        known = f"{', '.join(allowed[:-1])} and {allowed[-1]}"
        raise InputError(f"the role is '{role}'; allowed are {known}.")
    return cast(Role, role)
