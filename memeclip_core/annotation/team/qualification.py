"""``Qualification``: the round on gold memes that a new annotator goes through before real work.

Invariants: what is answered in a round is no decision: it stands in ``gold_answer`` alone, which
nothing else counts. A meme is answered once in a try, and what its gold is is told in the answer
to that and nowhere before. A try takes memes that the person has not answered in an earlier one as
long as there are any. Answers are added in a transaction of the log's order, one after the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.entry import Entry, check_entry
from memeclip_core.annotation.decisions.queries import ORDER, select_saves
from memeclip_core.annotation.projects.queries import select_gold
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.annotation.review.votes import known_answer
from memeclip_core.annotation.team import queries
from memeclip_core.annotation.team.queries import Answered, Standing
from memeclip_core.errors import ConfigError, InputError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Labels, Project
from memeclip_core.records.team import Feedback, GoldAnswer, Qualified, Round, RoundState

FIRST = (
    "A qualification round comes first in this project: you answer gold memes before anything "
    "else. Ask for the next meme."
)
_FAILED = (
    "You did not pass the qualification round of this project and have no try left. An admin can "
    "let you try again."
)
_NOTHING_ELSE = "In a qualification round a meme is answered, and nothing else."
_NOT_ASKED = "This meme is none that the qualification round asks of you. Go on to the next one."


@dataclass(frozen=True, kw_only=True)
class Qualification:
    """Who is in a project's qualification round, what comes next in it, and what came of it.

    Reviewers and admins are exempt, and so is whoever has decided something in the project, unless
    an admin asks them to begin anew. All methods may be called from any thread; those that take a
    session work within its transaction.

    Attributes:
        people: checks roles, and knows who can sign in.
        sessions: the projects.
    """

    people: People
    sessions: Sessions

    # --- for whoever labels ---------------------------------------------------------------------

    def find(self, session: Session, who: Person) -> Round | None:
        """Return the round that a person has to go through first; ``None`` for none (any more)."""
        project = session.project
        if not project.qualify or self.people.can(who, "reviewer"):
            return None
        standing = queries.read_standing(session.connection, project.key, who.name)
        if standing is None:
            progress = session.progress(who.name)
            if progress.done or progress.returned:
                return None
            standing = Standing()
        if standing.passed:
            return None
        answered = queries.select_answers(
            session.connection, project.key, who.name, attempt=standing.attempt
        )
        return Round(
            state=_judge(project, standing),
            memes=project.qualify,
            share=project.qualify_share,
            answered=len(answered),
            attempt=standing.tries + 1,
            tries=project.qualify_tries,
        )

    def refuse(self, session: Session, who: Person) -> None:
        """Raise InputError if a person is in the round, where nothing but answers is taken."""
        if (found := self.find(session, who)) is not None:
            raise InputError(_FAILED if found.state == "failed" else _NOTHING_ELSE)

    def list_due(self, session: Session, who: Person, asked: Round) -> list[str]:
        """Return the memes of the running try that are not answered yet, in their order.

        Raises:
            InputError: if the project has fewer gold memes than a try takes.
        """
        if asked.state == "failed":
            return []
        due, known = self._find_due(session, who), _read_gold(session.connection, session.project)
        if len(known) < asked.memes:
            raise InputError(
                f"The qualification round of this project asks for {asked.memes:,} gold memes, and "
                f"it has {len(known):,}. An admin imports more of them, or asks for fewer."
            )
        return due

    def check_open(self, session: Session, who: Person, asked: Round, meme: str) -> None:
        """Raise InputError unless a meme is one that the round asks of a person now."""
        if meme not in self.list_due(session, who, asked):
            raise InputError(_FAILED if asked.state == "failed" else FIRST)

    def answer(
        self, session: Session, who: Person, entry: Entry, *, qualifies: bool
    ) -> Feedback | None:
        """Take an answer in and return what the gold says; ``None`` where it is a real decision.

        That is a decision outside the round, and one on a meme that was given out before there was
        a round. The same answer twice counts once, and of two to one meme in a try the first.

        Args:
            session: of a transaction of the log's order.
            who: the person.
            entry: what was sent.
            qualifies: whether the meme was given out as one of the round.

        Raises:
            LabelError: on an unknown task or label, or a task that applies and has no answer.
            InputError: if it is no answer to a meme of the round, was made under an older label
                set, or its id stands for something else.
        """
        asked = self.find(session, who)
        if not qualifies and (asked is None or _was_begun(session, who, entry)):
            return None
        if entry.action != "label":
            raise InputError(_NOTHING_ELSE)
        connection, key = session.connection, session.project.key
        known = queries.find_answer(connection, entry.save)
        if known is not None:
            if (known.project, known.person, known.meme) != (key, who.name, entry.meme):
                raise InputError(
                    f"The save '{entry.save}' already stands for another answer. Save this one "
                    "under a new id."
                )
            return self._tell(session, known)
        if asked is None or entry.meme not in self._find_due(session, who):
            before = queries.select_answers(connection, key, who.name, meme=entry.meme)
            if not before:
                raise InputError(_NOT_ASKED if asked is None or asked.state == "open" else _FAILED)
            return self._tell(session, before[-1], repeated=True)
        if entry.version not in (None, session.project.version):
            raise InputError(
                f"The label set was changed meanwhile (version {session.project.version}, yours "
                f"is {entry.version}). Reload the page and answer this meme again."
            )
        return self._tell(session, self._add(session, who, entry))

    # --- for admins -----------------------------------------------------------------------------

    def results(self, who: Person, key: str) -> tuple[Qualified, ...]:
        """Return how everybody has done who has begun with the round, by name."""
        self.people.require(who, "admin", "see who has qualified", spends="read")
        with self.sessions.reading(key, who) as session:
            return self._list(session)

    def let_pass(self, who: Person, key: str, people: Sequence[str]) -> tuple[Qualified, ...]:
        """Let people pass without (the rest of) the round; return how everybody has done."""
        return self._decide(who, key, people, passed=True)

    def reset(self, who: Person, key: str, people: Sequence[str]) -> tuple[Qualified, ...]:
        """Let people begin anew with all tries, also those who have passed or need no round.

        What they hold and have decided stays theirs. Gold memes that they have answered come last.
        """
        return self._decide(who, key, people, passed=False)

    def _decide(
        self, who: Person, key: str, people: Sequence[str], *, passed: bool
    ) -> tuple[Qualified, ...]:
        self.people.require(who, "admin", "decide who has qualified", spends="save")
        names = dict.fromkeys(people)
        if not names:
            raise InputError("Nobody is named. Name at least one person.")
        for name in names:
            if not name.strip() or not self.people.knows(name):
                raise InputError(f"Nobody signs in as '{name[:80]}'. Write the name as they do.")
        with self.sessions.database.write(ORDER) as connection:
            session = self.sessions.within(connection, key, who)
            for name in names:
                standing = queries.read_standing(connection, key, name) or Standing()
                attempt, forgiven = standing.attempt, standing.forgiven
                if not passed:
                    begun = queries.select_answers(connection, key, name, attempt=attempt)
                    attempt += bool(begun)
                    forgiven = attempt
                queries.write_standing(
                    connection, key, name, Standing(passed, attempt, forgiven), utc_now(), who.name
                )
            return self._list(session)

    def _list(self, session: Session) -> tuple[Qualified, ...]:
        project, found = session.project, list[Qualified]()
        for person, standing, changed, by in queries.select_standings(
            session.connection, project.key
        ):
            answers = queries.select_answers(session.connection, project.key, person)
            last = [one for one in answers if one.attempt == answers[-1].attempt]
            found.append(
                Qualified(
                    person=person,
                    state=_judge(project, standing),
                    tries=standing.tries,
                    answered=len(last),
                    hits=sum(one.hits for one in last),
                    asked=sum(one.asked for one in last),
                    changed=changed,
                    by=by,
                )
            )
        return tuple(found)

    # --- steps ----------------------------------------------------------------------------------

    def _find_due(self, session: Session, who: Person) -> list[str]:
        """Return what is left of the running try: first what was answered in no earlier one.

        Where fewer memes are asked than are answered already, one more ends the try.
        """
        connection, project = session.connection, session.project
        standing = queries.read_standing(connection, project.key, who.name) or Standing()
        if _judge(project, standing) != "open":
            return []
        answers = queries.select_answers(connection, project.key, who.name)
        seen = {one.meme: one.attempt + 1 for one in answers}
        now = {one.meme for one in answers if one.attempt == standing.attempt}
        left = [meme for meme in _read_gold(connection, project) if meme not in now]
        left.sort(key=lambda meme: (seen.get(meme, 0), _shuffle(project.key, who.name, meme)))
        return left[: max(1, project.qualify - len(now))]

    def _add(self, session: Session, who: Person, entry: Entry) -> Answered:
        """Add an answer; the last one of a try ends it."""
        connection, project = session.connection, session.project
        standing = queries.read_standing(connection, project.key, who.name) or Standing()
        labels = check_entry(project.tasks, entry)
        gold = _read_gold(connection, project)[entry.meme]
        added = Answered(
            project=project.key,
            person=who.name,
            attempt=standing.attempt,
            meme=entry.meme,
            save=entry.save,
            time=datetime.fromtimestamp(session.now, UTC),
            labels=labels,
            gold=gold,
            asked=len(gold),
            hits=sum(labels.get(task) == answer for task, answer in gold.items()),
        )
        queries.insert_answer(connection, added)
        answers = queries.select_answers(
            connection, project.key, who.name, attempt=standing.attempt
        )
        if len(answers) >= project.qualify:
            hits, asked = sum(one.hits for one in answers), sum(one.asked for one in answers)
            passed = hits >= project.qualify_share * asked - 1e-9
            standing = Standing(passed, standing.attempt + 1, standing.forgiven)
        queries.write_standing(connection, project.key, who.name, standing, added.time, "")
        return added

    def _tell(self, session: Session, one: Answered, *, repeated: bool = False) -> Feedback:
        """Return what the gold said when a meme was answered, and how the try stands."""
        connection, project = session.connection, session.project
        answers = queries.select_answers(connection, project.key, one.person, attempt=one.attempt)
        standing = queries.read_standing(connection, project.key, one.person) or Standing()
        state: RoundState = "open"
        if one.attempt < standing.attempt:
            last = one.attempt == standing.attempt - 1
            state = "passed" if standing.passed and last else "failed"
        return Feedback(
            answers=tuple(
                GoldAnswer(
                    task=task,
                    chosen=one.labels.get(task),
                    gold=gold,
                    right=one.labels.get(task) == gold,
                )
                for task, gold in one.gold.items()
            ),
            hits=sum(each.hits for each in answers),
            asked=sum(each.asked for each in answers),
            state=state,
            left=max(0, project.qualify_tries - standing.tries - (state == "open")),
            repeated=repeated,
        )


def check_round(connection: Connection | None, project: Project, before: Project) -> None:
    """Raise ConfigError unless a project has the gold memes that a changed round asks for.

    Every try takes other ones, as the answers of a try are told. A project that is not made yet
    (no ``connection``) has none.
    """
    needed = project.qualify * project.qualify_tries
    if needed <= before.qualify * before.qualify_tries:
        return
    if connection is None:
        raise ConfigError(
            f"'{project.key}' is new and has no gold memes yet, and a qualification round of "
            f"{project.qualify:,} with {project.qualify_tries} tries takes {needed:,}. Create it "
            "without a round, import memes with labels as gold, and set the round then."
        )
    there = len(_read_gold(connection, project))
    if there < needed:
        raise ConfigError(
            f"A qualification round of {project.qualify:,} gold memes with {project.qualify_tries} "
            f"tries takes {needed:,}, as every try has other ones, and '{project.key}' has "
            f"{there:,}. Import more memes with labels as gold, or ask for fewer memes or tries."
        )


def _judge(project: Project, standing: Standing) -> RoundState:
    if standing.passed:
        return "passed"
    return "failed" if standing.tries >= project.qualify_tries else "open"


def _read_gold(connection: Connection, project: Project) -> dict[str, Labels]:
    """Return what is right on the gold memes, by meme, as far as it applies; those with nothing
    that the label set knows are left out."""
    found = {
        meme: _known(project, given) for meme, given in select_gold(connection, project.key).items()
    }
    return {meme: labels for meme, labels in found.items() if labels}


def _known(project: Project, given: Mapping[str, tuple[str, ...]]) -> Labels:
    labels: Labels = {}
    for task in project.tasks:
        answer = known_answer(task, given.get(task.key))
        if answer is not None and project.tasks.applies(task.key, labels):
            labels[task.key] = answer
    return labels


def _was_begun(session: Session, who: Person, entry: Entry) -> bool:
    """Say whether an entry is real work from before the round: saved already, or held lately."""
    if select_saves(session.connection, [entry.save]).get(entry.save):
        return True
    return queries.was_held(session.connection, session.project.key, who.name, entry.meme)


def _shuffle(project: str, person: str, meme: str) -> str:
    """Return what puts memes into an order of a person's own, the same at every look."""
    return hashlib.sha256(f"{project}\n{person}\n{meme}".encode()).hexdigest()
