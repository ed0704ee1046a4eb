"""Who may sign in to a home, and the tokens of their programs, as the terminal changes them."""

from __future__ import annotations

from memeclip_core.access.keys import Keys
from memeclip_core.access.records import Token
from memeclip_core.access.users import Users
from memeclip_core.access.users_file import read_users
from memeclip_core.annotation.team.queries import count_assigned
from memeclip_core.config import Settings
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Role
from memeclip_core.storage.home import Home

USERS_FILE = "users.json"
"""Where releases up to 0.1.0 kept people, in the home."""


def open_database(settings: Settings) -> Database:
    """Return the database of the settings; it is opened, and made, at its first use."""
    if settings.database_url:
        return Database(settings.database_url)
    return Database.of_home(settings.home.resolve())


def take_in_people(settings: Settings, users: Users) -> None:
    """Take the people of the users file over, that of the settings or of an earlier release.

    Raises:
        StoreError: if it cannot be read, or the database cannot be written.
    """
    earlier = settings.home / USERS_FILE
    path = settings.auth or (earlier if earlier.is_file() else None)
    if path is not None:
        users.take_in(read_users(path))


def add_person(settings: Settings, *, name: str, role: str, password: str) -> bool:
    """Add a person, or give one another role and password; say whether one is new."""
    return _users(settings).add(name=name, role=role, password=password)


def change_password(settings: Settings, name: str, password: str) -> None:
    """Give a person another password, which ends all sign-ins; tokens go on."""
    _users(settings).set_password(name, password)


def change_role(settings: Settings, name: str, role: str) -> None:
    """Give a person another role; raise InputError if there is no such person or role."""
    _users(settings).set_role(name, role)


def remove_person(settings: Settings, name: str) -> dict[str, int]:
    """Delete a person with all sign-ins and tokens; raise InputError if there is none.

    Returns:
        by project, how many memes stay assigned to the person and go to nobody else.
    """
    users = _users(settings)
    users.remove(name)
    with users.database.read() as connection:
        return count_assigned(connection, name)


def list_people(settings: Settings) -> list[tuple[str, Role]]:
    """Return names and roles."""
    return [(user.name, user.role) for user in _users(settings).list()]


def make_token(settings: Settings, name: str, title: str) -> str:
    """Make a token for a person's program and return it, once.

    Raises:
        InputError: if there is no such person, or the title cannot be one.
    """
    users = _users(settings)
    if users.find(name) is None:
        raise InputError(f"There is nobody called '{name[:80]}'. See: memeclip users list")
    return Keys(users.database).make_token(name, title)


def list_tokens(settings: Settings, name: str) -> tuple[Token, ...]:
    """Return a person's tokens, oldest first."""
    return Keys(open_database(settings)).tokens(name)


def revoke_token(settings: Settings, name: str, title: str) -> None:
    """Delete a person's tokens of a title; raise InputError if there is none."""
    Keys(open_database(settings)).revoke(name, title)


def _users(settings: Settings) -> Users:
    """Return who may sign in, with those of an earlier release."""
    Home(settings.home.resolve()).create()
    users = Users(open_database(settings))
    take_in_people(settings, users)
    return users
