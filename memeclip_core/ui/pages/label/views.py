"""What the page Label is sent: the service's objects as plain values, pure."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from memeclip_core.app.guidelines import render_guidelines
from memeclip_core.records.project import Project
from memeclip_core.records.queue import (
    Held,
    HistoryEntry,
    Page,
    QueueCounts,
    Recent,
    Saved,
    Undone,
    WorkItem,
)
from memeclip_core.records.schemas import to_plain
from memeclip_core.ui.formats import data_uri

THUMB_SIDE = 240


def render_project(
    project: Project, *, reviews: bool, models: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a project's rules and questions.

    Args:
        project: the project.
        reviews: whether this person may see others' work.
        models: the versions whose predictions are kept.
    """
    rules = _named(
        project,
        "key", "title", "version", "order", "break_minutes", "lease_minutes",
    )  # fmt: skip
    tasks = [
        _named(task, "key", "title", "kind", "applies")
        | {"labels": [_named(label, "name", "display", "hint") for label in task.labels]}
        for task in project.tasks
    ]
    shown = {"reviews": reviews, "models": list(models), "tasks": tasks}
    return rules | shown | {"guidelines": render_guidelines(project.guidelines)}


def render_item(item: WorkItem) -> dict[str, Any]:
    """Return a meme as one person is to label it; never what its import said of it."""
    return {
        **_named(item.meme, "id", "filename", "text", "width", "height"),
        **_named(
            item,
            "position", "hidden", "model", "state", "labels", "note", "returned", "return_reason",
            "flagged", "flag_reason", "version", "order_note",
        ),
        "image": bool(item.meme.image),
        "suggestions": {} if item.hidden else to_plain(item.suggestions),
        "leaseUntil": item.lease_until.timestamp(),
    }  # fmt: skip


def render_counts(counts: QueueCounts) -> dict[str, Any]:
    """Return how far somebody is."""
    return _named(counts, *QueueCounts.__dataclass_fields__)


def render_held(held: Held) -> dict[str, Any]:
    """Return what others and this person's other tabs hold; times are seconds since 1970."""
    return {
        "own": held.own,
        "ownUntil": held.own_until and held.own_until.timestamp(),
        "others": held.others,
        "othersUntil": held.others_until and held.others_until.timestamp(),
    }


def render_recent(recent: Sequence[Recent]) -> list[dict[str, Any]]:
    """Return somebody's last decisions."""
    return [_named(one, "meme", "filename", "action", "labels", "time") for one in recent]


def render_page(page: Page) -> dict[str, Any]:
    """Return one page of memes, without pictures."""
    rows = [
        _named(row, "id", "filename", "text", "state", "labels", "flagged")
        | {"image": row.has_image}
        for row in page.rows
    ]
    return {"rows": rows, **_named(page, "page", "pages", "total", "order_note")}


def render_history(entries: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    """Return what happened to a meme, oldest first."""
    return [
        _named(
            entry,
            "time", "who", "action", "old", "new", "note", "predicted", "model", "shown",
            "verdict", "seconds", "version", "target",
        )
        for entry in entries
    ]  # fmt: skip


def render_saved(saved: Saved) -> dict[str, Any]:
    """Return what a save answers."""
    return {
        **_named(saved.receipt, "save", "time", "rows"),
        **_named(saved, "conflict", "version", "memes"),
        "counts": render_counts(saved.counts),
    }


def render_undone(undone: Undone) -> dict[str, Any]:
    """Return what an undo answers."""
    return {
        **_named(undone, "meme", "memes", "labels", "note"),
        **_named(undone.receipt, "time"),
        "counts": render_counts(undone.counts),
    }


def render_preview(webp: bytes) -> str:
    """Return a picture as a data URI; "" without one."""
    return data_uri("webp", webp) if webp else ""


def render_thumb(webp: bytes) -> str:
    """Return a small version of a picture as a data URI; "" without one."""
    if not webp:
        return ""
    with Image.open(BytesIO(webp)) as picture:
        small = picture.convert("RGB")
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=72)
    return render_preview(buffer.getvalue())


def _named(record: object, *names: str) -> dict[str, Any]:
    """Return some of a record's values, under the names that scripts give them: ``orderNote``."""

    def name(field: str) -> str:
        first, *others = field.split("_")
        return first + "".join(map(str.title, others))

    return {name(field): to_plain(getattr(record, field)) for field in names}
