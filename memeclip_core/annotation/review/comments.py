"""``Comments``: what people say to one another about a meme, in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from memeclip_core.access.people import People
from memeclip_core.annotation.projects.queries import select_salt
from memeclip_core.annotation.queue.filters import Pool, select_wanted
from memeclip_core.annotation.queue.queries import count_memes
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.annotation.review import threads
from memeclip_core.annotation.review.adjudication import name_people
from memeclip_core.annotation.review.threads import Said, see_thread
from memeclip_core.errors import InputError, NotFound
from memeclip_core.records.comment import Comment, Talk, TalkCounts, Talking, Thread
from memeclip_core.records.decision import Person
from memeclip_core.records.limits import check_text
from memeclip_core.records.queue import QueueFilter

MAX_COMMENT: Final = 2_000
MOST_COMMENTS: Final = 200
"""Of one meme."""
MOST_THREADS: Final = 100
_OPEN = QueueFilter(state=None, comments=True)


class Comments:
    """Threads on the memes of projects, between those who label them and those who review.

    All methods may be called from any thread and take an annotator at least. Reviewers read
    everything; an annotator reads what others say of a meme once they have decided it, so that
    nobody's label is another's, and before that what reviewers answer to their own question.

    Throughout, ``who`` is the person, ``project`` a project's key and ``meme`` a content id of it.
    """

    def __init__(
        self,
        *,
        people: People,
        sessions: Sessions,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._clock = clock

    def talk(self, who: Person, project: str, meme: str, *, blind: bool = False) -> Talk:
        """Return the threads of a meme that the person may read; ``blind`` hides others' names."""
        self._people.require(who, "annotator", "read comments", spends="read")
        with self._sessions.reading(project, who) as session:
            session.meme(meme)
            found = threads.select_talk(session.connection, project, [meme])
            everything = self._reads(session, who, [meme])
            return Talk(
                threads=self._show(session, who, found, everything, blind=blind),
                waits=not everything[meme],
            )

    def threads(
        self, who: Person, project: str, *, which: Talking = "open", limit: int = MOST_THREADS
    ) -> tuple[Thread, ...]:
        """Return a project's newest threads that the person may read, at most 100."""
        if not 1 <= limit <= MOST_THREADS:
            raise InputError(f"limit is {limit}; allowed are 1 to {MOST_THREADS}.")
        self._people.require(who, "annotator", "read comments", spends="read")
        with self._sessions.reading(project, who) as session:
            if which == "answered":
                return self._answered(session, who)[:limit]
            numbers = threads.list_threads(
                session.connection, session.project, who.name,
                everything=self._people.can(who, "reviewer"), resolved=which == "resolved",
                limit=limit,
            )  # fmt: skip
            return self._open(session, who, numbers)

    def counts(self, who: Person, project: str) -> TalkCounts:
        """Return how many memes have an open thread, and how many threads of theirs an answer."""
        self._people.require(who, "annotator", "read comments", spends="read")
        with self._sessions.reading(project, who) as session:
            pool = Pool(session.project, who.name)
            reviewer = self._people.can(who, "reviewer")
            where = select_wanted(pool, _OPEN, reviewer=reviewer, model="")
            return TalkCounts(
                open=count_memes(session.connection, pool, where),
                answered=len(self._answered(session, who)),
            )

    def say(
        self, who: Person, project: str, *, save: str, meme: str, text: str, thread: int = 0
    ) -> Comment:
        """Begin a thread on a meme, or answer in one.

        Args:
            save: the page's own id of the comment: the same one twice counts once.
            text: plain text of at most 2,000 characters.
            thread: the number of an open thread of this meme that the person may read; 0 begins
                one.

        Raises:
            InputError: on no text or too much, on a resolved thread, if the meme has 200 comments,
                or if ``save`` stands for another comment.
            NotFound: if there is no such meme or thread.
        """
        self._people.require(who, "annotator", "comment on memes", spends="save")
        text = _check(text)
        with self._sessions.database.write(threads.order_of(project)) as connection:
            session = self._sessions.within(connection, project, who)
            row = {"event": save, "project": project, "meme": meme, "thread": thread,
                   "person": who.name, "text": text}  # fmt: skip
            said = threads.find_comment(connection, save)
            if said is None:
                session.meme(meme)
                self._check_thread(session, who, meme, thread)
                reviewer = self._people.can(who, "reviewer")
                said = threads.add_comment(connection, **row, time=self._clock(), reviewer=reviewer)
            elif any(getattr(said, name) != value for name, value in row.items()):
                raise InputError(
                    f"The id '{save}' already stands for another comment. Send this one under a "
                    "new id."
                )
        return _comment(said, who, {})

    def resolve(self, who: Person, project: str, *, thread: int, resolved: bool = True) -> None:
        """Say that a thread is settled, or open it again.

        Reviewers may do both, an annotator may resolve a thread that they began.

        Raises:
            PermissionDenied: if the person may not.
            NotFound: if there is no such thread.
        """
        what = "resolve a thread" if resolved else "reopen a thread"
        self._people.require(who, "annotator", what, spends="save")
        with self._sessions.database.write(threads.order_of(project)) as connection:
            session = self._sessions.within(connection, project, who)
            found = threads.select_threads(connection, session.project.key, [thread])
            began = bool(found) and found[0][0].person == who.name
            if not (resolved and began):
                others = f"{what} that somebody else began" if resolved else what
                self._people.require(who, "reviewer", others)
            if not found:
                raise _no_thread(thread)
            if bool(found[0][0].resolved_by) != resolved:
                threads.mark_resolved(connection, thread, who.name if resolved else "")

    # --- parts ------------------------------------------------------------------------------

    def _reads(self, session: Session, who: Person, memes: Sequence[str]) -> dict[str, bool]:
        """Say of which memes the person may read everything."""
        if self._people.can(who, "reviewer"):
            return dict.fromkeys(memes, True)
        decided = threads.select_decided(session.connection, session.project, who.name, memes)
        return {meme: meme in decided for meme in memes}

    def _open(self, session: Session, who: Person, numbers: Iterable[int]) -> tuple[Thread, ...]:
        found = threads.select_threads(session.connection, session.project.key, numbers)
        memes = list(dict.fromkeys(thread[0].meme for thread in found))
        return self._show(session, who, found, self._reads(session, who, memes))

    def _answered(self, session: Session, who: Person) -> tuple[Thread, ...]:
        """Return the open threads of the person in which somebody else answered last."""
        key = session.project.key
        numbers = threads.list_own_threads(session.connection, key, who.name)
        own = self._open(session, who, numbers) if numbers else ()
        return tuple(thread for thread in own if not thread.comments[-1].own)

    def _show(
        self,
        session: Session,
        who: Person,
        found: Sequence[Sequence[Said]],
        everything: Mapping[str, bool],
        *,
        blind: bool = False,
    ) -> tuple[Thread, ...]:
        """Return threads as the person may read them; those of memes that are gone are left out."""
        memes = session.memes(list(everything))
        reviewer = self._people.can(who, "reviewer")
        shown = []
        for thread in found:
            first = thread[0]
            said = see_thread(thread, who.name, everything=everything[first.meme])
            if not said or first.meme not in memes:
                continue
            names = _hide(session, first.meme, thread) if blind else {}
            resolved = first.resolved_by != ""
            by = names.get(first.resolved_by, "A reviewer") if blind else first.resolved_by
            shown.append(
                Thread(
                    number=first.number,
                    meme=first.meme,
                    filename=memes[first.meme].filename,
                    comments=tuple(_comment(one, who, names) for one in said),
                    resolved=resolved,
                    resolved_by=by if resolved else "",
                    resolvable=reviewer or (first.person == who.name and not resolved),
                )
            )
        return tuple(shown)

    def _check_thread(self, session: Session, who: Person, meme: str, thread: int) -> None:
        """Raise an error unless the person may say one thing more here."""
        found = threads.select_talk(session.connection, session.project.key, [meme])
        if sum(map(len, found)) >= MOST_COMMENTS:
            raise InputError(
                f"This meme has {MOST_COMMENTS} comments, as many as it may have. Decide it, or "
                "flag it for a reviewer."
            )
        if not thread:
            return
        everything = self._reads(session, who, [meme])[meme]
        known = next((one for one in found if one[0].number == thread), [])
        if not see_thread(known, who.name, everything=everything):
            raise _no_thread(thread)
        if known[0].resolved_by:
            raise InputError(
                "This thread is resolved. Begin another one, or have a reviewer reopen it."
            )


def _check(text: str) -> str:
    """Return a comment's text without spaces around it; raise InputError if it cannot be one."""
    text = text.strip()
    check_text(text, "comment")
    if not text:
        raise InputError("The comment is empty. Write what is to be said.")
    if len(text) > MAX_COMMENT:
        raise InputError(
            f"The comment has {len(text):,} characters; at most {MAX_COMMENT:,} are allowed."
        )
    return text


def _no_thread(thread: int) -> NotFound:
    return NotFound(f"There is no thread {thread} on this meme. Load its comments again.")


def _hide(session: Session, meme: str, thread: Sequence[Said]) -> dict[str, str]:
    """Return how to call those who said something where names are hidden: as beside their votes."""
    salt = select_salt(session.connection, session.project.key)
    names = name_people(session.histories([meme])[meme], meme, salt)
    for one in thread:
        names[one.person] = "A reviewer" if one.reviewer else names.get(one.person, "An annotator")
    return names


def _comment(said: Said, who: Person, names: Mapping[str, str]) -> Comment:
    own = said.person == who.name
    return Comment(
        number=said.number,
        time=said.time,
        who=said.person if own else names.get(said.person, said.person),
        reviewer=said.reviewer,
        own=own,
        text=said.text,
    )
