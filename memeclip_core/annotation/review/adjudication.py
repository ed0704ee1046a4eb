"""Memes on which people disagree, for a reviewer to decide."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.projects.memes import Memes
from memeclip_core.annotation.review.votes import Votes, tabulate
from memeclip_core.errors import InputError
from memeclip_core.evaluation.set_agreement import compute_dispute
from memeclip_core.records.case import Case, CasePage, Vote, Which
from memeclip_core.records.decision import Decision
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.tasks import TaskSet

MAX_SIZE = 100


def find_cases(votes: Votes, book: Book, tasks: TaskSet, which: Which) -> tuple[str, ...]:
    """Return the memes that are meant."""
    if which == "flagged":
        return book.flagged_memes()
    if which == "adjudicated":
        return tuple(reversed(book.adjudicated_memes()))
    disputes = np.zeros(len(votes.memes))
    for task in tasks:
        asked = tabulate(votes, task)
        apart = np.nan_to_num(compute_dispute(asked.answers, asked.sets))
        # The number of tasks counts first; how far people differ on them decides between equals.
        disputes[asked.rows] += np.where(apart > 0, 1 + apart / (len(tasks) + 1), 0)
    disputes[votes.adjudicated] = 0
    places = np.flatnonzero(disputes)
    order = places[np.argsort(-disputes[places], kind="stable")]
    return tuple(votes.memes[place] for place in order)


def turn_page(
    found: Sequence[str], project: Project, book: Book, memes: Memes,
    *, page: int, size: int, salt: str | None,
) -> CasePage:  # fmt: skip
    """Return one page of the memes found, as ``open_case``; beyond either end it is that end."""
    size = min(max(1, size), MAX_SIZE)
    pages = max(1, -(-len(found) // size))
    page = min(max(1, page), pages)
    asked = found[(page - 1) * size : page * size]
    shown = memes.many(asked)
    return CasePage(
        cases=tuple(
            open_case(project, book, shown[meme], salt=salt) for meme in asked if meme in shown
        ),
        page=page,
        pages=pages,
        size=size,
        total=len(found),
    )


def open_case(project: Project, book: Book, meme: ProjectMeme, *, salt: str | None) -> Case:
    """Return everything that people said of a meme; ``salt`` hides who, ``None`` does not."""
    names, final = _name_people(book, meme.id, salt), book.adjudicated(meme.id)
    cast = [_vote(project, one, names) for one in book.decisions(meme.id)]
    if salt is not None:
        cast.sort(key=lambda vote: vote.name)
    return Case(
        # What the import gave may be the truth that people are measured against.
        meme=replace(meme, given={}, gold=False),
        votes=tuple(cast),
        differ=tuple(task.key for task in project.tasks if _differ(task.key, cast)),
        flags=tuple(replace(_vote(project, one, names), labels={}) for one in book.flags(meme.id)),
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


def find_annotator(book: Book, meme: str, name: str, *, salt: str | None) -> str:
    """Return whose decision a name on the page means; ``salt`` as in ``open_case``.

    Raises:
        InputError: if nobody of this name has decided this meme.
    """
    names = _name_people(book, meme, salt)
    real = {names[one.annotator]: one.annotator for one in book.decisions(meme)}
    if name not in real:
        raise InputError(
            f"'{name[:80]}' has no decision on this meme that could go back. "
            f"With one: {', '.join(real) or 'nobody'}."
        )
    return real[name]


def _name_people(book: Book, meme: str, salt: str | None) -> dict[str, str]:
    """Return how to call everybody who said something of a meme."""
    final = book.adjudicated(meme)
    said = [*book.decisions(meme), *book.flags(meme), *([] if final is None else [final])]
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
