"""Looking at a project: its table page by page, one meme's picture, one person's last decisions."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement

from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.projects.store import ProjectStore, render_preview
from memeclip_core.annotation.queue import queries
from memeclip_core.annotation.queue.assignment import FEW, Request
from memeclip_core.annotation.queue.filters import Pool
from memeclip_core.annotation.queue.orderings import Orderings
from memeclip_core.annotation.queue.queries import Found
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.errors import InputError, StoreError
from memeclip_core.inference.reading import Reader
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person
from memeclip_core.records.queue import Page, PageRow, QueueFilter, Recent
from memeclip_core.storage.images import ImageStore

MAX_SIZE = 200
MAX_RECENT = 100
_TEXT = 160
_COUNTS = 256
"""Of how many filters it is remembered how many memes they find."""
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Shows what a project holds, without anything that somebody must not see yet."""

    sessions: Sessions
    orderings: Orderings
    projects: ProjectStore
    images: ImageStore
    reader: Reader
    counted: Memory[Hashable, tuple[Hashable, int]] = field(default_factory=lambda: Memory(_COUNTS))

    def browse(self, key: str, request: Request, page: int, size: int) -> Page:
        """Return one page of what the filter finds; see ``LabelQueue.browse``."""
        if not 1 <= size <= MAX_SIZE:
            raise InputError(f"size is {size}; allowed are 1 to {MAX_SIZE}.")
        if page < 1:
            raise InputError(f"page is {page}; the first one is 1.")
        order = self.orderings.find(key, request.order, request.filters)
        with self.sessions.reading(key, request.who, request.filters.model) as session:
            pool = request.pool(session)
            where = request.conditions(session, pool)
            total, memes = self._count(session, request, pool, where)
            pages = max(1, -(-total // size))
            page = min(page, pages)
            few = total < FEW * memes and not request.filters.selection
            found = queries.find_memes(
                session.connection, pool, where, order.number,
                limit=size, offset=(page - 1) * size, few=few,
            )  # fmt: skip
            return Page(
                rows=tuple(_make_rows(session, pool, found)),
                page=page,
                pages=pages,
                size=size,
                total=total,
                order=order.order,
                order_note=order.note,
            )

    def _count(
        self,
        session: Session,
        request: Request,
        pool: Pool,
        where: Sequence[ColumnElement[bool]],
    ) -> tuple[int, int]:
        """Return how many memes the filter finds, and how many there are.

        Counted only where the number is neither kept in the database nor remembered here: memes,
        predictions and decisions have not changed since, as far as the filter asks for them.
        """
        progress, filters = session.progress(request.name), request.filters
        state = filters.state
        if filters == QueueFilter(state=state, model=filters.model, annotator=filters.annotator):
            return (progress.total if state is None else getattr(progress, state)), progress.total
        key = session.project.key, filters, request.name, request.reviewer
        stamp = session.stamp(decisions=filters.asks_people)
        known = self.counted.get(key)
        # What is said about a meme changes none of these.
        if known is None or known[0] != stamp or filters.comments is not None:
            known = stamp, queries.count_memes(session.connection, pool, where)
            self.counted.put(key, known)
        return known[1], progress.total

    def recent(self, key: str, who: Person, limit: int) -> tuple[Recent, ...]:
        """Return a person's last saves and skips, newest first; see ``LabelQueue.recent``."""
        if not 1 <= limit <= MAX_RECENT:
            raise InputError(f"limit is {limit}; allowed are 1 to {MAX_RECENT}.")
        with self.sessions.reading(key, who) as session:
            # Flags and the like stand between them.
            saves = session.last_saves(who.name, 3 * limit)
            found = [save for save in saves if save.action in ("label", "skip")]
            rows = session.memes([save.meme for save in found])
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

    def preview(self, key: str, who: Person, meme: str, *, removed: bool = False) -> bytes:
        """Return a meme's picture as the page shows it; a lost one is made again.

        ``removed`` says whether also of a meme that was removed.
        """
        with self.sessions.reading(key, who) as session:
            gone = session.memes([meme], removed=True).get(meme) if removed else None
            row = gone or session.meme(meme)
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


def _make_rows(session: Session, pool: Pool, found: Sequence[Found]) -> Iterator[PageRow]:
    project, ids = session.project, [one.id for one in found]
    memes, marks = (
        session.memes(ids, removed=True),
        queries.select_marks(session.connection, pool, ids),
    )
    own = session.histories(list(marks), pool.name)
    shown = session.suggestions([meme for meme in ids if not project.hides(meme)])
    for one in found:
        meme, mark, suggestions = memes[one.id], marks.get(one.id), shown.get(one.id, {})
        standing = None if mark is None else own[one.id].standing(pool.name)
        yield PageRow(
            id=one.id,
            position=one.place + 1,
            filename=meme.filename,
            text=meme.text if len(meme.text) <= _TEXT else meme.text[: _TEXT - 1] + "…",
            state="pending" if mark is None else mark.state,
            labels={}
            if standing is None
            else read_labels(project, standing.draft or standing.latest),
            model_labels={task: one.labels for task, one in suggestions.items()},
            probability={task: one.probability for task, one in suggestions.items()},
            model=session.model if suggestions else "",
            hidden=project.hides(one.id),
            flagged=mark is not None and mark.flagged,
            returned=mark is not None and mark.returned,
            has_image=bool(meme.image),
        )
