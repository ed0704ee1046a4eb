"""``Deletions``: a project goes with all that was done in it, once everything is exported.

Invariants: one transaction, which follows all orders that a project is written in, deletes the rows
and writes down what is left to clear. Whoever starts next goes on with that: a kill between any two
steps leaves nothing behind. Nothing of a deleted project comes back: see ``DecisionLog.join``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, literal, select

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.queries import ORDER
from memeclip_core.annotation.exchange.attachments import Attachments
from memeclip_core.annotation.exchange.exports import ProjectExports
from memeclip_core.annotation.projects import suggestions
from memeclip_core.annotation.projects.queries import count_contents, select_memes
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.queue.queries import order_of
from memeclip_core.annotation.review import threads
from memeclip_core.database.deletions import (
    Deleted,
    list_deletions,
    select_deleted,
    select_used,
    write_deleted,
)
from memeclip_core.database.engine import Database, keep_order
from memeclip_core.database.jobs import Jobs
from memeclip_core.database.queries import select_jobs
from memeclip_core.errors import InputError, JobError, StoreError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Project, ProjectContents
from memeclip_core.storage.images import ImageStore

_KINDS: Final = ("import", "export", "predict")
_EXPORTED: Final = {"rows": "memes", "decisions": "exported", "comments": "comments"}
"""What an export of everything counts, by what there is; its stamp tells of all else."""
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletions:
    """Delete projects; it takes an admin.

    Attributes:
        jobs: of projects; none of the project may be under way.
        place: what tells this home from others that share the database; "" where none does.
    """

    people: People
    database: Database
    projects: ProjectStore
    exports: ProjectExports
    images: ImageStore
    log: DecisionLog
    jobs: Jobs
    place: str = ""

    def look(self, who: Person, key: str) -> ProjectContents:
        """Return what would go with a project.

        Raises:
            PermissionDenied: if the person is no admin.
            NotFound: if there is no such project.
        """
        self.people.require(who, "admin", "delete a project", spends="read")
        project = self.projects.read(key)
        with self.database.read() as connection:
            return self._look(connection, project)

    def make(self, who: Person, key: str, *, confirm: str) -> ProjectContents:
        """Delete a project, and return what has gone with it.

        Models that were trained on its decisions stay as they are, and so do backups.

        Args:
            who: an admin.
            key: the project's.
            confirm: the key once more.

        Raises:
            PermissionDenied: if the person is no admin.
            InputError: if there is no such project, it is not confirmed, or something of it is in
                no export of everything; a demo needs none.
            JobError: if something is being worked out for it.
            StoreError: if nothing could be deleted.
        """
        self.people.require(who, "admin", "delete a project", spends="job")
        self.projects.read(key)
        if confirm != key:
            raise InputError(
                f"It is '{confirm[:80]}' that was confirmed, and the key of the project is "
                f"'{key}'. Write the key to delete it."
            )
        self.jobs.live(key)  # lets go of what a process that is gone had
        with self.projects.changing(key) as connection:
            own = suggestions.order_of(key), order_of(key), threads.order_of(key)
            for order in (ORDER, *own, "lessons", "jobs"):
                keep_order(connection, order)
            project = self.projects.read(key, connection)
            if running := select_jobs(connection, _KINDS, key, live=True):
                raise JobError(
                    f"The project '{key}' is being worked on ({running[0].job.kind}). Wait for "
                    "that or stop it, and delete the project then."
                )
            found = self._look(connection, project)
            if not found.export and not project.demo:
                raise InputError(
                    f"Not all of '{key}' is exported. Export everything and save the file: it is "
                    "all that will be left."
                )
            memes = tuple(meme.id for meme in select_memes(connection, key, removed=True))
            _delete(connection, key)
            gone = Deleted(
                time=utc_now().isoformat(), by=who.name, decisions=found.decisions,
                memes=found.memes, left=memes,
            )  # fmt: skip
            write_deleted(connection, key, gone)
        _log.info("deleted the project %s: %d decisions", key, found.decisions)
        try:
            asides = self.log.forget()
            self._clear(key, gone)
        except StoreError as error:
            _log.warning("what is left of %s goes at the next start: %s", key, error)
            return replace(found, left=True)
        return replace(found, asides=asides if found.decisions and not project.demo else ())

    def complete(self) -> None:
        """Clear what is left of deleted projects, such as after a kill.

        Where several servers share a database, each clears its own home when it starts.

        Raises:
            StoreError: if something could not be cleared; the next start tries again.
        """
        with self.database.read() as connection:
            gone = {
                key: one
                for key, one in select_deleted(connection).items()
                if one.left is not None and self.place not in one.cleared
            }
        if gone:
            self.log.join()  # which writes corrections.csv without them
        for key, one in gone.items():
            self._clear(key, one)

    def _look(self, connection: Connection, project: Project) -> ProjectContents:
        counts, export = count_contents(connection, project), ""
        now = Attachments.read(connection, project, self.exports.list_pictures(project.key))
        for claim in select_jobs(connection, ["export"], project.key):
            job = claim.job
            whole = job.state == "done" and job.arguments.get("format") == "everything"
            counted = all(job.counts.get(a, 0) == counts[b] for a, b in _EXPORTED.items())
            if whole and counted and job.stamp == now.stamp:
                export = job.id if self.exports.has(project.key, job.file) else ""
                break
        return ProjectContents(
            memes=counts["memes"], pictures=counts["pictures"], decisions=counts["decisions"],
            people=counts["people"], comments=counts["comments"], export=export,
        )  # fmt: skip

    def _clear(self, key: str, gone: Deleted) -> None:
        """Delete the files of a project, and what another process wrote of it meanwhile."""
        self.projects.clear(key)
        # A picture that is being imported elsewhere may have no row yet: it is looked at again.
        importing = any(job.kind == "import" for job in self.jobs.live())
        with self.projects.changing(key) as connection:
            keep_order(connection, ORDER)
            _delete(connection, key)
            if importing:
                return
            left = frozenset(gone.left or ())
            self.images.discard(left - select_used(connection, left))
            if self.database.embedded:
                write_deleted(connection, key, replace(gone, left=None))
            elif self.place:
                now = select_deleted(connection)[key]
                cleared = tuple({*now.cleared, self.place})
                write_deleted(connection, key, replace(now, cleared=cleared))


def _delete(connection: Connection, key: str) -> None:
    if connection.dialect.name == "sqlite":
        # Otherwise what is deleted stays readable in the file until something else is written.
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    for deletion in list_deletions(select(literal(key))):
        connection.execute(deletion)
