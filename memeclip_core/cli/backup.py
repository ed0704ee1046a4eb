"""``memeclip backup`` and ``restore``: a home as one file."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.cli.options import with_settings
from memeclip_core.cli.terminal import say, warn
from memeclip_core.config import Settings


@with_settings()
def backup(settings: Settings, file: Path) -> None:
    """Write decisions, images, models and projects to one file; the page may run meanwhile.

    Who may sign in is no part of it.

    Args:
        file (FILE): The zip archive to write.
    """
    from memeclip_core.app.archives import back_up

    count = back_up(settings, file)
    say(f"Wrote {file}: {count:,} files.")
    if settings.image_store:
        warn("The images lie in the image store and are not in it: keep copies of them there.")


@with_settings()
def restore(settings: Settings, file: Path) -> None:
    """Put a backup in the place of --home; what was there is kept in a folder inside.

    Stop the page first. Who may sign in stays.

    Args:
        file (FILE): A file of 'memeclip backup'.
    """
    from memeclip_core.app.archives import restore as put_back

    aside = put_back(settings, file)
    say(f"Restored {file} to {settings.home}.")
    if aside is not None:
        warn(f"What was there before lies in {aside}; delete it when nothing is missing.")
