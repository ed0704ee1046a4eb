"""``memeclip users``: who may sign in on a page that others can reach, and their programs."""

from __future__ import annotations

from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import read_secret, render_table, say, warn
from memeclip_core.config import Settings


@with_settings()
def add(
    settings: Settings, name: str, *, role: str = "annotator", password_stdin: bool = False
) -> None:
    """Add a person, or give one a new role and password, which ends what is signed in.

    Args:
        name: The name to sign in with.
        role (annotator|reviewer|admin): An annotator labels memes; a reviewer also decides where
            annotators disagree; an admin also retrains and chooses models.
        password_stdin: Read the password from stdin; do not ask for it.
    """
    from memeclip_core.app.people import add_person

    password = read_secret("Password", from_stdin=password_stdin)
    new = add_person(settings, name=name, role=role, password=password)
    warn(f"{name} is {'a new' if new else 'now'} {role}.")
    warn("To ask for sign-in: memeclip serve --sign-in")


@with_settings()
def list_users(settings: Settings) -> None:
    """Print names and roles."""
    from memeclip_core.app.people import list_people

    say(render_table(("name", "role"), list_people(settings)))


@with_settings()
def password(settings: Settings, name: str, *, password_stdin: bool = False) -> None:
    """Give a person another password, which ends what is signed in; tokens go on.

    Args:
        name: Whom.
        password_stdin: Read the password from stdin; do not ask for it.
    """
    from memeclip_core.app.people import change_password

    change_password(settings, name, read_secret("Password", from_stdin=password_stdin))
    warn(f"{name} has another password, and signs in anew.")


@with_settings()
def role(settings: Settings, name: str, role: str) -> None:
    """Give a person another role; what is signed in goes on with it.

    Args:
        name: Whom.
        role (annotator|reviewer|admin): Which.
    """
    from memeclip_core.app.people import change_role

    change_role(settings, name, role)
    warn(f"{name} is now {role}.")


@with_settings()
def remove(settings: Settings, name: str) -> None:
    """Remove a person, with what is signed in and all tokens; decisions stay.

    Args:
        name: Whom.
    """
    from memeclip_core.app.people import remove_person

    remove_person(settings, name)
    warn(f"{name} can sign in no more.")


@with_settings()
def token(settings: Settings, name: str, *, title: str = "program") -> None:
    """Print a token with which a program acts for a person. It is shown once, and kept as a hash.

    Args:
        name: For whom.
        title (WORDS): What the program is called, to revoke its token by.
    """
    from memeclip_core.app.people import make_token

    say(make_token(settings, name, title))


@with_settings()
def tokens(settings: Settings, name: str) -> None:
    """Print the titles of a person's tokens, and when they were made and last used.

    Args:
        name: Whose.
    """
    from memeclip_core.app.people import list_tokens

    rows = [
        (one.title, f"{one.created:%Y-%m-%d}", f"{one.used:%Y-%m-%d}" if one.used else "never")
        for one in list_tokens(settings, name)
    ]
    say(render_table(("title", "made", "used"), rows))


@with_settings()
def revoke(settings: Settings, name: str, title: str) -> None:
    """Revoke a person's token.

    Args:
        name: Whose.
        title: Which.
    """
    from memeclip_core.app.people import revoke_token

    revoke_token(settings, name, title)
    warn(f"The token '{title}' of {name} counts no more.")
