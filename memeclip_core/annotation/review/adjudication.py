"""Memes on which people disagree, for a reviewer to decide."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.projects.queries import select_memes
from memeclip_core.annotation.review import queries
from memeclip_core.errors import InputError
from memeclip_core.records.case import Case, CasePage, Vote, Which
from memeclip_core.records.decision import Decision
from memeclip_core.records.project import Project, ProjectMeme

MAX_SIZE = 100


def turn_page(
    connection: Connection, project: Project, which: Which,
    *, page: int, size: int, salt: str | None,
) -> CasePage:  # fmt: skip
    """Return one page of the memes that are meant, as ``open_case``; see ``queries.page_cases``."""
    size = min(max(1, size), MAX_SIZE)
    place = project.tasks.key, project.key
    found, page, total = queries.page_cases(
        connection, project.key, project.tasks.key, which, page=page, size=size
    )
    memes = {meme.id: meme for meme in select_memes(connection, project.key, found)}
    said = History.of_many(connection, *place, found)
    return CasePage(
        cases=tuple(
            open_case(project, said[one], memes[one], salt=salt) for one in found if one in memes
        ),
        page=page,
        pages=max(1, -(-total // size)),
        size=size,
        total=total,
    )


def open_case(project: Project, history: History, meme: ProjectMeme, *, salt: str | None) -> Case:
    """Return everything that people said of a meme; ``salt`` hides who, ``None`` does not."""
    names, final = name_people(history, meme.id, salt), history.adjudicated
    cast = [_vote(project, one, names) for one in history.decisions]
    if salt is not None:
        cast.sort(key=lambda vote: vote.name)
    return Case(
        # What the import gave may be the truth that people are measured against.
        meme=replace(meme, given={}, gold=False),
        votes=tuple(cast),
        differ=tuple(task.key for task in project.tasks if _differ(task.key, cast)),
        flags=tuple(replace(_vote(project, one, names), labels={}) for one in history.flags),
        adjudicated=None if final is None else _vote(project, final, names),
        version=project.version,
        blind=salt is not None,
    )


def hide_names(salt: str, meme: str, names: Sequence[str]) -> dict[str, str]:
    """Return a letter for each name: another one on every meme, and the same after a reload.

    Without the project's ``salt`` nobody who knows meme and names can tell whose a letter is.
    """

    def mix(name: str) -> bytes:
        return hashlib.sha256(f"{salt}\n{meme}\n{name}".encode()).digest()

    mixed = sorted(names, key=mix)
    letters = string.ascii_uppercase
    return {
        name: f"Annotator {letters[i] if i < len(letters) else i + 1}"
        for i, name in enumerate(mixed)
    }


def find_annotator(history: History, meme: str, name: str, *, salt: str | None) -> str:
    """Return whose decision a name on the page means; ``salt`` as in ``open_case``.

    Raises:
        InputError: if nobody of this name has decided this meme.
    """
    names = name_people(history, meme, salt)
    real = {names[one.annotator]: one.annotator for one in history.decisions}
    if name not in real:
        raise InputError(
            f"'{name[:80]}' has no decision on this meme that could go back. "
            f"With one: {', '.join(real) or 'nobody'}."
        )
    return real[name]


def name_people(history: History, meme: str, salt: str | None) -> dict[str, str]:
    """Return how to call everybody who decided or flagged a meme; ``salt`` as in ``open_case``."""
    final = history.adjudicated
    said = [*history.decisions, *history.flags, *([] if final is None else [final])]
    names = {one.annotator: one.annotator for one in said}
    return names if salt is None else hide_names(salt, meme, tuple(names))


def _differ(task: str, cast: Sequence[Vote]) -> bool:
    """Say whether people gave different answers; to be asked or not follows from another task."""
    return len({vote.labels[task] for vote in cast if task in vote.labels}) > 1


def _vote(project: Project, decision: Decision, names: dict[str, str]) -> Vote:
    return Vote(
        name=names[decision.annotator],
        labels=project.migrate(decision.labels, decision.version),
        note=decision.note,
        time=decision.time,
        seconds=decision.seconds,
        verdict=decision.verdict,
    )
