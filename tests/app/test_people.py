"""Who may sign in to a home, and the tokens of their programs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.access.users import Users
from memeclip_core.app.people import (
    add_person,
    list_people,
    list_tokens,
    make_token,
    open_database,
    remove_person,
    revoke_token,
    take_in_people,
)
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from tests.factories.people import add_user


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def test_people_are_kept_in_the_database_of_the_home(settings):
    assert add_person(settings, name="ada", role="annotator", password="long enough")
    assert not add_person(settings, name="ada", role="admin", password="long enough")
    assert list_people(settings) == [("ada", "admin")]
    assert [path.name for path in settings.home.glob("users*")] == []
    assert remove_person(settings, "ada") == {}
    assert list_people(settings) == []


def test_a_database_elsewhere_is_used_instead(settings):
    named = replace(settings, database_url="postgresql+psycopg://someone@/somewhere")
    assert open_database(settings).embedded
    assert not open_database(named).embedded


def test_people_of_an_earlier_release_are_there_and_stay_removed(settings):
    add_user(settings.home / "users.json", name="ada", role="admin", password="long enough")
    assert list_people(settings) == [("ada", "admin")]
    remove_person(settings, "ada")
    assert list_people(settings) == []


def test_a_file_that_is_named_is_taken_in_instead(settings, tmp_path):
    add_user(settings.home / "users.json", name="ada", role="admin", password="long enough")
    add_user(tmp_path / "who.json", name="bob", role="reviewer", password="long enough")
    named = replace(settings, auth=tmp_path / "who.json")
    users = Users(open_database(named))
    take_in_people(named, users)
    assert [user.name for user in users.list()] == ["bob"]


def test_tokens_are_made_listed_and_revoked(settings):
    with pytest.raises(InputError, match="nobody called 'ada'"):
        make_token(settings, "ada", "script")
    add_person(settings, name="ada", role="annotator", password="long enough")
    assert make_token(settings, "ada", "script").startswith("memeclip_")
    assert [token.title for token in list_tokens(settings, "ada")] == ["script"]
    revoke_token(settings, "ada", "script")
    assert list_tokens(settings, "ada") == ()
