"""Exports of a project: a file that grows row by row, and is whole or says that it is partial."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, get_args

from memeclip_core.annotation.exchange.export_rows import (
    DECISION_COLUMNS,
    SPREADSHEET,
    choose_split,
    decision_cells,
    label_column,
    label_value,
    list_votes,
    neutralise,
    pridemm_cells,
    pridemm_columns,
    to_cell,
)
from memeclip_core.datasets.formats.image_folder import FILE_NAME
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.decision import Correction, Labelled
from memeclip_core.records.project import Labels, ProjectMeme
from memeclip_core.storage.files import make_folder, store_error
from memeclip_core.storage.home import Home, check_name
from memeclip_core.tasks import TaskSet

ExportFormat = Literal["pridemm-csv", "csv", "jsonl", "imagefolder", "decisions"]
"""``decisions`` is the log of a project, row by row; the others have a line for each meme."""

EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
_ENDINGS = {
    "pridemm-csv": ".csv", "csv": ".csv", "jsonl": ".jsonl", "imagefolder": ".zip",
    "decisions": ".csv",
}  # fmt: skip
IMPORTED = "imported"
"""The status of labels that came with the import, where nobody decided."""

_PARTIAL = "-partial"
IMAGES = "images"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """A meme of an export.

    Attributes:
        meme: the meme.
        name: its file name, which no other meme of the project has.
        labelled: its labels, or ``None`` if nobody decided yet.
        image: where its image lies, or ``None``.
        imported: whether the labels that the import brought along are told, and stand in where
            nobody decided.
    """

    meme: ProjectMeme
    name: str
    labelled: Labelled | None
    image: Path | None
    imported: bool = False


class ExportFile:
    """One export while it is written; ``finish`` gives it its name.

    The image folder is a zip archive: ``images/``, ``metadata.csv`` and ``README.md``. Images are
    stored as they came in. Cells that a spreadsheet would run as a formula start with an
    apostrophe in every CSV file; jsonl holds texts as they are. CSV files by themselves start with
    UTF-8's mark, and what programs read (jsonl, the zip archive's) does not.
    """

    def __init__(self, path: Path, tasks: TaskSet, format: ExportFormat) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._tasks = tasks
        self._format = format
        self._zip: zipfile.ZipFile | None = None
        self._sink: IO[str] = io.StringIO(newline="")
        make_folder(path.parent)
        try:
            if format == "imagefolder":
                self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_STORED)
            else:
                encoding = "utf-8" if format == "jsonl" else SPREADSHEET
                self._sink = self._part.open("w", encoding=encoding, newline="")
        except OSError as error:
            raise store_error("written", self._part, error) from None
        self._csv = csv.writer(self._sink, lineterminator="\r\n")
        if format == "pridemm-csv":
            self._csv.writerow(pridemm_columns(tasks))
        elif format == "decisions":
            self._csv.writerow(DECISION_COLUMNS)
        elif format != "jsonl":
            self._csv.writerow(columns(tasks))

    def add(self, row: ExportRow) -> None:
        """Write a row, and its image if this is an image folder.

        Raises:
            StoreError: if it cannot be written.
        """
        try:
            if self._format == "jsonl":
                self._sink.write(json.dumps(_facts(self._tasks, row), ensure_ascii=False) + "\n")
                return
            if self._format == "pridemm-csv":
                cells = self._pridemm(row)
            else:
                if self._zip is not None and row.image is not None:
                    self._zip.write(row.image, f"{IMAGES}/{row.image.name}")
                cells = [to_cell(value) for value in _facts(self._tasks, row, self._zip).values()]
            self._csv.writerow([neutralise(cell) for cell in cells])
        except OSError as error:
            raise store_error("written", self._part, error) from None

    def add_decision(self, row: Correction, name: str, counts: bool) -> None:
        """Write a row of the log; see ``decision_cells``.

        Raises:
            StoreError: if it cannot be written.
        """
        try:
            self._csv.writerow([neutralise(cell) for cell in decision_cells(row, name, counts)])
        except OSError as error:
            raise store_error("written", self._part, error) from None

    def _pridemm(self, row: ExportRow) -> list[str]:
        columns, facts = pridemm_columns(self._tasks), _facts(self._tasks, row)
        own = pridemm_cells(self._tasks, _as_labelled(row), row.name, row.meme.split)
        cells = dict(zip(columns, own, strict=True))
        cells["status"] = facts["status"]
        if row.labelled is None and not facts["status"]:
            # A word that says "does not apply" would be an answer.
            cells.update({label_column(task): "" for task in self._tasks})
        return list(cells.values())

    def flush(self) -> None:
        """Hand what is written so far to the system, so that a kill leaves it."""
        self._sink.flush()

    def finish(self, card: str, *, partial: bool = False) -> str:
        """Close the file and return its name, which says so if it is partial.

        Raises:
            StoreError: if that fails.
        """
        path = self._path
        if partial:
            path = path.with_name(f"{path.stem}{_PARTIAL}{path.suffix}")
        try:
            if self._zip is not None:
                text = self._sink.getvalue() if isinstance(self._sink, io.StringIO) else ""
                self._zip.writestr("metadata.csv", text.encode())
                self._zip.writestr("README.md", card.encode())
                self._zip.close()
            self._sink.close()
            os.replace(self._part, path)
        except OSError as error:
            raise store_error("written", path, error) from None
        return path.name


class ProjectExports:
    """The finished exports of the projects of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def create(self, key: str, name: str, tasks: TaskSet, format: ExportFormat) -> ExportFile:
        """Begin a file; ``name`` is without its ending.

        Raises:
            InputError: on an unknown format.
            StoreError: if it cannot be written.
        """
        path = self._folder(key) / f"{check_name(name, 'export')}{_ENDINGS[check_format(format)]}"
        return ExportFile(path, tasks, format)

    def path(self, key: str, name: str) -> Path:
        """Return where an export lies.

        Raises:
            StoreError: if there is none of this name.
        """
        path = self._folder(key) / check_name(name, "export")
        if not path.is_file():
            raise StoreError(f"The project '{key}' has no export '{name}'. Export it again.")
        return path

    def rescue(self, key: str, name: str, format: str) -> str:
        """Name what a killed program left of an export; "" if that is of no use.

        A text file keeps its whole lines; a zip archive without its list of files cannot be read.
        """
        path = self._folder(key) / f"{check_name(name, 'export')}{_ENDINGS.get(format, '')}"
        part = path.with_name(path.name + ".part")
        target = path.with_name(f"{path.stem}{_PARTIAL}{path.suffix}")
        try:
            if not part.is_file():
                return target.name if target.is_file() else ""
            if path.suffix == ".zip":
                part.unlink()
                return ""
            data = part.read_bytes()
            with part.open("r+b") as file:
                file.truncate(data.rfind(b"\n") + 1)
            os.replace(part, target)
        except OSError as error:
            raise store_error("written", path, error) from None
        return target.name

    def hand_out(self, key: str, name: str, folder: Path) -> Path:
        """Copy an export to a folder from which it may be downloaded; return the copy.

        Raises:
            StoreError: if there is no such export, or it cannot be copied.
        """
        source = self.path(key, name)
        target = make_folder(folder) / name
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise store_error("written", target, error) from None
        return target

    def _folder(self, key: str) -> Path:
        return self._home.project(key) / "exports"


def check_format(format: str) -> ExportFormat:
    """Return a known export format; raise InputError for any other."""
    for known in EXPORT_FORMATS:
        if format == known:
            return known
    raise InputError(f"Unknown export '{format[:40]}'. Known: {', '.join(EXPORT_FORMATS)}.")


def columns(tasks: TaskSet) -> list[str]:
    """Return the columns of the generic exports."""
    return [
        FILE_NAME, "name", "meme", "text", "text_source", "split",
        *(label_column(task) for task in tasks),
        "status", "votes", "gold", IMPORTED, "annotators", "decided",
    ]  # fmt: skip


def _facts(
    tasks: TaskSet, row: ExportRow, archive: zipfile.ZipFile | None = None
) -> dict[str, Any]:
    """Return a row by column; labels as the dataset writes them, ``None`` where there is none."""
    meme, labelled = row.meme, row.labelled
    given = meme.given if row.imported else {}
    labels = given if labelled is None else labelled.labels
    status = labelled.status if labelled is not None else IMPORTED if given else ""
    return {
        FILE_NAME: f"{IMAGES}/{meme.image}" if archive is not None and meme.image else meme.image,
        "name": row.name,
        "meme": meme.id,
        "text": meme.text,
        "text_source": meme.text_source,
        "split": meme.split or choose_split(meme.id),
        **_by_column(tasks, labels),
        "status": status,
        "votes": None if labelled is None else list_votes(tasks, labelled),
        # People's labels are never the gold that they are measured against.
        "gold": meme.gold and status == IMPORTED,
        IMPORTED: _by_column(tasks, given) if given else None,
        "annotators": 0 if labelled is None else len(labelled.annotators),
        "decided": None if labelled is None else labelled.time.isoformat(),
    }


def _by_column(tasks: TaskSet, labels: Labels) -> dict[str, Any]:
    return {label_column(task): label_value(task, labels.get(task.key)) for task in tasks}


def _as_labelled(row: ExportRow) -> Labelled:
    if row.labelled is not None:
        return row.labelled
    meme = row.meme
    return Labelled(
        meme=meme.id,
        image=meme.image,
        text=meme.text,
        text_source=meme.text_source,
        labels=meme.given if row.imported else {},
        time=meme.added,
        annotators=(),
    )
