"""What an export of everything has of a project beside its memes, decisions and comments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from memeclip_core.annotation.projects.meme_changes import select_changes
from memeclip_core.annotation.review.threads import select_resolved
from memeclip_core.annotation.team.queries import (
    select_answers,
    select_assignments,
    select_members,
    select_standings,
)
from memeclip_core.records.project import Project
from memeclip_core.records.schemas import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachments:
    """Files that are written as they are.

    Attributes:
        files: by name.
        pictures: file names of the pictures of the guidelines.
        changes: how many changes of memes there are.
        stamp: tells whether any of this, or who resolved a comment, has changed since.
    """

    files: Mapping[str, bytes]
    pictures: tuple[str, ...]
    changes: int
    stamp: str

    @classmethod
    def read(cls, connection: Connection, project: Project, pictures: Sequence[str]) -> Attachments:
        """Return them as they are now."""
        changes = select_changes(connection, project.key)
        files = {
            "project.json": to_json(project, indent=2),
            "changes.json": to_json(changes, indent=2),
            "team.json": to_json(_read_team(connection, project), indent=2),
        }
        digest = hashlib.sha256()
        for data in (
            *files.values(),
            to_json([pictures, select_resolved(connection, project.key)]),
        ):
            digest.update(hashlib.sha256(data).digest())
        return cls(
            files=files, pictures=tuple(pictures), changes=len(changes), stamp=digest.hexdigest()
        )


def _read_team(connection: Connection, project: Project) -> dict[str, object]:
    """Return who takes part, which memes are assigned to whom, and what was answered in rounds."""
    key = project.key
    return {
        "members": select_members(connection, key, project.tasks.key),
        "assignments": select_assignments(connection, key),
        "qualification": [
            {"person": person, **asdict(standing), "changed": changed, "by": by}
            for person, standing, changed, by in select_standings(connection, key)
        ],
        "gold_answers": select_answers(connection, key),
    }
