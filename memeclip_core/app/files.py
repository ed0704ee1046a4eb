"""Files that a person names: written from the studio, or read into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from memeclip_core.annotation.exchange.hub_dataset import push_dataset
from memeclip_core.app.studio import Studio
from memeclip_core.datasets.formats.text_file import read_text
from memeclip_core.errors import InputError
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.prediction import BroughtIn
from memeclip_core.records.project import MigrationPreview, ProjectContents
from memeclip_core.storage.backup import HubRepository
from memeclip_core.storage.files import atomic_write
from memeclip_core.storage.task_files import read_task_set
from memeclip_core.storage.uploads import hold_file


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


def bring_in_sent(
    studio: Studio, who: Person, key: str, name: str, data: IO[bytes], model: str
) -> tuple[BroughtIn, ...]:
    """Take in a file of predictions that is sent; see ``Suggesters.bring_in``."""
    with hold_file(name, data) as path:
        return studio.suggesters.bring_in(who, key, path, model=model)


def push_export(studio: Studio, key: str, job_id: str, repository: str, *, public: bool) -> int:
    """Send a finished image folder to a dataset repository; see ``push_dataset``.

    Raises:
        JobError: if the export has no file.
        StoreError: if the repository cannot be used.
    """
    archive = studio.projects.export_file(studio.owner(), key, job_id)
    return push_dataset(archive, HubRepository(repository), public=public)


def describe_brought_in(found: Sequence[BroughtIn], say: Callable[[str], str] = str) -> str:
    """Say what was brought in, a sentence for each model; ``say`` puts it in another language."""
    sentence = say(mark("{model}: suggestions for {n} of {all} memes, on {tasks}."))
    return " ".join(
        sentence.format(
            model=one.model, n=f"{one.memes:,}", all=f"{one.total:,}", tasks=", ".join(one.tasks)
        )
        for one in found
    )


def describe_contents(found: ProjectContents, say: Callable[[str], str] = str) -> str:
    """Say in numbers what a deletion takes or took, and what stays, as ``describe_brought_in``."""
    counts = say(
        mark(
            "Memes: {memes}; pictures that nothing else here needs: {pictures}; rows of decisions: "
            "{decisions}, by {people} people; comments: {comments}."
        )
    )
    said = [
        counts.format(
            memes=f"{found.memes:,}", pictures=f"{found.pictures:,}",
            decisions=f"{found.decisions:,}", people=f"{found.people:,}",
            comments=f"{found.comments:,}",
        ),
        say(mark("Models that learnt from it stay, and so do backups.")),
    ]  # fmt: skip
    if found.left:
        said.append(
            say(mark("Some files could not be deleted yet: that is done at the next start."))
        )
    if found.asides:
        aside = say(
            mark("Look at what was kept aside in the home folder: {files} may hold its decisions.")
        )
        said.append(aside.format(files=", ".join(found.asides)))
    return " ".join(said)


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
