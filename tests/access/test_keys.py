"""What browsers and programs hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from memeclip_core.access import keys as module
from memeclip_core.access.keys import TOKEN, Keys
from memeclip_core.access.users import Users
from memeclip_core.config import SIGNED_IN_SECONDS
from memeclip_core.database.schema import session, token
from memeclip_core.errors import InputError

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Time:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def keys(database, time):
    for name in ("ann", "bob"):
        Users(database).add(name=name, role="annotator", password="a long password")
    return Keys(database, clock=time)


def test_a_sign_in_lasts_beyond_a_restart_and_ends(keys, database, time):
    first, second, other = keys.let_in("ann"), keys.let_in("ann"), keys.let_in("bob")
    assert len({first, second, other}) == 3
    assert Keys(database, clock=time).who_signed_in(first) == "ann"
    keys.sign_out(first)
    found = [keys.who_signed_in(key) for key in (first, second, other, "", "x")]
    assert found == [None, "ann", "bob", None, None]
    time.now = NOW + timedelta(seconds=SIGNED_IN_SECONDS)
    assert keys.who_signed_in(second) is None


def test_a_password_that_is_right_lets_in(database, keys):
    asked = []

    def check(*words):
        asked.append(words)
        return words[1] == "right"

    strict = Keys(database, check=check)
    assert strict.who_signed_in(strict.sign_in("ann", "right", "192.0.2.1")) == "ann"
    assert strict.sign_in("ann", "wrong") == keys.sign_in("ann", "right") == ""
    assert asked == [("ann", "right", "192.0.2.1"), ("ann", "wrong", "")]


def test_sign_ins_that_are_over_are_forgotten(keys, database, time):
    keys.let_in("ann")
    time.now = NOW + timedelta(seconds=SIGNED_IN_SECONDS)
    keys.let_in("bob")
    with database.read() as connection:
        assert connection.execute(select(session.c.person)).scalars().all() == ["bob"]


def test_a_token_is_whose_it_is_until_it_is_revoked(keys, time):
    made = keys.make_token("ann", " my script ")
    assert made.startswith(TOKEN)
    assert keys.whose_token(made) == "ann"
    assert keys.whose_token(TOKEN) is None
    [known] = keys.tokens("ann")
    assert (known.title, known.created, known.used) == ("my script", NOW, NOW)
    time.now = NOW + timedelta(days=2)
    assert keys.whose_token(made) == "ann"
    assert keys.tokens("ann")[0].used == time.now
    assert keys.tokens("bob") == ()
    with pytest.raises(InputError, match="'bob' has no token 'my script'"):
        keys.revoke("bob", "my script")
    keys.revoke("ann", "my script")
    assert keys.whose_token(made) is None


@pytest.mark.parametrize("title", ["", "  ", "x" * 101])
def test_a_token_has_a_title(keys, title):
    with pytest.raises(InputError, match="title"):
        keys.make_token("ann", title)


def test_a_person_has_so_many_tokens(keys, monkeypatch):
    monkeypatch.setattr(module, "MOST_TOKENS", 2)
    for name in ("ann", "bob"):
        for title in "ab":
            keys.make_token(name, title)
    with pytest.raises(InputError, match="'ann' has 2 tokens, which is the most"):
        keys.make_token("ann", "c")
    keys.revoke("ann", "a")
    keys.make_token("ann", "c")
    assert [one.title for one in keys.tokens("ann")] == ["b", "c"]


def test_the_database_holds_nothing_that_lets_anybody_in(keys, database):
    secrets = {keys.let_in("ann"), keys.make_token("ann", "script")}
    with database.read() as connection:
        kept = connection.execute(select(session.c.key)).scalars().all()
        kept += connection.execute(select(token.c.key)).scalars().all()
    assert len(kept) == 2
    assert all(len(key) == 64 for key in kept)
    assert not secrets & set(kept)
