"""``memeclip doctor``: is everything set up, and if not, what is to be done."""

from __future__ import annotations

from collections.abc import Callable

import typer

from memeclip_core.cli.options import read_page, with_settings
from memeclip_core.cli.terminal import printable, say
from memeclip_core.config import Settings

BROKEN = 1


@with_settings(read_page)
def doctor(settings: Settings, page: Callable[[Settings], Settings]) -> None:
    """Look at the set-up and say what to do; takes the options of 'memeclip serve'.

    It looks at Python, packages, the text reader, the home and its disk, the image store, the
    database, corrections.csv, the clock, the models, the port, sign-in, proxy, host names and
    backup. It changes nothing, and ends with 1 where something is broken.
    """
    from memeclip_core.app.doctor.serving import examine_all

    counts = {"ok": 0, "advice": 0, "broken": 0}
    for found in examine_all(page(settings)):
        counts[found.state] += 1
        say(f"{found.state:<7} {found.subject}: {printable(found.said)}")
        if found.advice:
            say(f"        {found.advice}")
    say(f"{counts['ok']} ok, {counts['advice']} with advice, {counts['broken']} broken")
    if counts["broken"]:
        raise typer.Exit(BROKEN)
