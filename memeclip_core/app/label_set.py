"""Label sets: those that are on offer, and one as a person writes it into the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError
from memeclip_core.records.mapping import parse_mapping
from memeclip_core.storage.task_files import (
    find_task_sets,
    parse_task_set,
    read_named_task_set,
    read_task_set,
    render_task_set,
)
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
            ConfigError: naming the lines of ``moves`` that cannot be read.
        """
        return parse_task_set(self.labels, NAME), parse_mapping(self.moves.splitlines())


def find_task_set(key: str, offered: tuple[TaskSet, ...], settings: Settings) -> TaskSet:
    """Return a task set that is on offer or ships; a path is never followed here."""
    found = next((tasks for tasks in offered if tasks.key == key), None)
    if found is not None:
        return found
    shipped = find_task_sets(settings.assets)
    if key in shipped:
        return read_task_set(shipped[key])
    known = ", ".join(dict.fromkeys([*(tasks.key for tasks in offered), *shipped]))
    raise ConfigError(f"There is no task set '{key[:80]}'. On offer: {known}.")


def read_task_sets(settings: Settings) -> tuple[TaskSet, ...]:
    """Return the task sets that the settings offer; raise ConfigError if two have one key."""
    task_sets = tuple(read_named_task_set(name, settings.assets) for name in settings.tasks)
    keys = [tasks.key for tasks in task_sets]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ConfigError(f"The task set '{twice}' is given twice. Name each once.")
    return task_sets
