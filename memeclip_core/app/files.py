"""Files that a person names: written from the studio, or read into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from memeclip_core.app.studio import Studio
from memeclip_core.datasets.formats.text_file import read_text
from memeclip_core.errors import InputError
from memeclip_core.records.project import MigrationPreview
from memeclip_core.storage.files import atomic_write
from memeclip_core.storage.task_files import read_task_set


def export_labels(studio: Studio, out: Path | None = None, *, decisions: bool = False) -> bytes:
    """Return the labels of the one task set as CSV, and write them to a file if one is named.

    Args:
        studio: with one task set.
        out: the file, or ``None``.
        decisions: whether every single decision is wanted instead of what they add up to.

    Raises:
        InputError: if there are several task sets.
        StoreError: if the file cannot be written.
    """
    if len(studio.task_sets) > 1:
        raise InputError(
            f"--tasks names {len(studio.task_sets)} task sets, and a CSV file has the columns of "
            "one. Export them one after another."
        )
    who, key = studio.owner(), studio.task_sets[0].key
    data = studio.export_decisions(who, key) if decisions else studio.export_corrections(who, key)
    if out is not None:
        atomic_write(out, data)
    return data


def read_guidelines(studio: Studio, key: str, file: Path) -> None:
    """Make the text of a Markdown file a project's guidelines.

    Raises:
        DatasetError: if it cannot be read.
    """
    studio.projects.change(studio.owner(), key, guidelines=read_text(file))


def migrate_project(
    studio: Studio,
    key: str,
    labels: Path,
    mapping: Mapping[str, Mapping[str, str | None]],
    *,
    apply: bool,
) -> MigrationPreview:
    """Give a project the label set of a task file; without ``apply``, say what would change.

    Raises:
        TaskFileError: if the file does not hold together.
        InputError: if the mapping does not fit.
    """
    tasks = read_task_set(labels)
    do = studio.projects.migrate if apply else studio.projects.preview_migration
    return do(studio.owner(), key, tasks, mapping)
