"""What people who sign in with a password change of their own: the password, and their tokens."""

from __future__ import annotations

from memeclip_core.access.keys import Keys
from memeclip_core.access.people import People
from memeclip_core.access.records import Token
from memeclip_core.access.users import Users
from memeclip_core.errors import InputError
from memeclip_core.records.decision import ADDRESS, Person

NO_PASSWORDS = "Nobody signs in with a password here, so there is no account to change."
WRONG = "The password that counts now is another one. Nothing was changed."


class Accounts:
    """A person's own account; an admin changes those of others with ``memeclip users``.

    Args:
        people: roles, and how often somebody may try.
        users: who can sign in with a password; ``None`` where nobody is asked to.
        keys: sign-ins and tokens.
    """

    def __init__(self, *, people: People, users: Users | None, keys: Keys) -> None:
        self._people = people
        self._users = users
        self._keys = keys

    def change_password(self, who: Person, *, old: str, new: str) -> str:
        """Change one's password, which ends all sign-ins; return the key of a new one.

        Raises:
            PermissionDenied: if nobody is signed in.
            InputError: if the old password is wrong, or the new one cannot be one.
            RateLimited: after several wrong ones; says how long to wait.
        """
        users = self._open(who, "change a password")
        if not self._people.sign_in(who.name, old, ADDRESS.get()):
            raise InputError(WRONG)
        users.set_password(who.name, new)
        return self._keys.let_in(who.name)

    def tokens(self, who: Person) -> tuple[Token, ...]:
        """Return one's tokens, oldest first."""
        self._open(who, "see tokens")
        return self._keys.tokens(who.name)

    def make_token(self, who: Person, title: str) -> str:
        """Make a token for a program of one's own and return it, once."""
        self._open(who, "make tokens")
        return self._keys.make_token(who.name, title)

    def revoke_token(self, who: Person, title: str) -> None:
        """Delete one's tokens of a title; raise InputError if there is none."""
        self._open(who, "revoke tokens")
        self._keys.revoke(who.name, title)

    def _open(self, who: Person, what: str) -> Users:
        self._people.require(who, "annotator", what, spends="save")
        if self._users is None:
            raise InputError(NO_PASSWORDS)
        return self._users
