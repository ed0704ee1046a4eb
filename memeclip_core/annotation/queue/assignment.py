"""Which meme goes to whom: what comes next, who holds what, and until when.

Invariants: the leases of a project are taken first (``Place.leases.exclusive``), then its
``Place.mutex``. Decisions are read under the lock of the leases: a meme is let go of only after its
decision is in the log, so that one of the two is always seen. ``_mutex`` guards ``_dealt`` alone,
and nothing else is called while it is held.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.queue.queries import Lease
from memeclip_core.annotation.queue.ranking import Ranking
from memeclip_core.annotation.queue.session import Place, Session, Sessions, pick
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Order, Project
from memeclip_core.records.queue import Held, QueueFilter, WorkItem

MAX_ITEMS = 20
MAX_CLIENT = 64
_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
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
    def query(self) -> str:
        """The same for the same filters and order."""
        asked = f"{self.filters!r}\n{self.order}"
        return hashlib.sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:24]

    def prepare(self, sessions: Sessions, key: str) -> Place:
        """Find out what the filter asks for, before anything is held."""
        return sessions.prepare(key, self.filters, name=self.name, reviewer=self.reviewer)

    def mask(self, session: Session) -> np.ndarray:
        """Return bool (N,): the memes that the filter means."""
        return session.sieve.mask(
            self.filters,
            name=self.name,
            reviewer=self.reviewer,
            states=session.states,
            table=session.table,
        )


class Assigner:
    """Chooses what somebody labels next, so that no meme goes to more people than it needs."""

    def __init__(self, *, sessions: Sessions) -> None:
        self._sessions = sessions
        self._mutex = threading.Lock()
        # What was dealt with under a query whose memes stay what they are, such as "all done":
        # by project, person and query.
        self._dealt: dict[tuple[str, str, str], set[str]] = {}

    def next(self, key: str, request: Request, count: int) -> tuple[WorkItem, ...]:
        """Return what comes next and hold it; see ``LabelQueue.next``."""
        if not 1 <= count <= MAX_ITEMS:
            raise InputError(f"count is {count}; allowed are 1 to {MAX_ITEMS}.")
        client = check_client(request.client)
        place = request.prepare(self._sessions, key)
        with place.leases.exclusive() as leases, place.mutex:
            session = self._sessions.open(key, request.filters.model)
            if session.project.closed:
                raise InputError(why_closed(session.project))
            ranking = self._sessions.ranking(session, request.order or session.project.order)
            active = leases.active()
            mask = _grantable(session, request)
            _take_out_held(mask, session, request, active)
            self._take_out_dealt(mask, session, request)
            chosen = self._choose(session, request, ranking, mask, active, count)
            until = leases.now + session.project.lease_minutes * 60
            me = request.who.name
            mine = [one for one in active if (one.person, one.client) == (me, client)]
            # What was opened by hand has no query, and may be on the page right now.
            past = [one.meme for one in mine if one.query not in ("", request.query)]
            leases.drop(me, past)
            leases.hold([Lease(meme, me, client, request.query, until) for meme in chosen])
            if not chosen:  # such a queue begins anew once it has run empty
                with self._mutex:
                    self._dealt.pop((key, me, request.query), None)
            return tuple(
                make_item(session, request.who, meme, until=until, ranking=ranking)
                for meme in chosen
            )

    def held(self, key: str, request: Request) -> Held:
        """Return what ``next`` leaves out because it is held; see ``LabelQueue.held``."""
        place = request.prepare(self._sessions, key)
        with place.leases.exclusive() as leases, place.mutex:
            session = self._sessions.open(key, request.filters.model)
            active = leases.active()
            mask = _grantable(session, request)
            free = mask.copy()
            _take_out_held(free, session, request, active)
            taken = {session.index.ids[place] for place in np.flatnonzero(mask & ~free)}
        me = request.who.name
        own = {one.meme: one.until for one in active if one.meme in taken and one.person == me}
        others: dict[str, float] = {}
        for one in active:
            if one.meme in taken and one.meme not in own:
                others[one.meme] = max(one.until, others.get(one.meme, 0.0))
        return Held(
            own=len(own), own_until=_latest(own), others=len(others), others_until=_latest(others)
        )

    def check_held(self, key: str, who: Person, meme: str) -> None:
        """Raise InputError, as of a closed project, unless a person holds a meme in some tab."""
        place = self._sessions.place(key)
        with place.leases.exclusive() as leases, place.mutex:
            if not any((one.meme, one.person) == (meme, who.name) for one in leases.active()):
                raise InputError(why_closed(self._sessions.open(key).project))

    def open(
        self, key: str, who: Person, meme: str, client: str, *, undone: bool = False
    ) -> WorkItem:
        """Return one meme and hold it; see ``LabelQueue.open``.

        ``undone`` says that the person has just taken back what they did to it: also in a closed
        project it can be done anew.
        """
        client = check_client(client)
        place = self._sessions.look(key)
        with place.leases.exclusive() as leases, place.mutex:
            session = self._sessions.open(key)
            session.meme(meme)
            active = leases.active()
            own = next((one for one in active if (one.meme, one.person) == (meme, who.name)), None)
            if session.project.closed and own is None and not undone:
                raise InputError(why_closed(session.project))
            if own is None and not is_own(session, who, meme):
                reason = why_taken(session, who, meme, active)
                if reason:
                    raise InputError(reason)
            until = leases.now + session.project.lease_minutes * 60
            query = own.query if own is not None else ""
            leases.hold([Lease(meme, who.name, client, query, until)])
            return make_item(session, who, meme, until=until)

    def release(self, key: str, who: Person, client: str) -> None:
        """Let go of what a client holds; "" means everything that the person holds."""
        with self._sessions.place(key).leases.exclusive() as leases:
            if client:
                leases.drop_client(who.name, check_client(client))
            else:
                leases.drop(who.name, [one.meme for one in leases.active()])

    def let_go(self, session: Session, who: Person, memes: Sequence[str]) -> None:
        """Let go of memes that were dealt with; queues of other states go on to the next."""
        with session.place.leases.exclusive() as leases:
            active = leases.active()
            leases.drop(who.name, memes)
        dealt = set(memes)
        with self._mutex:
            for one in active:
                if one.person == who.name and one.meme in dealt and one.query:
                    known = self._dealt.setdefault(
                        (session.project.key, who.name, one.query), set()
                    )
                    known.add(one.meme)
            while len(self._dealt) > _REMEMBERED:
                self._dealt.pop(next(iter(self._dealt)))

    def take_up(self, key: str, who: Person, memes: Sequence[str]) -> None:
        """Let queues give memes again whose save was taken back."""
        with self._mutex:
            for (project, person, _), known in self._dealt.items():
                if (project, person) == (key, who.name):
                    known.difference_update(memes)

    def _choose(
        self,
        session: Session,
        request: Request,
        ranking: Ranking,
        mask: np.ndarray,
        active: Sequence[Lease],
        count: int,
    ) -> list[str]:
        """Return what was sent back, then what the client holds already, then the next ones."""
        ids, me = session.index.ids, request.who.name
        chosen: dict[int, None] = {}
        sent_back = mask & session.states.marks(me).returned
        chosen.update(dict.fromkeys(pick(ranking, sent_back, count)))
        for one in active:
            if (one.person, one.client, one.query) == (me, request.client, request.query):
                place = session.index.place(one.meme)
                if place is not None and place < len(mask) and mask[place]:
                    chosen.setdefault(place)
        if len(chosen) < count:
            rest = mask.copy()
            rest[list(chosen)] = False
            chosen.update(dict.fromkeys(pick(ranking, rest, count - len(chosen))))
        return [ids[place] for place in list(chosen)[:count]]

    def _take_out_dealt(self, mask: np.ndarray, session: Session, request: Request) -> None:
        if request.filters.state != "pending":
            key = (session.project.key, request.who.name, request.query)
            with self._mutex:
                dealt = tuple(self._dealt.get(key, ()))
            mask[session.states.places(dealt)] = False


def make_item(
    session: Session, who: Person, meme: str, *, until: float, ranking: Ranking | None = None
) -> WorkItem:
    """Return a meme with everything that its person is to see, and nothing else."""
    found, project = session.meme(meme), session.project
    standing = session.book.standing(who.name, meme)
    hidden = project.hides(meme)
    suggestions = {} if hidden else session.suggestions(meme)
    shown = standing.draft or standing.latest
    source = standing.skip if standing.state == "skipped" else shown
    return WorkItem(
        meme=replace(found, given={}, gold=False),
        position=(session.index.place(meme) or 0) + 1,
        suggestions=suggestions,
        hidden=hidden,
        model=session.table.model if suggestions else "",
        state=standing.state,
        labels=read_labels(project, shown),
        note="" if source is None else source.note,
        returned=standing.returned is not None,
        return_reason="" if standing.returned is None else standing.returned.note,
        flagged=standing.flag is not None,
        flag_reason="" if standing.flag is None else standing.flag.note,
        lease_until=datetime.fromtimestamp(until, UTC),
        version=project.version,
        order=project.order if ranking is None else ranking.order,
        order_note="" if ranking is None else ranking.note,
    )


def why_closed(project: Project) -> str:
    """Return why a closed project gives nothing out and takes nothing that nobody has open."""
    return (
        f"“{project.title}” is closed: none of its memes is given out, and only what is open "
        "already can still be saved. Choose another project; an admin can open it again."
    )


def why_taken(session: Session, who: Person, meme: str, active: Sequence[Lease]) -> str:
    """Return why a meme cannot go to one person more, in a sentence, or ""."""
    wanted, decided = session.project.wanted(meme), session.book.decided_by(meme)
    held = [one for one in active if one.meme == meme]
    others = _takers(session, meme, held) - {who.name}
    if session.book.adjudicated(meme) is not None:
        return "A reviewer has decided this meme. Go on to the next one."
    if decided >= wanted:
        people = "person has" if wanted == 1 else "people have"
        return f"{wanted} {people} labelled this meme, as many as it needs. Go on to the next one."
    if decided + len(others) < wanted:
        return ""
    ends = [one.until for one in held if one.person in others]
    if not ends:
        return "A reviewer has sent this meme back to somebody else. Go on to the next one."
    time = datetime.fromtimestamp(max(ends), UTC).strftime("%H:%M")
    return f"Somebody else is labelling this meme, until {time} UTC at the latest. Take another."


def check_client(client: str) -> str:
    """Return the name of a browser tab; raise InputError if it is none."""
    if not 1 <= len(client) <= MAX_CLIENT:
        raise InputError(
            f"client has {len(client)} characters; give each browser tab a name of 1 to "
            f"{MAX_CLIENT}."
        )
    return client


def is_own(session: Session, who: Person, meme: str) -> bool:
    """Say whether a person has a place at a meme that nobody can take: decided, or sent back."""
    standing = session.book.standing(who.name, meme)
    return standing.state == "done" or standing.returned is not None


def _grantable(session: Session, request: Request) -> np.ndarray:
    """Return bool (N,): what the filter means, without memes that need nobody new."""
    return np.asarray(request.mask(session) & session.states.reachable(request.who.name))


def _takers(session: Session, meme: str, held: Sequence[Lease]) -> set[str]:
    """Return who has a place at a meme without having decided it: holders, and the awaited."""
    holders = {one.person for one in held if session.book.state(one.person, meme) != "done"}
    place = session.index.place(meme)
    if place is not None and session.states.awaited[place]:
        holders |= session.book.awaited_by(meme)
    return holders


def _take_out_held(
    mask: np.ndarray, session: Session, request: Request, active: Sequence[Lease]
) -> None:
    """Take out what others hold or this person holds in another browser tab."""
    me = request.who.name
    leases: dict[str, list[Lease]] = {}
    for one in active:
        leases.setdefault(one.meme, []).append(one)
    for meme, held in leases.items():
        place = session.index.place(meme)
        if place is None or place >= len(mask) or not mask[place]:
            continue
        own = next((one for one in held if one.person == me), None)
        if own is not None and own.client != request.client:
            mask[place] = False
        elif own is None and not is_own(session, request.who, meme):
            taken = session.book.decided_by(meme) + len(_takers(session, meme, held))
            mask[place] = taken < session.project.wanted(meme)


def _latest(ends: Mapping[str, float]) -> datetime | None:
    return datetime.fromtimestamp(max(ends.values()), UTC) if ends else None
