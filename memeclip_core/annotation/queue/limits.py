"""What a person may be given, whatever else is free: quotas, and memes assigned to others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import BindParameter, Connection, bindparam, exists, select, true

from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.progress import Progress
from memeclip_core.annotation.queue.queries import Lease, count_undecided
from memeclip_core.annotation.queue.session import Session
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import assignment, lease, meme
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Project

_ASSIGNED = "This meme is assigned to somebody else. Go on to the next one."
_ENOUGH = (
    "You have as many memes of this project as were asked of you: {:,}. An admin can raise the "
    "number; what you have decided can still be changed."
)

_PROJECT: BindParameter[str] = bindparam("project")
_BEGUN = Prepared(count_undecided(lease.c.person == bindparam("person")))
_ELSEWHERE = Prepared(
    select(meme.c.id).where(
        meme.c.project == _PROJECT,
        meme.c.id.in_(bindparam("memes", expanding=True)),
        meme.c.assigned == true(),
        ~exists(assignment.c.meme).where(
            assignment.c.project == _PROJECT,
            assignment.c.meme == meme.c.id,
            assignment.c.person == bindparam("person"),
        ),
    )
)


def find_room(session: Session, who: Person, progress: Progress) -> int:
    """Return how many memes more a person with a quota may be given, beside what they hold."""
    begun = count_begun(session.connection, session.project, who.name, session.now)
    return max(0, (progress.room or 0) - begun)


def why_not_theirs(session: Session, who: Person, memes: Sequence[str]) -> dict[str, str]:
    """Return why memes cannot go to a person, whoever else has them, by meme.

    They are assigned to others, or more than the person's quota has room for.
    """
    connection, key = session.connection, session.project.key
    others = select_elsewhere(connection, key, who.name, memes)
    reasons = {meme: _ASSIGNED for meme in memes if meme in others}
    progress = session.progress(who.name)
    if progress.room is not None:
        room = find_room(session, who, progress)
        left = [meme for meme in memes if meme not in others]
        reasons |= {meme: _ENOUGH.format(progress.quota) for meme in left[room:]}
    return reasons


def count_begun(connection: Connection, project: Project, person: str, now: float) -> int:
    """Return how many memes a person holds that are not decided by them or sent back to them."""
    key = project.key
    given = {"project": key, "task_set": project.tasks.key, "person": person, "now": now}
    return int(_BEGUN.rows(connection, **given)[0][0])


def select_elsewhere(
    connection: Connection, project: str, person: str, memes: Sequence[str]
) -> frozenset[str]:
    """Return those of some memes that are assigned to others, and not to this person."""
    found = _ELSEWHERE.rows(connection, project=project, person=person, memes=memes)
    return frozenset(row[0] for row in found)


def why_closed(project: Project) -> str:
    """Return why a closed project gives nothing out and takes nothing that nobody has open."""
    return (
        f"“{project.title}” is closed: none of its memes is given out, and only what is open "
        "already can still be saved. Choose another project; an admin can open it again."
    )


def why_taken(
    project: Project, history: History, who: Person, meme: str, active: Sequence[Lease]
) -> str:
    """Return why a meme cannot go to one person more, in a sentence, or ""."""
    wanted, decided = project.wanted(meme), len(history.decisions)
    held = [one for one in active if one.meme == meme]
    holders = {one.person for one in held if history.standing(one.person).state != "done"}
    others = (holders | history.awaited) - {who.name}
    if history.adjudicated is not None:
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


def is_own(history: History, who: Person) -> bool:
    """Say whether a person has a place at a meme that nobody can take: decided, or sent back."""
    standing = history.standing(who.name)
    return standing.state == "done" or standing.returned is not None
