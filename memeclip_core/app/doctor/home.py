"""Checks of what is written and read: the home, its database, its log, the models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.csv_follower import CsvFollower, ForeignFile
from memeclip_core.app.doctor.findings import Finding, advise, broken, ok
from memeclip_core.app.people import open_database
from memeclip_core.config import Settings
from memeclip_core.database.migrations import HEAD
from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.models.checkpoints import MANIFEST, read_checkpoint
from memeclip_core.records.clock import utc_now
from memeclip_core.storage.disk import find_existing, free_bytes, prove_writable
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import COPY_LEFT, ImageStore
from memeclip_core.storage.objects import hide_keys

SCARCE = 2_000_000_000
"""Bytes below which uploads are refused soon."""
LEAST = 200_000_000
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""This program is younger; a clock that says otherwise is wrong."""
LEEWAY = timedelta(minutes=2)


def check_home(settings: Settings) -> Iterator[Finding]:
    """Look whether the home can be written, on which disk, and how much room there is."""
    home = Home(settings.home.resolve())
    if not settings.database_url:
        home.check_disk()
    there = find_existing(home.root)
    if not there.is_dir():
        yield broken("home", f"{there} is no folder", "Name another folder with --home.")
        return
    prove_writable(there)
    said = "can be written, on a local disk"
    yield ok("home", f"{home.root} {said}" if there == home.root else f"{home.root} can be made")
    free = free_bytes(there)
    room = f"{free / 1e9:,.1f} GB free"
    if free < LEAST:
        yield broken("disk", room, "Free some space, or name another folder with --home.")
    elif free < SCARCE:
        yield advise("disk", room, "Free some space: uploads are refused below 0.5 GB.")
    else:
        yield ok("disk", room)


def check_images(settings: Settings) -> Iterator[Finding]:
    """Look whether images can be kept where the settings say, and whether some lie elsewhere."""
    if not settings.image_store:
        yield ok("images", "are kept in the home")
        return
    store, place = ImageStore(Home(settings.home.resolve()), settings.image_store), "images"
    if left := store.count_left():
        yield advise(place, f"{left:,} lie in the home", COPY_LEFT)
    store.prove()
    said = "can be written, read, listed and deleted"
    yield ok(place, f"{hide_keys(settings.image_store)} {said}; no backup of the home has them")


def check_database(settings: Settings) -> Finding:
    """Look whether the database answers, is whole, and has the tables of this program."""
    home = Home(settings.home.resolve())
    if not settings.database_url and not home.database.exists():
        return ok("database", "none yet; it is made at the first start")
    at, fault = open_database(settings).look()
    if fault:
        return broken("database", f"damaged: {fault}", "Put a backup back: memeclip restore FILE.")
    if at is None:
        return ok("database", "reachable, without tables yet")
    if at == HEAD:
        return ok("database", f"reachable and whole, schema {at}")
    if at > HEAD:
        return broken(
            "database",
            f"schema {at}, of a newer release; this one knows {HEAD}",
            "Install that release, or put a backup of before back.",
        )
    return advise("database", f"schema {at}", f"The next start upgrades it to {HEAD}: back it up.")


def check_log(settings: Settings) -> Finding:
    """Look whether ``corrections.csv`` holds what the database holds."""
    home = Home(settings.home.resolve())
    subject = "corrections.csv"
    if settings.database_url:
        return ok(subject, "follows no database server: memeclip corrections export --log")
    database = open_database(settings)
    if not home.database.exists() or database.look()[0] != HEAD:
        return ok(subject, "is looked at once there is a database of this release")
    follower = CsvFollower(home, database)
    try:
        behind = follower.count_missing()
    except ForeignFile:
        with suppress(ForeignFile, StoreError):
            if ahead := follower.count_untaken():
                return advise(
                    subject,
                    f"decisions that the database lacks: {ahead:,}",
                    "The next start takes them over, if the folder can be written.",
                )
        return advise(
            subject,
            "ends otherwise than the database",
            "The next start keeps it aside and writes a new one. Copy it first if you changed it.",
        )
    finally:
        database.close()
    if behind:
        return advise(subject, f"lacks {behind:,} rows", "The next start or save completes it.")
    kept = follower.conflicts
    if kept:
        return advise(subject, f"in step, beside {', '.join(kept)}", "Move them away once read.")
    return ok(subject, "in step with the database")


def check_clock(settings: Settings) -> Finding:
    """Look whether the time can be right: not before this program, nor before what was saved."""
    now = utc_now()
    if now < RELEASED:
        return broken(
            "clock", f"it says {now:%Y-%m-%d %H:%M} UTC", "Set it: sign-ins depend on it."
        )
    home = Home(settings.home.resolve())
    database = open_database(settings)
    if not settings.database_url and not home.database.exists():
        return ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")
    if database.look()[0] == HEAD:
        with database.read() as connection:
            last = queries.last_time(connection)
        database.close()
        if last is not None and last > now + LEEWAY:
            return advise(
                "clock",
                f"it says {now:%Y-%m-%d %H:%M} UTC, and the last decision is of "
                f"{last:%Y-%m-%d %H:%M}",
                "Set it. Decisions keep their order all the same.",
            )
    return ok("clock", f"{now:%Y-%m-%d %H:%M} UTC, behind everything that was saved")


def check_models(settings: Settings) -> Iterator[Finding]:
    """Read every model in full, and compare its encoder with the one that would answer."""
    fingerprint = Workbench(settings=settings).open_encoder().fingerprint
    yield ok(f"encoder {settings.encoder}", f"fingerprint {fingerprint[:12]}")
    own = Home(settings.home.resolve()).models
    folders = [path.parent for root in (settings.checkpoints, own) for path in _manifests(root)]
    foreign, damaged = [], []
    for folder in folders:
        try:
            model = read_checkpoint(folder)
        except CheckpointError as error:
            damaged.append(folder.name)
            yield broken(f"model {folder.name}", str(error))
            continue
        if model.encoder.fingerprint != fingerprint:
            foreign.append(folder.name)
    for name in foreign:
        yield advise(
            f"model {name}",
            "belongs to another encoder, or to another version of this one",
            "It does not answer; name its encoder with --encoder, or train it again.",
        )
    good = len(folders) - len(damaged) - len(foreign)
    if good:
        yield ok("models", f"{good} can be read and fit this encoder")
    else:
        yield advise("models", "none fits this encoder", "Its prompts answer, which is weaker.")


def _manifests(root: Path) -> list[Path]:
    return sorted(root.glob(f"[!.]*/{MANIFEST}"))
