"""``Team``: who takes part in a project, how much is asked of whom, and which memes go to whom.

Invariants: what can go to whom changes in a transaction that follows both those that add decisions
and those that give memes out, so that nobody is given a meme that is assigned to others, and what
is counted of people holds at any moment.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import CallKind
from memeclip_core.annotation.decisions.progress import count_anew
from memeclip_core.annotation.decisions.queries import ORDER
from memeclip_core.annotation.queue.filters import Pool, select_wanted
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.annotation.team import queries
from memeclip_core.annotation.team.qualification import Qualification
from memeclip_core.errors import InputError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.queue import QueueFilter
from memeclip_core.records.team import Assigned, Member, Share

MOST_QUOTA = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Team:
    """Members, quotas and assignments of projects.

    All methods may be called from any thread and take an admin. Throughout, ``who`` is the person
    who asks, ``key`` a project's key, and people are named as they sign in.

    Attributes:
        people: checks roles, and knows who can sign in.
        sessions: the projects.
        chance: deals memes.
    """

    people: People
    sessions: Sessions
    chance: random.Random = field(default_factory=random.SystemRandom)

    @property
    def qualification(self) -> Qualification:
        """Who has to qualify before real work, and who has."""
        return Qualification(people=self.people, sessions=self.sessions)

    def members(self, who: Person, key: str) -> tuple[Member, ...]:
        """Return a project's members, by name."""
        self._check(who, "see who takes part in a project", "read")
        with self.sessions.reading(key, who) as session:
            return _list(session)

    def change(
        self,
        who: Person,
        key: str,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        quotas: Mapping[str, int] | None = None,
    ) -> tuple[Member, ...]:
        """Add and remove members, and say how many memes they decide at most.

        Whoever is removed lets go of what they hold and is assigned nothing any more; their
        decisions stay.

        Args:
            who, key: see ``Team``.
            add: who becomes a member.
            remove: who is one no more.
            quotas: by person, who becomes a member with it; 0 is any number.

        Returns:
            the members as they are then.

        Raises:
            InputError: if somebody is not known or no member, or a quota is out of range.
        """
        self._check(who, "change who takes part in a project", "save")
        quotas = quotas or {}
        for name in dict.fromkeys([*add, *quotas]):
            if not name.strip() or not self.people.knows(name):
                raise InputError(
                    f"Nobody signs in as '{name[:80]}'. Write the name as it is in the list of "
                    "people, or add the person there first."
                )
        for name, quota in quotas.items():
            if not 0 <= quota <= MOST_QUOTA:
                raise InputError(
                    f"The quota of '{name[:80]}' is {quota}; allowed are 0 to {MOST_QUOTA:,}, and "
                    "0 is any number."
                )
        with self._changing(who, key) as session:
            connection = session.connection
            known = {one.person for one in _list(session)}
            strangers = [name for name in remove if name not in known]
            if strangers:
                raise InputError(
                    f"'{strangers[0][:80]}' is no member of '{key}'. Members: "
                    f"{', '.join(sorted(known)) or 'none'}."
                )
            names = dict.fromkeys([*add, *quotas])
            queries.insert_members(connection, key, names, since=utc_now(), by=who.name)
            queries.update_quotas(connection, key, quotas)
            if remove:
                queries.delete_members(connection, key, remove)
                self._unassign(session, remove)
            return _list(session)

    def assign(
        self,
        who: Person,
        key: str,
        people: Sequence[str],
        *,
        filters: QueueFilter | None = None,
        share: Share | None = None,
    ) -> Assigned:
        """Give memes to people, dealt at random and in equal parts; nobody else is given them.

        A meme that several people label goes to as many of those named. Memes that are assigned
        already, or that somebody has open, are passed over.

        Args:
            who, key: see ``Team``.
            people: to whom; members, where only those see the project.
            filters: which memes, of those that can go to one person more; ``None`` for all.
            share: how many of them.

        Raises:
            InputError: if nobody is named or somebody is no member, or there is no such meme.
            ConfigError: if the share is out of range.
        """
        self._check(who, "assign memes", "save")
        names = list(dict.fromkeys(people))
        if not names:
            raise InputError("Nobody is named. Name at least one person to assign memes to.")
        filters = filters or QueueFilter(state=None)
        with self._changing(who, key) as session:
            self._check_people(session, names)
            pool = Pool(session.project, who.name, filters.annotator)
            where = select_wanted(pool, filters, reviewer=True, model=session.model)
            free = queries.select_free(session.connection, pool, where, session.now)
            chosen = self.chance.sample(free, (share or Share()).of(len(free)))
            pairs = self._deal(session, chosen, names)
            if not pairs:
                raise InputError(
                    "There is no meme to assign: those that are meant have all the decisions they "
                    "need, are assigned already, or somebody has them open."
                )
            queries.insert_assignments(session.connection, key, pairs)
            self._count(session)
        parts = Counter(person for _, person in pairs)
        return Assigned(
            memes=len({meme for meme, _ in pairs}), people={name: parts[name] for name in names}
        )

    def unassign(self, who: Person, key: str, people: Sequence[str]) -> int:
        """Take what is assigned to people from them; return how many memes go to everybody again.

        What they have decided stays.
        """
        self._check(who, "assign memes", "save")
        with self._changing(who, key) as session:
            return self._unassign(session, people)

    def _deal(
        self, session: Session, memes: Sequence[tuple[str, int]], people: Sequence[str]
    ) -> list[tuple[str, str]]:
        """Return memes with the people whose turn it is, as many as each meme takes."""
        key, task_set = session.project.key, session.project.tasks.key
        engaged = queries.select_engaged(session.connection, key, task_set, people)
        begin, pairs = 0, list[tuple[str, str]]()
        for meme, wanted in memes:
            turn = [*people[begin:], *people[:begin]]
            chosen = [person for person in turn if (meme, person) not in engaged][:wanted]
            pairs += [(meme, person) for person in chosen]
            if chosen:
                begin = people.index(chosen[-1]) + 1
        return pairs

    def _unassign(self, session: Session, people: Sequence[str]) -> int:
        freed = queries.delete_assignments(session.connection, session.project.key, people)
        self._count(session)
        return freed

    def _count(self, session: Session) -> None:
        count_anew(session.connection, session.project.key, session.project.tasks.key)

    def _check_people(self, session: Session, names: Sequence[str]) -> None:
        members = {one.person for one in _list(session)}
        for name in names:
            if not self.people.knows(name):
                raise InputError(f"Nobody signs in as '{name[:80]}'. Write the name as they do.")
            if session.project.members_only and name not in members:
                raise InputError(
                    f"'{name[:80]}' is no member of '{session.project.key}' and does not see it. "
                    "Add the person to its members first."
                )

    @contextmanager
    def _changing(self, who: Person, key: str) -> Iterator[Session]:
        with self.sessions.database.write(ORDER) as connection:
            session = self.sessions.within(connection, key, who)
            session.lock()
            yield session

    def _check(self, who: Person, what: str, spends: CallKind) -> None:
        self.people.require(who, "admin", what, spends=spends)


def _list(session: Session) -> tuple[Member, ...]:
    project = session.project
    return queries.select_members(session.connection, project.key, project.tasks.key)
