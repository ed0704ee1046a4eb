"""``memeclip users``: who may sign in on a page that others can reach."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import read_secret, render_table, say, warn
from memeclip_core.config import Settings

UsersFile = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="The users file; else users.json in --home."),
]


@with_settings()
def add(
    settings: Settings,
    name: str,
    *,
    role: str = "annotator",
    file: UsersFile = None,
    password_stdin: bool = False,
) -> None:
    """Add a person, or give one a new role and password. Passwords are stored hashed.

    Args:
        name: The name to sign in with.
        role (annotator|reviewer|admin): An annotator labels memes; a reviewer also decides where
            annotators disagree; an admin also retrains and chooses models.
        password_stdin: Read the password from stdin; do not ask for it.
    """
    from memeclip_core.app.files import add_person

    password = read_secret("Password", from_stdin=password_stdin)
    path, new = add_person(settings, name=name, role=role, password=password, file=file)
    warn(f"{name} is {'a new' if new else 'now'} {role} in {path}.")
    warn(f"To ask for sign-in: memeclip serve --auth {path}")


@with_settings()
def list_users(settings: Settings, file: UsersFile = None) -> None:
    """Print names and roles."""
    from memeclip_core.app.files import list_people

    say(render_table(("name", "role"), list_people(settings, file)))
