"""Keys: what a browser or a program holds once somebody has let it in.

Of each the database has a hash alone, so that who reads the database can act as nobody.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from memeclip_core.access.queries import (
    delete_expired,
    delete_session,
    delete_tokens,
    insert_session,
    insert_token,
    select_session,
    select_token,
    select_tokens,
    update_used,
)
from memeclip_core.access.records import Token
from memeclip_core.config import SIGNED_IN_SECONDS
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError
from memeclip_core.records.clock import utc_now

TOKEN: Final = "memeclip_"
"""What every token begins with, so that it is known for one where it does not belong."""
_NOTED: Final = timedelta(days=1)
_LONGEST_TITLE: Final = 100
MOST_TOKENS: Final = 100
"""Tokens of one person."""


class Keys:
    """Sign-ins and tokens; they survive a restart.

    All methods may be called from any thread and raise StoreError if the database fails.

    Args:
        database: where they are.
        check: says whether a name and a password belong together, as asked from an address.
        clock: the time in UTC.
    """

    def __init__(
        self,
        database: Database,
        *,
        check: Callable[[str, str, str], bool] = lambda name, password, address: False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._check = check
        self._clock = clock

    def sign_in(self, name: str, password: str, address: str = "") -> str:
        """Return what a browser is to hold; "" if name and password do not belong together.

        Raises:
            RateLimited: if it was tried too often; says how long to wait.
        """
        return self.let_in(name) if self._check(name, password, address) else ""

    def let_in(self, name: str) -> str:
        """Let a person's browser in, and return what it is to hold."""
        now, secret = self._clock(), secrets.token_urlsafe(32)
        expires = now + timedelta(seconds=SIGNED_IN_SECONDS)
        with self._database.write() as connection:
            delete_expired(connection, now)
            insert_session(connection, _hash(secret), name, created=now, expires=expires)
        return secret

    def who_signed_in(self, secret: str) -> str | None:
        """Return the name behind a browser's key; ``None`` if it is over, or none of ours."""
        with self._database.read() as connection:
            return select_session(connection, _hash(secret), self._clock())

    def sign_out(self, secret: str) -> None:
        """End a sign-in."""
        with self._database.write() as connection:
            delete_session(connection, _hash(secret))

    def make_token(self, name: str, title: str) -> str:
        """Make a token for a person's program and return it; it is shown once and never again.

        Raises:
            InputError: if the title is empty or too long, or the person has too many.
        """
        title = title.strip()
        if not 1 <= len(title) <= _LONGEST_TITLE:
            raise InputError(f"A token's title has 1 to {_LONGEST_TITLE} characters.")
        secret = f"{TOKEN}{secrets.token_urlsafe(32)}"
        with self._database.write(f"tokens-{name}") as connection:
            if len(select_tokens(connection, name)) >= MOST_TOKENS:
                raise InputError(
                    f"'{name[:80]}' has {MOST_TOKENS} tokens, which is the most. Revoke those that "
                    "no program uses any more."
                )
            insert_token(connection, _hash(secret), name, title=title, created=self._clock())
        return secret

    def whose_token(self, secret: str) -> str | None:
        """Return the name behind a token, or ``None``; notes once a day that it is used."""
        key, now = _hash(secret), self._clock()
        with self._database.read() as connection:
            found = select_token(connection, key)
        if found is None:
            return None
        if found.used is None or now - found.used > _NOTED:
            with self._database.write(lasting=False) as connection:
                update_used(connection, key, now)
        return found.person

    def tokens(self, name: str) -> tuple[Token, ...]:
        """Return a person's tokens, oldest first."""
        with self._database.read() as connection:
            return select_tokens(connection, name)

    def revoke(self, name: str, title: str) -> None:
        """Delete a person's tokens of a title; raise InputError if there is none."""
        with self._database.write() as connection:
            if not delete_tokens(connection, name, title):
                raise InputError(
                    f"'{name[:80]}' has no token '{title[:80]}'. See: memeclip users tokens {name}"
                )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", errors="surrogatepass")).hexdigest()
