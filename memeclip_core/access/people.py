"""Who may do what: the check that every changing call meets, wherever it comes from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import get_args

from memeclip_core.access.rate_limits import Attempts, CallKind, RateLimits
from memeclip_core.access.records import User
from memeclip_core.access.users import Users
from memeclip_core.errors import PermissionDenied
from memeclip_core.records.decision import ADDRESS, Person, Role

STRANGER = "visitor"
"""The name of everybody who is not signed in."""
_ROLES: tuple[Role, ...] = get_args(Role)


class People:
    """Names, roles, sign-in, and how often each may call.

    There is one way in: a name and a password, or on a Space the Hugging Face sign-in, whose
    names get roles from ``hub_roles``. Without either, the one person at the machine may do
    everything on a loopback address, and nobody may change anything on another. A proxy on this
    machine that passes the page on to others makes them look like the person at the machine:
    configure sign-in there.

    Args:
        users: who can sign in with a password; ``None`` where nobody is asked to.
        loopback: whether only this machine can reach the page.
        space: whether this is a Space.
        hub_roles: Hugging Face names in lower case with their roles; ``None`` without that sign-in.
        clock: seconds, for waiting times.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        *,
        users: Users | None = None,
        loopback: bool,
        space: bool,
        hub_roles: Mapping[str, Role] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._users = users
        self._loopback = loopback
        self._space = space
        self._hub = None if users is not None else hub_roles
        self._clock = clock
        self._limits = RateLimits(clock=clock)
        self._attempts = Attempts(clock=clock, sleep=sleep)

    def owner(self) -> Person:
        """Return who an unauthenticated caller is."""
        if self._at_the_machine:
            return Person(name="local", role="admin")
        return Person(name=STRANGER, role="visitor")

    def person(self, name: str | None) -> Person:
        """Return the person behind a signed-in name, with the role that it has now.

        On a Space, the name must come from a checked Hugging Face sign-in; see ``api.identity``.
        """
        if name is None:
            return self.owner()
        if self._hub is not None:
            return Person(name=name, role=self._hub.get(name.casefold(), "visitor"))
        user = self._user(name)
        return self.owner() if user is None else Person(name=user.name, role=user.role)

    def sign_in(self, name: str, password: str, address: str = "") -> bool:
        """Say whether name and password belong together; takes a while, whatever the answer.

        Args:
            name: who somebody claims to be.
            password: what shows it.
            address: where they claim it from; see ``Attempts``.

        Raises:
            RateLimited: if it was tried too often; says how long to wait.
        """
        users = self._users
        if users is None:
            return False
        return self._attempts.check(name, address, lambda: users.check(name, password))

    def can(self, who: Person, role: Role) -> bool:
        """Say whether a person has at least this role, whatever the record in hand claims."""
        return _ROLES.index(self._role(who)) >= _ROLES.index(role)

    def require(
        self,
        who: Person,
        role: Role,
        what: str,
        *,
        spends: CallKind | None = None,
        asks: CallKind | None = None,
    ) -> None:
        """Let a call pass, or say why not and what to do.

        Args:
            who: who calls.
            role: the role that it takes, at least.
            what: what the call does, to go after "You cannot".
            spends: what the call counts as; ``None`` for calls that are not limited.
            asks: what a later call will count as, which is refused now if it would be then.

        Raises:
            PermissionDenied: if the person has a lesser role.
            RateLimited: if the person made too many such calls; says how long to wait.
        """
        if not self.can(who, role):
            raise PermissionDenied(self._refusal(who, role, what))
        # Whoever sits at the machine would only slow down their own programs.
        if self._at_the_machine:
            return
        address = ADDRESS.get() if who.name == STRANGER else ""
        if asks is not None:
            self._limits.ask(who.name, asks, address=address)
        if spends is not None:
            self._limits.spend(who.name, spends, address=address)

    def knows(self, name: str) -> bool:
        """Say whether somebody of this name can sign in; yes where nobody is asked to."""
        if self._hub is not None:
            return name.casefold() in self._hub
        return self._users is None or self._user(name) is not None

    def write_reason(self, who: Person) -> str:
        """Return "" if the person may correct, else why not and what to do."""
        if self.can(who, "annotator"):
            return ""
        return f"This page only predicts. {self._way_in(who)}"

    @property
    def _at_the_machine(self) -> bool:
        return self._users is None and self._hub is None and self._loopback

    def _refusal(self, who: Person, role: Role, what: str) -> str:
        has = self._role(who)
        if has == "visitor":
            return f"You cannot {what} here. {self._way_in(who)}"
        return (
            f"You cannot {what}: '{who.name}' is {_a(has)}, and this takes {_a(role)}. "
            "Ask an admin for that role."
        )

    def _role(self, who: Person) -> Role:
        known: Role | None = who.role if self._loopback else None
        if self._hub is not None:
            known = self._hub.get(who.name.casefold())
        elif self._users is not None:
            user = self._user(who.name)
            known = None if user is None else user.role
        return "visitor" if known is None else min(known, who.role, key=_ROLES.index)

    def _user(self, name: str) -> User | None:
        return None if self._users is None else self._users.find(name)

    def _way_in(self, who: Person) -> str:
        if self._users is not None:
            return "Sign in with a name that may correct."
        if self._hub is not None and who.name == STRANGER:
            return "Sign in with Hugging Face, with a name that may correct."
        if self._hub is not None:
            return f"'{who.name}' has no role here yet: ask whoever owns the Space for one."
        where = "On a Space" if self._space else "At an address that others can reach"
        return (
            f"{where}, nobody may change anything until sign-in is set up. Ask whoever runs this "
            "studio to do so."
        )


def _a(role: Role) -> str:
    return f"{'a' if role[0] not in 'aeiou' else 'an'} {role}"
