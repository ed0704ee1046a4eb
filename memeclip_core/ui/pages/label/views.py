"""What the page Label is sent: the service's objects as plain values, pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from memeclip_core.records.project import Project, Suggestion
from memeclip_core.records.queue import (
    Held,
    HistoryEntry,
    Page,
    PageRow,
    QueueCounts,
    Recent,
    WorkItem,
)
from memeclip_core.tasks import Task

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
    return {
        "key": project.key,
        "title": project.title,
        "guidelines": project.guidelines,
        "version": project.version,
        "order": project.order,
        "breakMinutes": project.break_minutes,
        "leaseMinutes": project.lease_minutes,
        "reviews": reviews,
        "models": list(models),
        "tasks": [_task(task) for task in project.tasks],
    }


def render_item(item: WorkItem) -> dict[str, Any]:
    """Return a meme as one person is to label it; never what its import said of it."""
    meme = item.meme
    return {
        "id": meme.id,
        "filename": meme.filename,
        "text": meme.text,
        "image": bool(meme.image),
        "width": meme.width,
        "height": meme.height,
        "position": item.position,
        "suggestions": {} if item.hidden else _suggestions(item),
        "hidden": item.hidden,
        "model": item.model,
        "state": item.state,
        "labels": item.labels,
        "note": item.note,
        "returned": item.returned,
        "returnReason": item.return_reason,
        "flagged": item.flagged,
        "flagReason": item.flag_reason,
        "leaseUntil": item.lease_until.timestamp(),
        "version": item.version,
        "orderNote": item.order_note,
    }


def render_counts(counts: QueueCounts) -> dict[str, Any]:
    """Return how far somebody is."""
    return {
        "pending": counts.pending,
        "draft": counts.draft,
        "done": counts.done,
        "skipped": counts.skipped,
        "flagged": counts.flagged,
        "returned": counts.returned,
        "total": counts.total,
        "toRetraining": counts.to_retraining,
        "closed": counts.closed,
    }


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
    return [
        {
            "meme": one.meme,
            "filename": one.filename,
            "action": one.action,
            "labels": one.labels,
            "time": one.time.isoformat(),
        }
        for one in recent
    ]


def render_page(page: Page) -> dict[str, Any]:
    """Return one page of memes, without pictures."""
    return {
        "rows": [_row(row) for row in page.rows],
        "page": page.page,
        "pages": page.pages,
        "total": page.total,
        "orderNote": page.order_note,
    }


def render_history(entries: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    """Return what happened to a meme, oldest first."""
    return [
        {
            "time": entry.time.isoformat(),
            "who": entry.who,
            "action": entry.action,
            "old": entry.old,
            "new": entry.new,
            "note": entry.note,
            "predicted": entry.predicted,
            "model": entry.model,
            "shown": entry.shown,
            "verdict": entry.verdict,
            "seconds": entry.seconds,
            "version": entry.version,
            "target": entry.target,
        }
        for entry in entries
    ]


def render_preview(webp: bytes) -> str:
    """Return a picture as a data URI; "" without one."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode('ascii')}" if webp else ""


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


def _task(task: Task) -> dict[str, Any]:
    condition = task.applies
    return {
        "key": task.key,
        "title": task.title,
        "kind": task.kind,
        "applies": condition and {"task": condition.task, "labels": list(condition.labels)},
        "labels": [
            {"name": label.name, "display": label.display, "hint": label.hint}
            for label in task.labels
        ],
    }


def _suggestions(item: WorkItem) -> dict[str, Any]:
    return {task: _suggestion(hint) for task, hint in item.suggestions.items()}


def _suggestion(hint: Suggestion) -> dict[str, Any]:
    return {
        "labels": list(hint.labels),
        "probabilities": {name: float(value) for name, value in hint.probabilities.items()},
        "model": hint.model,
    }


def _row(row: PageRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "filename": row.filename,
        "text": row.text,
        "state": row.state,
        "labels": row.labels,
        "flagged": row.flagged,
        "image": row.has_image,
    }
