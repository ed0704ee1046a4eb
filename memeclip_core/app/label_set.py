"""A label set as a person writes it into the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memeclip_core.records.mapping import parse_mapping
from memeclip_core.storage.task_files import parse_task_set, render_task_set
from memeclip_core.tasks import TaskSet

NAME: Final = Path("the label set")
"""What a message about it calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLabels:
    """What a person has written.

    Attributes:
        labels: a task file's YAML.
        moves: where old labels lead, one a line; see ``parse_mapping``.
    """

    labels: str
    moves: str = ""

    @classmethod
    def of(cls, tasks: TaskSet) -> WrittenLabels:
        """Return a task set as it is written, with no label that leads anywhere."""
        return cls(labels=render_task_set(tasks))

    def read(self) -> tuple[TaskSet, dict[str, dict[str, str | None]]]:
        """Return the task set, and old label name to new by task key.

        Raises:
            TaskFileError: if the task set does not hold together.
            ConfigError: naming every line of ``moves`` that cannot be read.
        """
        return parse_task_set(self.labels, NAME), parse_mapping(self.moves.splitlines())
