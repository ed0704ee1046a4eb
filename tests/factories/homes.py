"""A home with everything that a backup keeps and leaves, as files of a few bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from memeclip_core.storage.backup import Snapshot
from memeclip_core.storage.home import Home


def fill_home(home: Home) -> dict[str, bytes]:
    """Put into a home what a backup keeps, and what it leaves; return the former."""
    kept = {
        "corrections.csv": b"log\n",
        "memeclip.sqlite": b"database",
        "active.json": b"{}",
        "images/ab.png": b"picture",
        "models/m-r1/manifest.json": b"{}",
        "models/m-r1/head.safetensors": b"weights",
        "jobs/j1.json": b"{}",
        "projects/cats/project.json": b"{}",
        "projects/cats/memes.jsonl": b"{}\n",
        "projects/cats/previews/ab.webp": b"small",
    }
    left = (
        "users.json",
        "cache/features/x.npy",
        "locks/a.lock",
        "jobs/j1.stop",
        "projects/cats/leases.sqlite",
        "projects/cats/leases.sqlite-wal",
        "projects/cats/predictions/m.npz",
        "projects/cats/exports/all.zip",
        "models/.half/head.safetensors",
    )
    for name, data in (*kept.items(), *((name, b"left") for name in left)):
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return kept


def _look(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def fake_snapshot(home: Home, copy: Callable[[Path], object] | None = None) -> Snapshot:
    """Return a home's snapshot whose database is any file, and empty."""
    return Snapshot(
        home,
        copy=copy or partial(shutil.copyfile, home.database),
        revision=partial(_look, home.database),
        used=lambda: False,
        join=lambda folder: None,
    )
