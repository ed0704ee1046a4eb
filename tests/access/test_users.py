"""Who can sign in with a password."""

from __future__ import annotations

import logging

import pytest

from memeclip_core.access.keys import Keys
from memeclip_core.access.passwords import check_password, cost_of, hash_password
from memeclip_core.access.records import User
from memeclip_core.access.users import FRESH, Users
from memeclip_core.errors import InputError, StoreError
from tests.factories.clocks import Clock
from tests.factories.passwords import hash_as_before

SECRET = "correct horse battery"


@pytest.fixture
def clock():
    return Clock(1000.0)


@pytest.fixture
def users(database, clock):
    return Users(database, clock=clock)


def add(users, name="ann", role="annotator", password=SECRET):
    return users.add(name=name, role=role, password=password)


def written(users, name, role="annotator", password=None):
    return User(name=name, role=role, password=password or hash_password(SECRET))


def test_users_are_added_changed_listed_and_removed(users):
    assert add(users)
    assert add(users, "bob", "admin")
    assert not add(users, "ann", "admin", "another secret")
    assert [(user.name, user.role) for user in users.list()] == [("ann", "admin"), ("bob", "admin")]
    assert check_password("another secret", users.find("ann").password)
    users.remove("ann")
    assert users.find("ann") is None
    with pytest.raises(InputError, match="nobody called 'ann'"):
        users.remove("ann")


def test_password_and_role_are_changed_apart(users, database):
    add(users)
    keys = Keys(database)
    key, token = keys.let_in("ann"), keys.make_token("ann", "script")
    users.set_role("ann", "reviewer")
    assert users.find("ann").role == "reviewer" and users.check("ann", SECRET)
    assert keys.who_signed_in(key) == "ann"
    users.set_password("ann", "another secret")
    assert users.find("ann").role == "reviewer" and users.check("ann", "another secret")
    assert not users.check("ann", SECRET)
    assert (keys.who_signed_in(key), keys.whose_token(token)) == (None, "ann")
    for change in (users.set_role, users.set_password):
        with pytest.raises(InputError, match="nobody called 'bob'"):
            change("bob", "reviewer")
    with pytest.raises(InputError, match="the role is 'visitor'"):
        users.set_role("ann", "visitor")


def test_a_new_password_ends_what_is_signed_in_and_removal_everything(users, database):
    add(users)
    keys = Keys(database)
    key, token = keys.let_in("ann"), keys.make_token("ann", "script")
    add(users, password="another secret")
    assert keys.who_signed_in(key) is None
    assert keys.whose_token(token) == "ann"
    again = keys.let_in("ann")
    users.remove("ann")
    assert keys.who_signed_in(again) is None
    assert keys.whose_token(token) is None


@pytest.mark.parametrize("name", ["", " ann", "a b", "../x", "x" * 65, "a\n"])
def test_bad_names_are_refused(users, name):
    with pytest.raises(InputError, match="user name"):
        add(users, name)
    assert users.list() == ()


@pytest.mark.parametrize("role", ["visitor", "root", ""])
def test_bad_roles_are_refused(users, role):
    with pytest.raises(InputError, match="annotator, reviewer and admin"):
        add(users, role=role)


def test_what_another_process_changes_counts_a_moment_later(users, database, clock):
    add(users)
    other = Users(database, clock=clock)
    assert other.find("ann").role == "annotator"
    add(users, role="admin")
    assert users.find("ann").role == "admin"
    clock.now += FRESH
    assert other.find("ann").role == "admin"


def test_a_role_is_known_inside_a_transaction_too(users, database, clock):
    add(users)
    users.find("ann")
    clock.now += 10 * FRESH
    with database.read():
        assert users.find("ann").role == "annotator"


def test_people_of_a_users_file_are_taken_in_once(users, caplog):
    caplog.set_level(logging.INFO, "memeclip")
    add(users, "bob", "admin")
    given = [written(users, "ann"), written(users, "bob", "annotator")]
    assert users.take_in(given) == ("ann",)
    assert "taken over from the users file: ann" in caplog.text
    assert "gives another role to bob" in caplog.text
    assert users.find("bob").role == "admin"
    assert users.check("ann", SECRET)
    users.remove("ann")
    assert users.take_in(given) == ()
    assert users.find("ann") is None
    add(users, "ann")
    assert users.take_in(given[1:]) == ()
    assert "does not name ann" in caplog.text


def test_only_name_and_password_together_match(users):
    add(users)
    assert users.check("ann", SECRET)
    assert not users.check("ann", "wrong")
    assert not users.check("eve", SECRET)
    assert not users.check("", "")


def test_an_old_hash_goes_on_working_and_is_renewed(users, database):
    users.take_in([written(users, "ann", password=hash_as_before(SECRET))])
    key = Keys(database).let_in("ann")
    assert not users.check("ann", "wrong")
    assert users.find("ann").password.startswith("scrypt$")
    assert users.check("ann", SECRET)
    assert cost_of(users.find("ann").password) == cost_of(hash_password(SECRET))
    assert users.check("ann", SECRET)
    assert Keys(database).who_signed_in(key) == "ann"


def test_a_hash_that_cannot_be_renewed_goes_on_working(users, monkeypatch, caplog):
    users.take_in([written(users, "ann", password=hash_as_before(SECRET))])
    assert users.find("ann")

    def refuse(*_, **__):
        raise StoreError("no space left")

    monkeypatch.setattr(users.database, "write", refuse)
    assert users.check("ann", SECRET)
    assert "was not renewed" in caplog.text
