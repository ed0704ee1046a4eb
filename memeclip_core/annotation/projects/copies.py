"""``Copies``: another project with the rules, label set, guidelines and memes of one there is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from memeclip_core.access.people import People
from memeclip_core.annotation.projects.illustrations import Illustrations
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import InputError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Duplicate projects; it takes an admin."""

    people: People
    projects: ProjectStore
    illustrations: Illustrations
    precomputation: Precomputation

    def make(self, who: Person, key: str, *, new: str, title: str = "") -> Project:
        """Duplicate a project without its decisions; suggestions are computed in the background.

        Memes that were removed from it are not in the copy, and texts are those of today.

        Args:
            who: an admin.
            key: the project's.
            new: the key of the copy.
            title: its title; "" for "Copy of" that of the project.

        Raises:
            PermissionDenied: if the person is no admin.
            InputError: if there is no such project, it is a demo, or the key is taken or of no use.
            StoreError: if it cannot be written; there is no copy then.
        """
        self.people.require(who, "admin", "duplicate a project", spends="job")
        source = self.projects.read(key)
        if source.demo:
            raise InputError("The demo cannot be duplicated. Make a project of your own memes.")
        named = title.strip() or f"Copy of {source.title}"
        made = replace(
            source, key=new, title=named, created=utc_now(), by=who.name, closed=False, version=1,
            migrations=(),
        )  # fmt: skip
        self.projects.create(made, memes_of=key)
        self.illustrations.copy(key, new)
        self.precomputation.look(made)
        return made
