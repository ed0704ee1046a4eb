"""``memeclip users`` and ``memeclip webhooks``: who may sign in, their programs, and those that
are told what happens.
"""

from __future__ import annotations

from collections.abc import Callable

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.terminal import (
    printable,
    read_secret,
    render_columns,
    render_table,
    say,
    warn,
)
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.webhook import EVENTS, Delivery


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
    """Remove a person, with what is signed in and all tokens; decisions and assignments stay.

    Args:
        name: Whom.
    """
    from memeclip_core.app.people import remove_person

    left = remove_person(settings, name)
    warn(f"{name} can sign in no more.")
    for key, memes in left.items():
        warn(
            f"Memes of '{key}' that are assigned to {name} and go to nobody else: {memes:,}. To "
            f"free them: memeclip projects assign {key} --to {name} --undo"
        )


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


@with_settings()
def list_webhooks(settings: Settings, *, number: int | None = None) -> None:
    """Print the webhooks, or what one of them was told lately and what came of it.

    Args:
        number: Which.
    """
    studio = open_studio(settings)
    who = studio.owner()
    if number is None:
        known = studio.webhooks.list(who)
        rows = [(str(w.number), printable(w.url), ", ".join(w.events)) for w in known]
        say(render_table(("number", "address", "events"), rows))
        return
    columns: dict[str, Callable[[Delivery], object]] = {
        "time (UTC)": lambda told: f"{told.time:%Y-%m-%d %H:%M:%S}",
        "event": lambda told: told.event,
        "state": lambda told: told.state,
        "tries": lambda told: told.tries,
        "status": lambda told: told.status or "",
        "reason": lambda told: told.reason,
    }
    say(render_columns(columns, studio.webhooks.deliveries(who, number)))


@with_settings()
def add_webhook(settings: Settings, url: str, *, events: list[str] | None = None) -> None:
    """Have an address told what happens, and print the secret that signs it; it is shown once.

    Args:
        url: Begins with https://, at a host with public addresses alone.
        events (saved|retrained|promoted): What it is told of; may be repeated. All without.
    """
    studio = open_studio(settings)
    made = studio.webhooks.add(studio.owner(), url, events or EVENTS)
    warn(f"Webhook {made.webhook.number} is told of: {', '.join(made.webhook.events)}.")
    warn("Keep its secret, with which the receiver checks signatures; it is not shown again:")
    say(made.secret)


@with_settings()
def remove_webhook(settings: Settings, number: int) -> None:
    """Tell a webhook nothing more.

    Args:
        number: Which.
    """
    studio = open_studio(settings)
    studio.webhooks.remove(studio.owner(), number)
    warn(f"Webhook {number} is removed.")


@with_settings()
def test_webhook(settings: Settings, number: int) -> None:
    """Tell a webhook of a trial now, and print what came of it.

    Args:
        number: Which.
    """
    studio = open_studio(settings)
    told = studio.webhooks.test(studio.owner(), number)
    if told.state != "sent":
        raise InputError(f"The trial did not arrive. {told.reason}")
    warn(f"The trial arrived: {told.status}.")
