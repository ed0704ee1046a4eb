"""A project's labels as files for others: CSV, jsonl, an image folder with its card, everything.

An export grows row by row, and is whole or says that it is partial.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import IO, Final, Literal, get_args

from memeclip_core.annotation.decisions.decided import read_resolved
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.queries import select_memes
from memeclip_core.annotation.exchange.attachments import Attachments
from memeclip_core.annotation.exchange.dataset_card import count_row, render_card, render_contents
from memeclip_core.annotation.exchange.export_rows import (
    COMMENT_COLUMNS,
    DECISION_COLUMNS,
    IMAGES,
    SPREADSHEET,
    ExportRow,
    comment_cells,
    decision_cells,
    meme_columns,
    meme_facts,
    name_apart,
    neutralise_all,
    pridemm_columns,
    pridemm_row,
    to_cell,
)
from memeclip_core.annotation.exchange.taken_home import TAKEN_HOME
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.review.threads import Said, select_talk
from memeclip_core.database.engine import Database
from memeclip_core.database.job_handle import JobHandle, Stopped
from memeclip_core.database.parts import split_values
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.decision import Correction
from memeclip_core.records.job import Progress
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.storage.files import discard, disk_errors, make_folder
from memeclip_core.storage.home import Home, check_name
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import TaskSet

ExportFormat = Literal[
    "pridemm-csv", "csv", "jsonl", "imagefolder", "decisions", "comments", "soft-labels",
    "label-studio", "work", "everything",
]  # fmt: skip
"""``decisions`` is the log of a project, row by row, ``comments`` what people said, ``work`` has a
line for each person and week, ``everything`` is what a deletion asks for; the others have a line
for each meme."""

EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
_ENDINGS = {
    "pridemm-csv": ".csv", "csv": ".csv", "jsonl": ".jsonl", "imagefolder": ".zip",
    "decisions": ".csv", "comments": ".csv", "soft-labels": ".csv", "label-studio": ".json",
    "work": ".csv", "everything": ".zip",
}  # fmt: skip
_LOGS: Final = {"decisions": DECISION_COLUMNS, "comments": COMMENT_COLUMNS}
_WHOLE: Final = ("everything", *_LOGS)
"""The formats that leave nothing out."""
_REMOVED: Final = ("work", *_WHOLE)
"""The formats in which memes that an admin removed come along: work on them was done."""
_PICTURED: Final = ("imagefolder", "everything")
"""The formats that hold images: zip archives."""
REPORTED_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What is to be exported.

    Attributes:
        format: of the file; ``decisions``, ``comments`` and ``everything`` take no other choice.
        unlabelled: whether memes without a decision come along.
        settled: whether only memes come along on which nothing is open; see ``Project.settles``.
        imported: whether labels that an import brought along are told, and stand in where nobody
            decided.
    """

    format: ExportFormat
    unlabelled: bool = False
    settled: bool = False
    imported: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        """The order as words that a job keeps; ``read_export_order`` reads them."""
        choices = {name: "yes" if getattr(self, name) else "" for name in _CHOICES}
        return {"format": self.format, **choices}


_CHOICES = ("unlabelled", "settled", "imported")


def read_export_order(arguments: Mapping[str, str]) -> ExportOrder:
    """Return the order that a job's arguments tell of."""
    choices = {name: bool(arguments.get(name)) for name in _CHOICES}
    return ExportOrder(format=check_format(arguments["format"]), **choices)


class ExportFile:
    """One export while it is written; ``finish`` gives it its name.

    Its methods raise StoreError where the disk fails.

    The image folder is a zip archive: ``images/``, ``metadata.csv`` and ``README.md``; everything
    has the logs and what is attached beside them. Images are stored as they came in. Cells that a
    spreadsheet would run as a formula start with an apostrophe in every CSV file; jsonl holds texts
    as they are. CSV files by themselves start with UTF-8's mark, and what programs read (jsonl, the
    zip archive's) does not.
    """

    def __init__(self, path: Path, tasks: TaskSet, format: ExportFormat) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._tasks = tasks
        self._format = format
        self._zip: zipfile.ZipFile | None = None
        self._sink: IO[str] = io.StringIO(newline="")
        make_folder(path.parent)
        with disk_errors("written", self._part):
            if format in _PICTURED:
                self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_STORED)
            else:
                plain = _ENDINGS[format].startswith(".json")
                encoding = "utf-8" if plain else SPREADSHEET
                self._sink = self._part.open("w", encoding=encoding, newline="")
        self._csv = csv.writer(self._sink, lineterminator="\r\n")
        self._beside = {name: io.StringIO(newline="") for name in _LOGS if format == "everything"}
        for name, sink in self._beside.items():
            csv.writer(sink, lineterminator="\r\n").writerow(_LOGS[name])
        if format == "pridemm-csv":
            self._csv.writerow(pridemm_columns(tasks))
        elif format in _LOGS:
            self._csv.writerow(_LOGS[format])
        elif format not in ("jsonl", *TAKEN_HOME):
            self._csv.writerow(meme_columns(tasks))

    def write(self, text: str) -> None:
        """Write a piece as it is."""
        with disk_errors("written", self._part):
            self._sink.write(text)

    def add(self, row: ExportRow) -> None:
        """Write a row, and its image if this is an image folder."""
        with disk_errors("written", self._part):
            if self._format == "jsonl":
                facts = meme_facts(self._tasks, row)
                self._sink.write(json.dumps(facts, ensure_ascii=False) + "\n")
                return
            if self._format == "pridemm-csv":
                cells = pridemm_row(self._tasks, row)
            else:
                if self._zip is not None and row.image is not None:
                    self._zip.write(row.image, f"{IMAGES}/{row.image.name}")
                facts = meme_facts(self._tasks, row, archived=self._zip is not None)
                cells = [to_cell(value) for value in facts.values()]
            self._csv.writerow(neutralise_all(cells))

    def add_decision(self, row: Correction, name: str, counts: bool) -> None:
        """Write a row of the log; see ``decision_cells``."""
        self._add_line("decisions", decision_cells(row, name, counts))

    def add_comment(self, said: Said, name: str) -> None:
        """Write a comment; see ``comment_cells``."""
        self._add_line("comments", comment_cells(said, name))

    def attach(self, name: str, data: bytes) -> None:
        """Put a file beside the others of everything."""
        if self._zip is not None:
            with disk_errors("written", self._part):
                self._zip.writestr(name, data)

    def finish(self, card: str, *, partial: bool = False) -> str:
        """Close the file and return its name, which says so if it is partial."""
        path = self._path
        if partial:
            path = path.with_name(f"{path.stem}-partial{path.suffix}")
        with disk_errors("written", path):
            if self._zip is not None:
                text = self._sink.getvalue() if isinstance(self._sink, io.StringIO) else ""
                beside = {f"{name}.csv": sink.getvalue() for name, sink in self._beside.items()}
                for name, held in {"metadata.csv": text, "README.md": card, **beside}.items():
                    self._zip.writestr(name, held.encode())
                self._zip.close()
            self._sink.close()
            os.replace(self._part, path)
        return path.name

    def abandon(self) -> None:
        """Close the file, whatever a full disk says to that, and delete what there is of it."""
        for opened in (self._zip, self._sink):
            if opened is not None:
                with suppress(OSError):
                    opened.close()
        discard(self._part)

    def _add_line(self, log: str, cells: Sequence[str]) -> None:
        sink = self._beside.get(log)
        with disk_errors("written", self._part):
            writer = self._csv if sink is None else csv.writer(sink, lineterminator="\r\n")
            writer.writerow(neutralise_all(cells))


class ProjectExports:
    """The finished exports of the projects of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def create(self, key: str, name: str, tasks: TaskSet, format: ExportFormat) -> ExportFile:
        """Begin a file (``name`` without its ending); raise InputError on an unknown format.

        What a kill left of others goes: one export of a project runs at a time.
        """
        path = self._folder(key) / f"{check_name(name, 'export')}{_ENDINGS[check_format(format)]}"
        for left in path.parent.glob("*.part"):
            discard(left)
        return ExportFile(path, tasks, format)

    def path(self, key: str, name: str) -> Path:
        """Return where an export lies; raise StoreError if there is none of this name."""
        if not self.has(key, name):
            raise StoreError(f"The project '{key}' has no export '{name}'. Export it again.")
        return self._folder(key) / name

    def has(self, key: str, name: str) -> bool:
        """Say whether there is an export of this name."""
        return bool(name) and (self._folder(key) / check_name(name, "export")).is_file()

    def hand_out(self, key: str, name: str, folder: Path) -> Path:
        """Copy an export to a folder from which it may be downloaded; return the copy."""
        source = self.path(key, name)
        target = make_folder(folder) / name
        with disk_errors("written", target):
            shutil.copyfile(source, target)
        return target

    def list_pictures(self, key: str) -> tuple[str, ...]:
        """Return the file names of the pictures of a project's guidelines."""
        folder = self._home.project(key) / "guidelines"
        with disk_errors("read", folder):
            return tuple(sorted(path.name for path in folder.glob("*.webp")))

    def read_picture(self, key: str, name: str) -> bytes:
        """Return a picture of a project's guidelines."""
        path = self._home.project(key) / "guidelines" / name
        with disk_errors("read", path):
            return path.read_bytes()

    def _folder(self, key: str) -> Path:
        return self._home.project(key) / "exports"


@dataclass(eq=False, kw_only=True)
class Exporter:
    """Write exports row by row; what is stopped on the way leaves a file that says "partial"."""

    projects: ProjectStore
    exports: ProjectExports
    images: ImageStore
    database: Database

    def run(self, project: Project, order: ExportOrder, handle: JobHandle) -> None:
        """Write the file; it has its name in the job at the end, also if it is stopped.

        Raises:
            Stopped: if somebody asked for that.
            StoreError: if it cannot be written.
        """
        known = self.projects.memes(project.key)
        memes = known.with_removed if order.format in _REMOVED else known.rows
        name = export_name(project, order, handle.job.id)
        file = self.exports.create(project.key, name, project.tasks, check_format(order.format))
        try:
            self._write(project, order, handle, memes, file)
        except BaseException:
            file.abandon()
            raise

    def _write(
        self,
        project: Project,
        order: ExportOrder,
        handle: JobHandle,
        memes: Sequence[ProjectMeme],
        file: ExportFile,
    ) -> None:
        counts: Counter[str] = Counter()
        home = TAKEN_HOME[order.format](project) if order.format in TAKEN_HOME else None
        whole = order.format == "everything"
        if whole:
            self._attach(project, file, handle)
        names = name_apart({meme.id: meme.filename or meme.image for meme in memes})
        place = 0
        try:
            for part in split_values((meme.id for meme in memes), REPORTED_EVERY):
                talk, here = list[list[Said]](), memes[place : place + len(part)]
                with self.database.read() as connection:
                    if order.format in ("comments", "everything"):
                        talk = select_talk(connection, project.key, part)
                    rows = select_memes(connection, project.tasks.key, part, project.key)
                for said in chain.from_iterable(talk):
                    file.add_comment(said, names[said.meme])
                    handle.count("comments" if whole else "rows")
                found = list[ExportRow]()
                for meme in () if order.format == "comments" else here:
                    done = rows.get(meme.id, [])
                    history = History(done)
                    if home is not None:
                        text, lines = home.add(meme, names[meme.id], history, [e for _, e in done])
                        file.write(text)
                        handle.count("rows", lines)
                    elif order.format in _WHOLE:
                        for _, entry in done:
                            file.add_decision(entry, names[meme.id], history.in_force(entry))
                            handle.count("decisions" if whole else "rows")
                    if home is not None or order.format in _LOGS:
                        continue
                    row = self._row(project, meme, names[meme.id], order, history)
                    if row is not None and order.format == "imagefolder" and not meme.image:
                        # It has a line for each image, and nothing else.
                        handle.count("left_out_without_image")
                    elif row is not None:
                        found.append(row)
                pictured = order.format in _PICTURED
                with self.images.lend(row.meme.image for row in found if pictured) as images:
                    for row in found:
                        file.add(replace(row, image=images.get(row.meme.image)))
                        count_row(counts, row)
                        handle.count("rows")
                place += len(part)
                handle.report(Progress(done=place, total=len(memes), message="exporting"))
            if home is not None:
                file.write(home.end())
        except Stopped:
            file.write("" if home is None else home.end())
            card = render_card(project, counts, partial=True)
            handle.change(file=file.finish(card, partial=True))
            raise
        card = render_contents(project) if whole else render_card(project, counts)
        handle.change(file=file.finish(card))

    def _attach(self, project: Project, file: ExportFile, handle: JobHandle) -> None:
        """Put beside its labels what else there is of a project; see ``Attachments``."""
        with self.database.read() as connection:
            found = Attachments.read(connection, project, self.exports.list_pictures(project.key))
        for name, data in found.files.items():
            file.attach(name, data)
        for name in found.pictures:
            file.attach(f"guidelines/{name}", self.exports.read_picture(project.key, name))
        handle.count("changes", found.changes)
        handle.change(stamp=found.stamp)

    def _row(
        self, project: Project, meme: ProjectMeme, name: str, order: ExportOrder, history: History
    ) -> ExportRow | None:
        labelled, whole = read_resolved(project, history), order.format == "everything"
        if labelled is None:
            wanted = whole or order.unlabelled or (order.imported and bool(meme.given))
        else:
            wanted = not order.settled or project.settles(labelled)
        if not wanted:
            return None
        return ExportRow(meme=meme, name=name, labelled=labelled, imported=whole or order.imported)


def check_format(format: str) -> ExportFormat:
    """Return a known export format; raise InputError for any other."""
    for known in EXPORT_FORMATS:
        if format == known:
            return known
    raise InputError(f"Unknown export '{format[:40]}'. Known: {', '.join(EXPORT_FORMATS)}.")


def export_name(project: Project, order: ExportOrder, job: str) -> str:
    """Return an export's name without ending."""
    return f"{project.key}-{order.format}-{job}"
