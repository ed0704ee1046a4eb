"""``Amendments``: an admin corrects the texts of a project's memes, removes them and restores them.

Invariants: a change and its row of ``meme_change`` are one transaction, which follows all orders
that memes are read in: of the project, of decisions, of predictions and of the queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import CallKind
from memeclip_core.annotation.decisions import queries, states
from memeclip_core.annotation.decisions.progress import count_anew
from memeclip_core.annotation.projects import meme_changes, suggestions
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.queries import select_memes
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.queue.queries import order_of
from memeclip_core.database.engine import keep_order
from memeclip_core.errors import InputError, NotFound
from memeclip_core.memes.text import has_words
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.limits import check_text
from memeclip_core.records.meme import MemeChange
from memeclip_core.records.project import Project, ProjectMeme

MOST_TEXT: Final = 10_000
MOST_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendments:
    """Mend the memes of projects; everything takes an admin.

    Throughout, ``key`` is a project's key and ``meme`` a content id; all raise PermissionDenied for
    whoever is no admin, NotFound if there is no such project or meme, and StoreError if nothing
    could be written.
    """

    people: People
    projects: ProjectStore
    precomputation: Precomputation

    def find(self, who: Person, key: str, name: str) -> tuple[ProjectMeme, str]:
        """Return a meme by content id, the first characters of one, or file name.

        Returns:
            the meme, and why it is removed, or "".

        Raises:
            InputError: if several are called so.
        """
        self._check(who, "mend a meme", spends="read")
        self.projects.read(key)
        with self.projects.reading() as connection:
            found = meme_changes.select_named(connection, key, name.strip(), 2)
            if len(found) > 1:
                raise InputError(
                    f"Several memes are called '{name[:80]}'. Name one by its content id."
                )
            (meme,) = select_memes(connection, key, found, removed=True) if found else (None,)
            if meme is None:
                raise NotFound(
                    f"The project '{key}' has no meme '{name[:80]}'. Name it by its file name, or "
                    f"by {meme_changes.SHORT} or more characters of its content id."
                )
            return meme, meme_changes.find_removal(connection, key, meme.id)

    def changes(self, who: Person, key: str, meme: str = "") -> tuple[MemeChange, ...]:
        """Return what was mended in a project, or of one meme, newest first."""
        self._check(who, "see what was mended", spends="read")
        self.projects.read(key)
        with self.projects.reading() as connection:
            return meme_changes.select_changes(connection, key, meme)

    def removed(self, who: Person, key: str) -> tuple[MemeChange, ...]:
        """Return the memes that are removed from a project now, newest removal first."""
        self._check(who, "see what was removed", spends="read")
        self.projects.read(key)
        with self.projects.reading() as connection:
            return meme_changes.select_removals(connection, key)

    def correct(self, who: Person, key: str, meme: str, text: str) -> MemeChange:
        """Give a meme another text; what models say of it is computed anew.

        Decisions on it stay in the log with the text that they were made on, and teach with the
        new one.

        Raises:
            InputError: if it is its text already, there is none and no picture either, or the meme
                is removed.
            TextError: if it cannot be stored.
        """
        self._check(who, "correct a text")
        check_text(text, "text")
        if len(text) > MOST_TEXT:
            raise InputError(f"The text has {len(text):,} characters; {MOST_TEXT:,} is the most.")
        with self._mending(key, meme) as (connection, project, before, removed):
            if removed:
                raise InputError(f"This meme is removed: {removed}. Restore it first.")
            if text == before.text:
                raise InputError("The meme has this text already.")
            if not before.image and not has_words(text):
                raise InputError("A meme without a picture needs a text.")
            after = replace(before, text=text, text_source="user")
            meme_changes.change_text(connection, key, after)
            change = _note(who, project, before, action="text", before=before.text, after=text)
            meme_changes.add_change(connection, change)
        self.precomputation.look(project)
        return change

    def remove(self, who: Person, key: str, meme: str, reason: str) -> MemeChange:
        """Take a meme out: nobody is given it, and nothing counts or exports it.

        The decisions on it stay in the log.

        Raises:
            InputError: if there is no reason, or the meme is removed already.
        """
        self._check(who, "remove a meme")
        reason = reason.strip()
        check_text(reason, "reason")
        if not 1 <= len(reason) <= MOST_REASON:
            raise InputError(
                f"The reason has {len(reason)} characters; say why in 1 to {MOST_REASON}."
            )
        with self._mending(key, meme) as (connection, project, before, removed):
            if removed:
                raise InputError(f"This meme is removed already: {removed}.")
            place = states.Place(project=key, task_set=project.tasks.key, rules=project)
            states.drop(connection, place, meme)
            meme_changes.take_out(connection, key, meme)
            _count_assigned(connection, project, meme)
            change = _note(who, project, before, action="remove", reason=reason)
            meme_changes.add_change(connection, change)
        return change

    def restore(self, who: Person, key: str, meme: str) -> MemeChange:
        """Put a removed meme back, with what was decided on it; InputError if it is there."""
        self._check(who, "restore a meme")
        with self._mending(key, meme) as (connection, project, before, removed):
            if not removed:
                raise InputError("This meme is not removed.")
            meme_changes.put_back(connection, key, meme)
            place = states.Place(project=key, task_set=project.tasks.key, rules=project)
            states.settle(connection, place, [meme])
            _count_assigned(connection, project, meme)
            change = _note(who, project, before, action="restore")
            meme_changes.add_change(connection, change)
        self.precomputation.look(project)
        return change

    @contextmanager
    def _mending(
        self, key: str, meme: str
    ) -> Iterator[tuple[Connection, Project, ProjectMeme, str]]:
        """Give a transaction, the project, its meme, and why that is removed, or ""."""
        with self.projects.changing(key) as connection:
            for order in (queries.ORDER, suggestions.order_of(key), order_of(key)):
                keep_order(connection, order)
            project = self.projects.read(key, connection)
            found = next(select_memes(connection, key, [meme], removed=True), None)
            if found is None:
                raise NotFound(f"The project '{key}' has no meme '{meme[:80]}'.")
            removed = meme_changes.find_removal(connection, key, meme)
            yield connection, project, found, removed
            suggestions.forget_memes(connection, key, [meme])

    def _check(self, who: Person, what: str, *, spends: CallKind = "save") -> None:
        self.people.require(who, "admin", what, spends=spends)


def _count_assigned(connection: Connection, project: Project, meme: str) -> None:
    """Count people's memes anew if one that came or went is assigned to some of them."""
    if meme_changes.is_assigned(connection, project.key, meme):
        count_anew(connection, project.key, project.tasks.key)


def _note(who: Person, project: Project, meme: ProjectMeme, **rest: Any) -> MemeChange:
    return MemeChange(
        project=project.key, meme=meme.id, filename=meme.filename, time=utc_now(), by=who.name,
        **rest,
    )  # fmt: skip
