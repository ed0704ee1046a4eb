"""A project's labels as files for others: CSV, jsonl, an image folder with its card."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import get_args

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.decisions.decided import read_resolved
from memeclip_core.annotation.decisions.log import CorrectionStore
from memeclip_core.annotation.exchange.export_files import (
    IMPORTED,
    ExportFormat,
    ExportRow,
    ProjectExports,
    check_format,
)
from memeclip_core.annotation.exchange.export_rows import label_column, name_apart
from memeclip_core.annotation.projects.jobs import JobHandle, Stopped
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.records.decision import Labelled, Status
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.storage.images import ImageStore

REPORTED_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What is to be exported.

    Attributes:
        format: of the file; ``decisions`` takes no other choice.
        unlabelled: whether memes without a decision come along.
        settled: whether only memes come along on which nothing is open; see ``Project.settles``.
        imported: whether labels that an import brought along are told, and stand in where nobody
            decided.
    """

    format: ExportFormat
    unlabelled: bool = False
    settled: bool = False
    imported: bool = False


class Exporter:
    """Write exports row by row; what is stopped on the way leaves a file that says "partial"."""

    def __init__(
        self,
        *,
        projects: ProjectStore,
        exports: ProjectExports,
        images: ImageStore,
        log: CorrectionStore,
    ) -> None:
        self._projects = projects
        self._exports = exports
        self._images = images
        self._log = log

    def book(self, project: Project) -> Book:
        """Return what people decided in a project."""
        return self._log.ledger().book(project.tasks.key, project.key)

    def labelled(self, project: Project, meme: str) -> Labelled | None:
        """Return a meme's labels as they read now: adjudicated, or else the majority's."""
        return read_resolved(project, self.book(project), meme)

    def run(self, project: Project, order: ExportOrder, handle: JobHandle) -> None:
        """Write the file; it has its name in the job at the end, also if it is stopped.

        Raises:
            Stopped: if somebody asked for that.
            StoreError: if it cannot be written.
        """
        memes = self._projects.memes(project.key).rows
        name = export_name(project, order, handle.job.id)
        file = self._exports.create(project.key, name, project.tasks, check_format(order.format))
        counts: Counter[str] = Counter()
        names = name_apart({meme.id: meme.filename or meme.image for meme in memes})
        try:
            for place, meme in enumerate(memes, start=1):
                if order.format == "decisions":
                    for entry in self._log.rows_of(project.key, meme.id):
                        in_force = self.book(project).in_force(entry)
                        file.add_decision(entry, names[meme.id], in_force)
                        handle.count("rows")
                elif row := self._row(project, meme, names[meme.id], order):
                    if order.format == "imagefolder" and not meme.image:
                        # It has a line for each image, and nothing else.
                        handle.count("left_out_without_image")
                    else:
                        file.add(row)
                        _count(counts, row)
                        handle.count("rows")
                if place % REPORTED_EVERY == 0 or place == len(memes):
                    file.flush()
                    handle.report(place, len(memes), "exporting")
        except Stopped:
            card = render_card(project, counts, partial=True)
            handle.name_file(file.finish(card, partial=True))
            raise
        handle.name_file(file.finish(render_card(project, counts)))

    def _row(
        self, project: Project, meme: ProjectMeme, name: str, order: ExportOrder
    ) -> ExportRow | None:
        labelled = self.labelled(project, meme.id)
        if labelled is None:
            wanted = order.unlabelled or (order.imported and bool(meme.given))
        else:
            wanted = not order.settled or project.settles(labelled)
        if not wanted:
            return None
        image = self._images.path(meme.id) if order.format == "imagefolder" else None
        return ExportRow(
            meme=meme, name=name, labelled=labelled, image=image, imported=order.imported
        )


def export_name(project: Project, order: ExportOrder, job: str) -> str:
    """Return an export's name without ending."""
    return f"{project.key}-{order.format}-{job}"


def render_card(project: Project, counts: Counter[str], *, partial: bool = False) -> str:
    """Return the dataset card: front matter that the Hub reads, then what people want to know.

    It holds counts and the names of labels, and no text of any meme.
    """
    rows = counts["rows"]
    lines = [
        "---",
        f"pretty_name: {json.dumps(project.title, ensure_ascii=False)}",
        "task_categories:",
        "- image-classification",
        "tags:",
        "- memes",
        "- not-for-all-audiences",
        "configs:",
        "- config_name: default",
        "  drop_labels: true",
        "---",
        "",
        f"# {_plain(project.title)}",
        "",
        "Memes may be hateful or hurtful; look at them with that in mind.",
        "",
        f"{rows} memes, {counts['labelled']} of them labelled by people, of which "
        f"{counts['several']} by more than one. Where several people decided, a reviewer's "
        "decision counts, or else the majority for each task; where people are even the task has "
        "no label.",
    ]
    by_status = [f"{counts[name]} {name}" for name in (*get_args(Status), IMPORTED) if counts[name]]
    if by_status:
        lines += ["", f"Memes by status: {', '.join(by_status)}."]
    if partial:
        lines += ["", "**This export is partial**: it was stopped before its end."]
    lines += [
        "",
        f"Label set: {_plain(project.tasks.title)}, version {project.version}.",
        "",
        "| task | label | memes |",
        "|---|---|---|",
    ]
    lines += [
        f"| {_plain(task.title)} | {_plain(label.display)} (`{_code(label.value)}`) "
        f"| {counts[f'{task.key}/{label.name}']} |"
        for task in project.tasks
        for label in task.labels
    ]
    lines += [
        "",
        "## Columns of metadata.csv",
        "",
        "- `file_name`: the image; its name is the SHA-256 of its bytes. `name`: as it came in.",
        "- `text`, `text_source`: what is written on it, and who read it.",
        "- `split`: as the source says; else `val` for the fifth that models never train on.",
        *(f"- `{_code(label_column(task))}`: {_describe(task.kind)}" for task in project.tasks),
        "- `status`: `single` (one person decided), `unanimous`, `majority`, `tie` (people are "
        "even on a task), `adjudicated` (a reviewer decided) or `imported` (nobody decided, and "
        "the labels came with the import). `votes`: what people answered, the latest last.",
        "- `gold`: whether the labels here are imported ones that people are measured against. "
        "`imported`: the labels of the import, if they were asked for. `annotators`: how many "
        "people decided. `decided`: when, in UTC.",
        "",
        "An apostrophe in front of a cell keeps spreadsheets from running it as a formula.",
        "",
    ]
    if project.guidelines.strip():
        lines += ["## Guidelines", "", project.guidelines.strip(), ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return a title on one line, with nothing in it that Markdown or HTML would obey."""
    return re.sub(r"([\\`*_{}\[\]()<>#|~!&])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """Return a word as it may stand between backticks in a table."""
    return " ".join(text.split()).replace("`", "'").replace("|", "\\|")


def _describe(kind: str) -> str:
    if kind == "multilabel":
        return (
            "a JSON list of labels; `[]` says that none holds, an empty cell that nobody decided."
        )
    return "one label; an empty cell says that nobody decided or that the task does not apply."


def _count(counts: Counter[str], row: ExportRow) -> None:
    counts["rows"] += 1
    labels = row.meme.given if row.imported else {}
    if row.labelled is not None:
        labels = row.labelled.labels
        counts["labelled"] += 1
        counts["several"] += len(row.labelled.annotators) > 1
        counts[row.labelled.status] += 1
    elif labels:
        counts[IMPORTED] += 1
    for task, names in labels.items():
        counts.update(f"{task}/{name}" for name in names)
