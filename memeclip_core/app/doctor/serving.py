"""Checks of what a page needs: a port, who may come in, a backup; and all checks together."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from memeclip_core.app.backup import LOSES
from memeclip_core.app.doctor import home, machine
from memeclip_core.app.doctor.findings import Check, Finding, advise, broken, examine, ok
from memeclip_core.app.people import list_people
from memeclip_core.config import Settings
from memeclip_core.storage.backup import HubRepository, is_lasting
from memeclip_core.storage.home import Home


def check_port(settings: Settings) -> Finding:
    """Look whether the page could listen where it is told to."""
    subject = f"port {settings.port} of {settings.host}"
    if not settings.port:
        return ok(subject, "any free one is taken")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
        except OSError as error:
            return advise(
                subject,
                f"cannot be had now ({error.strerror or error})",
                "If that is not the studio itself: choose another with --port or --host.",
            )
    return ok(subject, "free")


def check_people(settings: Settings) -> Finding:
    """Look whether somebody could change anything, and whether too many could."""
    if settings.hub_sign_in:
        if any(role == "admin" for _, role in settings.roles):
            return ok("sign-in", f"with Hugging Face; {len(settings.roles)} have a role")
        return advise("sign-in", "nobody is an admin", "Set MEMECLIP_ROLES, such as ada=admin.")
    if settings.asks_password:
        made = settings.database_url or Home(settings.home.resolve()).database.exists()
        if made and any(role == "admin" for _, role in list_people(settings)):
            return ok("sign-in", "with names and passwords; there is an admin")
        return broken("sign-in", "nobody is an admin", "Run memeclip users add NAME --role admin.")
    if settings.loopback:
        return ok("sign-in", "none: whoever is at this machine may do everything")
    return advise(
        "sign-in",
        "none, and the page can be reached from elsewhere: it only predicts",
        "Start with --sign-in to let people save.",
    )


def check_proxy(settings: Settings) -> Finding:
    """Look whether what passes the page on is known, where others than this machine ask."""
    if settings.space or settings.loopback:
        return ok("proxy", "none is needed here")
    if settings.proxies:
        return ok("proxy", f"believed: {', '.join(settings.proxies)}")
    return advise(
        "proxy",
        f"the page listens on {settings.host} without TLS",
        "Put a proxy with TLS in front, and name its address with --proxy.",
    )


def check_hosts(settings: Settings) -> Finding:
    """Look whether the page is answered under its own names alone."""
    if settings.loopback:
        return ok("host names", "localhost, 127.0.0.1 and [::1] alone")
    if settings.hosts:
        return ok("host names", f"answered: {', '.join(settings.hosts)}")
    return advise(
        "host names",
        "any is answered, also one that a stranger's name server points here",
        "Name the page's own with --hosts, such as --hosts studio.example.",
    )


def check_backup(settings: Settings) -> Finding:
    """Look whether the home has a copy elsewhere, and whether the token may write there."""
    lasting = not settings.space or is_lasting(Home(settings.home.resolve()).root)
    if not settings.backup_to:
        if not lasting:
            return broken("backup", "none", LOSES)
        return advise(
            "backup", "none", "Run memeclip backup FILE now and then, or set --backup-to."
        )
    private = HubRepository(settings.backup_to).look()
    if private is None:
        return ok("backup", f"{settings.backup_to} is made, private, at the first start")
    if not private:
        return broken(
            "backup", f"everybody can see {settings.backup_to}", "Make it private in its settings."
        )
    return ok("backup", f"{settings.backup_to} is there and private")


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("Python", machine.check_python),
    ("packages", machine.check_packages),
    ("text reader", machine.check_ocr),
    ("home", home.check_home),
    ("images", home.check_images),
    ("database", home.check_database),
    ("corrections.csv", home.check_log),
    ("clock", home.check_clock),
    ("models", home.check_models),
    ("port", check_port),
    ("sign-in", check_people),
    ("proxy", check_proxy),
    ("host names", check_hosts),
    ("backup", check_backup),
)
"""Every check, those on which others rest first."""


def examine_all(settings: Settings) -> Iterator[Finding]:
    """Yield what each check finds of a set-up."""
    return examine(settings, CHECKS)
