"""One's own account: the password, and tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.app.accounts import WRONG
from memeclip_core.app.people import add_person
from memeclip_core.errors import InputError, PermissionDenied, RateLimited
from tests.factories.clocks import hold_waits
from tests.factories.studios import build_tiny_studio

OLD, NEW = "a long password", "another password"


@pytest.fixture
def studio(tiny_settings):
    settings = replace(tiny_settings, host="0.0.0.0", sign_in=True)
    for name in ("ann", "bob"):
        add_person(settings, name=name, role="annotator", password=OLD)
    return build_tiny_studio(settings)


def test_a_new_password_counts_and_ends_every_other_sign_in(studio):
    ann, keys = studio.person("ann"), studio.keys
    before, others = keys.let_in("ann"), keys.let_in("bob")
    fresh = studio.accounts.change_password(ann, old=OLD, new=NEW)
    assert [keys.who_signed_in(key) for key in (before, others, fresh)] == [None, "bob", "ann"]
    assert keys.sign_in("ann", NEW) and not keys.sign_in("ann", OLD)


def test_without_the_old_password_nothing_changes_and_guesses_are_slowed(studio):
    hold_waits(studio)
    ann = studio.person("ann")
    for _ in range(5):
        with pytest.raises(InputError, match=WRONG):
            studio.accounts.change_password(ann, old="a wrong password", new=NEW)
    with pytest.raises(RateLimited):
        studio.accounts.change_password(ann, old="a wrong password", new=NEW)
    with pytest.raises(InputError):
        studio.accounts.change_password(studio.person("bob"), old=OLD, new="short")
    assert studio.keys.sign_in("bob", OLD)


def test_tokens_are_one_s_own(studio):
    ann, bob = studio.person("ann"), studio.person("bob")
    token = studio.accounts.make_token(ann, "script")
    assert studio.keys.whose_token(token) == "ann"
    assert [one.title for one in studio.accounts.tokens(ann)] == ["script"]
    assert studio.accounts.tokens(bob) == ()
    with pytest.raises(InputError, match="'bob' has no token"):
        studio.accounts.revoke_token(bob, "script")
    studio.accounts.revoke_token(ann, "script")
    assert studio.keys.whose_token(token) is None


def test_strangers_have_no_account_and_neither_has_who_signs_in_nowhere(studio, tiny_studio):
    with pytest.raises(PermissionDenied):
        studio.accounts.make_token(studio.owner(), "script")
    with pytest.raises(InputError, match="Nobody signs in with a password"):
        tiny_studio.accounts.make_token(tiny_studio.owner(), "script")
