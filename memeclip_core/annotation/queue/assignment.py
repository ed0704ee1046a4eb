"""Which meme goes to whom: what comes next, who holds what, and until when.

Invariants: memes of a project are given out in one transaction after the other
(``Sessions.giving``). What is free is asked in one statement, for decisions are added meanwhile: a
meme is let go of in the transaction that adds its decision, so that one of the two is always seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from sqlalchemy import ColumnElement

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.progress import Progress
from memeclip_core.annotation.queue import queries
from memeclip_core.annotation.queue.filters import Pool, select_wanted
from memeclip_core.annotation.queue.limits import (
    find_room,
    is_own,
    why_closed,
    why_not_theirs,
    why_taken,
)
from memeclip_core.annotation.queue.orderings import Ordered, Orderings
from memeclip_core.annotation.queue.queries import Found, Lease
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.annotation.team.qualification import Qualification
from memeclip_core.database.prepared import Prepared
from memeclip_core.errors import InputError
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Order, ProjectMeme, Suggestion
from memeclip_core.records.queue import Held, QueueFilter, WorkItem

MAX_ITEMS = 20
MAX_CLIENT = 64
FEW = 0.02
"""Up to which share of a project's memes it is quicker to sort them than to go through an order."""
_SEARCHES = 200
"""Of how many forms of a request the statements are kept."""
_FAR = 50
"""How many memes of an order are passed over again and again before a bookmark is moved."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of a queue, in a form that can be compared."""

    who: Person
    reviewer: bool
    filters: QueueFilter
    order: Order | None
    client: str

    @property
    def name(self) -> str:
        """Whose memes are meant."""
        return self.filters.annotator or self.who.name

    @property
    def is_round(self) -> bool:
        """Whether the memes stay what they are, such as "done", and are gone through in turn."""
        return self.filters.state != "pending"

    @cached_property
    def query(self) -> str:
        """The same for the same filters and order, and whether it is a round."""
        asked = f"{self.filters!r}\n{self.order}"
        digest = hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        return _ROUND + digest if self.is_round else digest

    def pool(self, session: Session) -> Pool:
        """Return the project's memes as both persons see them."""
        return Pool(
            session.project, self.who.name, self.name,
            client=self.client, query=self.query, now=session.now,
        )  # fmt: skip

    def conditions(self, session: Session, pool: Pool) -> list[ColumnElement[bool]]:
        """Return the conditions that the memes meet that the filter means."""
        return select_wanted(pool, self.filters, reviewer=self.reviewer, model=session.model)


_ROUND = "round-"


@dataclass(eq=False, kw_only=True)
class Assigner:
    """Chooses what somebody labels next, so that no meme goes to more people than it needs.

    Whoever is in the project's qualification round is given its memes and nothing else.
    """

    people: People
    sessions: Sessions
    orderings: Orderings
    searches: Memory[Hashable, Prepared] = field(default_factory=lambda: Memory(_SEARCHES))

    @property
    def qualification(self) -> Qualification:
        """What comes before real work."""
        return Qualification(people=self.people, sessions=self.sessions)

    def next(self, key: str, request: Request, count: int) -> tuple[WorkItem, ...]:
        """Return what comes next and hold it; see ``LabelQueue.next``."""
        if not 1 <= count <= MAX_ITEMS:
            raise InputError(f"count is {count}; allowed are 1 to {MAX_ITEMS}.")
        client, me = check_client(request.client), request.who.name
        order = self.orderings.find(key, request.order, request.filters)
        with self.sessions.giving(key, request.who, request.filters.model) as session:
            if session.project.closed:
                raise InputError(why_closed(session.project))
            if (first := self.qualification.find(session, request.who)) is not None:
                due = self.qualification.list_due(session, request.who, first)
                return _make_round(session, request.who, due[:count])
            held = queries.select_leases(session.connection, key, session.now, person=me)
            mine = [one for one in held if one.client == client]
            chosen = self._choose(session, request, order, mine, count)
            # What was opened by hand has no query, and may be on the page right now.
            past = [one.meme for one in mine if one.query not in ("", request.query)]
            queries.drop_leases(session.connection, key, me, past)
            until = session.now + session.project.lease_minutes * 60
            leases = [Lease(meme, me, client, request.query, until) for meme in chosen]
            queries.hold_memes(session.connection, key, leases, session.now)
            if not chosen and request.is_round:
                queries.end_round(session.connection, key, me, request.query)
            return make_items(session, request.who, chosen, until=until, order=order)

    def held(self, key: str, request: Request) -> Held:
        """Return what ``next`` leaves out because it is held; see ``LabelQueue.held``."""
        me = request.who.name
        with self.sessions.reading(key, request.who, request.filters.model) as session:
            if self.qualification.find(session, request.who) is not None:
                return Held()  # nothing of a round is held
            active = queries.select_leases(session.connection, key, session.now)
            pool = request.pool(session)
            where = [*request.conditions(session, pool), pool.is_reachable]
            where.append(~queries.is_free(pool))
            where.append(queries.is_any(one.meme for one in active))
            found = queries.find_memes(
                session.connection, pool, where, 0, limit=len(active), few=True
            )
        taken = {one.id for one in found}
        own = {one.meme: one.until for one in active if one.meme in taken and one.person == me}
        others: dict[str, float] = {}
        for one in active:
            if one.meme in taken and one.meme not in own:
                others[one.meme] = max(one.until, others.get(one.meme, 0.0))
        return Held(
            own=len(own), own_until=_latest(own), others=len(others), others_until=_latest(others)
        )

    def open(self, key: str, who: Person, meme: str, client: str) -> WorkItem:
        """Return one meme and hold it; see ``LabelQueue.open``."""
        check_client(client)
        with self.sessions.giving(key, who) as session:
            if (first := self.qualification.find(session, who)) is not None:
                session.meme(meme)
                self.qualification.check_open(session, who, first, meme)
                return _make_round(session, who, [meme])[0]
            until = self.hold(session, who, meme, client)
            order = Ordered(order=session.project.order)
            (item,) = make_items(session, who, [meme], until=until, order=order)
            return item

    def hold(
        self, session: Session, who: Person, meme: str, client: str, *, undone: bool = False
    ) -> float:
        """Hold one meme, in a transaction that keeps others out; return until when.

        ``undone`` says that the person takes back what they did to it: also in a closed project it
        can be done anew.

        Raises:
            InputError: if it cannot be this person's, or there is no such meme (any more).
        """
        client, key = check_client(client), session.project.key
        session.meme(meme)
        active = queries.select_leases(session.connection, key, session.now, memes=[meme])
        own = next((one for one in active if one.person == who.name), None)
        if session.project.closed and own is None and not undone:
            raise InputError(why_closed(session.project))
        history = session.histories([meme])[meme]
        if own is None and not is_own(history, who):
            reason = why_taken(session.project, history, who, meme, active)
            reason = reason or why_not_theirs(session, who, [meme]).get(meme, "")
            if reason:
                raise InputError(reason)
        until = session.now + session.project.lease_minutes * 60
        lease = Lease(meme, who.name, client, own.query if own is not None else "", until)
        queries.hold_memes(session.connection, key, [lease], session.now)
        return until

    def release(self, key: str, who: Person, client: str) -> None:
        """Let go of what a client holds; "" means everything that the person holds."""
        with self.sessions.giving(key, who) as session:
            client = check_client(client) if client else ""
            queries.drop_client(session.connection, key, who.name, client)

    def _choose(
        self, session: Session, request: Request, order: Ordered, mine: Sequence[Lease], count: int
    ) -> list[str]:
        """Return what was sent back, then what the client holds already, then the next ones."""
        connection, pool = session.connection, request.pool(session)
        progress = session.progress(pool.who)
        back = queries.select_returned(connection, pool) if progress.returned else ()
        kept = [one.meme for one in mine if one.query == request.query]
        chosen: list[str] = []
        if back or kept:
            asked = list(dict.fromkeys([*back, *kept]))
            found = self._find(session, request, pool, order, "named", few=True, names=asked)
            there = [one.id for one in found]
            chosen = [one for one in there if one in back][:count]
            chosen += [one for one in kept if one in there and one not in chosen]
        chosen, more = chosen[:count], count - len(chosen)
        if request.filters.state != "done" and progress.room is not None:
            more = min(more, find_room(session, request.who, progress))
        if more > 0:
            chosen += self._find_rest(session, request, pool, order, progress, chosen, more)
        return chosen

    def _find_rest(
        self,
        session: Session,
        request: Request,
        pool: Pool,
        order: Ordered,
        progress: Progress,
        chosen: Sequence[str],
        count: int,
    ) -> list[str]:
        """Return what comes next by the order alone: first what is assigned to who asks."""
        connection, key = session.connection, session.project.key
        state, plain = request.filters.state, request.name == request.who.name
        number = {"done": progress.done, "draft": progress.draft, "skipped": progress.skipped}
        amount = number.get(state or "", progress.total) if plain else progress.total
        if request.filters.ids is not None:
            amount = min(amount, len(request.filters.ids))
        elif plain and state == "pending":
            amount = progress.total - progress.full
        # A selection is gone through from its own first meme.
        few = amount < FEW * progress.total and not request.filters.selection
        # What was sent back is chosen already: the rest is open, and nothing of it is begun.
        fresh = plain and state == "pending"
        own: list[str] = []
        if fresh and progress.assigned:
            found = self._find(
                session, request, pool, order, "assigned", few=True, names=chosen, limit=count
            )
            own = [one.id for one in found]
            if len(own) == count:
                return own
        start = 0
        if fresh and not few:
            start = queries.read_bookmark(connection, key, pool.who, order.number)
        found = self._find(
            session, request, pool, order, "open" if fresh else "reachable",
            few=few, names=[*chosen, *own], limit=count - len(own), start=start,
        )  # fmt: skip
        if fresh and not few and (not found or found[0].spot > start + _FAR):
            queries.move_bookmark(connection, pool, order.number, start)
        return own + [one.id for one in found]

    def _find(
        self,
        session: Session,
        request: Request,
        pool: Pool,
        order: Ordered,
        which: Literal["named", "open", "assigned", "reachable"],
        *,
        few: bool,
        names: Sequence[str],
        limit: int | None = None,
        start: int = 0,
    ) -> list[Found]:
        """Return memes that are free: those that are named, or others by the order."""
        project, ranked = session.project, order.number > 0
        asked = request.filters, request.reviewer, pool.who == pool.name, session.model
        shape = project.key, project.version, *asked, which, ranked, few, start > 0
        found = self.searches.get(shape)
        if found is None:
            where = [*request.conditions(session, pool), queries.is_free(pool)]
            is_fresh = which in ("open", "assigned")
            where.append(pool.is_open if is_fresh else pool.is_reachable)
            where.append(queries.is_named() if which == "named" else ~queries.is_named())
            if request.is_round:
                where.append(~queries.was_dealt())
            statement = queries.search(
                pool, where, ranked=ranked, few=few, started=start > 0,
                assigned=which == "assigned",
            )  # fmt: skip
            found = Prepared(statement)
            self.searches.put(shape, found)
        rows = found.rows(
            session.connection, **pool.values, names=names, ranking=order.number, start=start,
            limit=len(names) if limit is None else limit, offset=0,
        )  # fmt: skip
        return [Found(*row) for row in rows]


def let_go(session: Session, who: Person, memes: Sequence[str]) -> int:
    """Let go of memes that were dealt with; rounds go on to the next.

    Returns:
        how many of them were not held any more, as the time for it had run out.
    """
    connection, key = session.connection, session.project.key
    late = queries.count_late(connection, key, who.name, memes, session.now)
    active = queries.select_leases(connection, key, session.now, person=who.name, memes=memes)
    rounds = [one for one in active if one.query.startswith(_ROUND)]
    if rounds:
        queries.deal(connection, key, who.name, rounds, session.now)
    if active or late:
        queries.drop_leases(connection, key, who.name, memes)
    return late


def make_items(
    session: Session, who: Person, memes: Sequence[str], *, until: float, order: Ordered
) -> tuple[WorkItem, ...]:
    """Return memes with everything that their person is to see, and nothing else."""
    project = session.project
    found, histories = session.placed(memes), session.histories(memes)
    shown = session.suggestions([meme for meme in memes if not project.hides(meme)])
    return tuple(
        _make_item(session, who, *found[meme], histories[meme], shown.get(meme, {}),
                   until=until, order=order)
        for meme in memes
    )  # fmt: skip


def _make_round(session: Session, who: Person, memes: Sequence[str]) -> tuple[WorkItem, ...]:
    """Return memes of the qualification round: nobody holds them, and nothing is suggested."""
    until = session.now + session.project.lease_minutes * 60
    items = make_items(session, who, memes, until=until, order=Ordered(order="random"))
    return tuple(
        replace(
            item, suggestions={}, hidden=False, model="", state="pending", labels={}, note="",
            returned=False, return_reason="", flagged=False, flag_reason="", qualifies=True,
        )
        for item in items
    )  # fmt: skip


def _make_item(
    session: Session,
    who: Person,
    place: int,
    meme: ProjectMeme,
    history: History,
    suggestions: Mapping[str, Suggestion],
    *,
    until: float,
    order: Ordered,
) -> WorkItem:
    project, standing = session.project, history.standing(who.name)
    shown = standing.draft or standing.latest
    source = standing.skip if standing.state == "skipped" else shown
    return WorkItem(
        meme=replace(meme, given={}, gold=False),
        position=place + 1,
        suggestions=suggestions,
        hidden=project.hides(meme.id),
        model=session.model if suggestions else "",
        state=standing.state,
        labels=read_labels(project, shown),
        note="" if source is None else source.note,
        returned=standing.returned is not None,
        return_reason="" if standing.returned is None else standing.returned.note,
        flagged=standing.flag is not None,
        flag_reason="" if standing.flag is None else standing.flag.note,
        lease_until=datetime.fromtimestamp(until, UTC),
        version=project.version,
        order=order.order,
        order_note=order.note,
    )


def check_client(client: str) -> str:
    """Return the name of a browser tab; raise InputError if it is none."""
    if not 1 <= len(client) <= MAX_CLIENT:
        raise InputError(
            f"client has {len(client)} characters; give each browser tab a name of 1 to "
            f"{MAX_CLIENT}."
        )
    return client


def _latest(ends: Mapping[str, float]) -> datetime | None:
    return datetime.fromtimestamp(max(ends.values()), UTC) if ends else None
