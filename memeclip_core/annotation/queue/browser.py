"""Looking at a project: its table page by page, one meme's picture, one person's last decisions."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.projects.store import ProjectStore, render_preview
from memeclip_core.annotation.queue.assignment import Request
from memeclip_core.annotation.queue.session import Session, Sessions, find_meme
from memeclip_core.errors import InputError, StoreError
from memeclip_core.inference.reading import Reader
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Suggestion
from memeclip_core.records.queue import Page, PageRow, Recent
from memeclip_core.storage.images import ImageStore

MAX_SIZE = 200
MAX_RECENT = 100
_TEXT = 160
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Shows what a project holds, without anything that somebody must not see yet."""

    sessions: Sessions
    projects: ProjectStore
    images: ImageStore
    reader: Reader

    def browse(self, key: str, request: Request, page: int, size: int) -> Page:
        """Return one page of what the filter finds; see ``LabelQueue.browse``."""
        if not 1 <= size <= MAX_SIZE:
            raise InputError(f"size is {size}; allowed are 1 to {MAX_SIZE}.")
        if page < 1:
            raise InputError(f"page is {page}; the first one is 1.")
        place = request.prepare(self.sessions, key)
        with place.mutex:
            session = self.sessions.open(key, request.filters.model)
            mask = request.mask(session)
            ranking = self.sessions.ranking(session, request.order or session.project.order)
            places = ranking.places[mask[ranking.places]]
            pages = max(1, -(-len(places) // size))
            page = min(page, pages)
            ids = session.index.ids
            chosen = [ids[place] for place in places[(page - 1) * size : page * size]]
            return Page(
                rows=tuple(_row(session, request.name, meme) for meme in chosen),
                page=page,
                pages=pages,
                size=size,
                total=len(places),
                order=ranking.order,
                order_note=ranking.note,
            )

    def recent(self, key: str, who: Person, limit: int) -> tuple[Recent, ...]:
        """Return a person's last saves and skips, newest first; see ``LabelQueue.recent``."""
        if not 1 <= limit <= MAX_RECENT:
            raise InputError(f"limit is {limit}; allowed are 1 to {MAX_RECENT}.")
        with self.sessions.place(key).mutex:
            session = self.sessions.open(key)
            # Flags and the like stand between them.
            saves = session.book.saves(who.name, 3 * limit)
        found = [save for save in reversed(saves) if save.action in ("label", "skip")]
        rows = session.index.many(save.meme for save in found)
        return tuple(
            Recent(
                save=save.save,
                meme=save.meme,
                filename=row.filename if (row := rows.get(save.meme)) is not None else "",
                action=save.action,
                labels=read_labels(session.project, save),
                time=save.time,
            )
            for save in found[:limit]
        )

    def preview(self, key: str, meme: str) -> bytes:
        """Return a meme's picture as the page shows it; a lost one is made again."""
        row = find_meme(key, self.projects.memes(key), meme)
        known = self.projects.read_preview(key, meme)
        if known is not None or not row.image:
            return known or b""
        data = self.images.read(meme)
        if data is None:
            return b""
        made = render_preview(self.reader.picture(data))
        try:
            self.projects.write_preview(key, meme, made)
        except StoreError as error:
            _log.warning("the picture of %s could not be kept: %s", meme[:12], error)
        return made


def _row(session: Session, name: str, meme: str) -> PageRow:
    found, standing = session.meme(meme), session.book.standing(name, meme)
    hidden = session.project.hides(meme)
    suggestions: Mapping[str, Suggestion] = {} if hidden else session.suggestions(meme)
    return PageRow(
        id=meme,
        position=(session.index.place(meme) or 0) + 1,
        filename=found.filename,
        text=found.text if len(found.text) <= _TEXT else found.text[: _TEXT - 1] + "…",
        state=standing.state,
        labels=read_labels(session.project, standing.draft or standing.latest),
        model_labels={task: one.labels for task, one in suggestions.items()},
        probability={task: one.probability for task, one in suggestions.items()},
        hidden=hidden,
        flagged=standing.flag is not None,
        returned=standing.returned is not None,
        has_image=bool(found.image),
    )
