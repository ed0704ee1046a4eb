"""Images and datasets into a project: kept, read, previewed, predicted, and resumable."""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from memeclip_core.annotation.exchange.import_sources import Candidate, ImportSource
from memeclip_core.annotation.projects.ahead import Ahead
from memeclip_core.annotation.projects.jobs import JobHandle, Stopped
from memeclip_core.annotation.projects.previews import render_preview
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.datasets.label_mapping import label_names, place_folder
from memeclip_core.errors import DatasetError, MemeclipError, OcrError, StoreError
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.image import ImageLimits, content_id
from memeclip_core.memes.text import given_text
from memeclip_core.records.meme import Meme
from memeclip_core.records.project import Labels, Project, ProjectMeme
from memeclip_core.storage.images import ImageStore

UNEXPECTED = "Something unexpected went wrong with this file; the log says where."
BATCH = 32
BATCH_SECONDS = 5.0
"""Memes, and seconds, after which they are put on the disk together: what a kill can cost."""
PREDICTED_EVERY = 256
PARTS = 20
"""Those imported so far are predicted after so many, and at most in so many parts: labelling can
begin long before the end, and the growing file of predictions is not written too often."""

_ID = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What is to be imported.

    Attributes:
        path: an image, a folder, a zip archive, or a dataset's file.
        format, columns, images: see ``ImportSource``.
        gold: whether the labels that come along are the truth that people are measured against.
    """

    path: Path
    format: str | None = None
    columns: Mapping[str, str] | None = None
    images: Path | None = None
    gold: bool = False


class Importer:
    """Carry out imports."""

    def __init__(
        self,
        *,
        projects: ProjectStore,
        images: ImageStore,
        reader: Reader,
        engines: Engines,
        ahead: Ahead,
        limits: ImageLimits,
    ) -> None:
        self._projects = projects
        self._images = images
        self._reader = reader
        self._engines = engines
        self._ahead = ahead
        self._limits = limits

    def run(self, project: Project, order: ImportOrder, handle: JobHandle) -> None:
        """Import everything; what is there already is passed over, so that a kill costs little.

        Raises:
            MemeclipError: if nothing (more) can be imported; what was imported before stays.
        """
        handle.report(0, 0, "listing")
        with ImportSource(
            order.path, format=order.format, columns=order.columns, images=order.images
        ) as source:
            handle.count("listed", len(source.candidates))
            if source.found is not None and source.found.named:
                handle.count("pictures_named", source.found.named)
                handle.count("pictures_found", source.found.found)
                handle.count("pictures_not_named", source.found.unnamed)
            handle.report(0, 2 * len(source.candidates), "starting")
            for failure in source.failures:
                handle.fail(failure.filename, failure.reason)
            for note in source.notes:
                handle.fail(note.filename, note.reason, counted="notes")
            if any(_needs_reading(candidate) for candidate in source.candidates):
                self._engines.ocr()  # says at once, and not for each image, if it is missing
            run = _Run(importer=self, project=project, order=order, handle=handle, source=source)
            run.work()

    def predict(self, project: Project, on_step: _Steps, *, wait: bool) -> None:
        """Predict what was imported."""
        self._ahead.update(project, on_step, wait=wait)

    def read(self, source: ImportSource, candidate: Candidate) -> bytes | None:
        """Return a candidate's image, or ``None``; one that an export names may be kept here."""
        data = source.read(candidate, max_bytes=self._limits.max_bytes)
        content = candidate.row.content if candidate.row else ""
        if data is None and _ID.fullmatch(content):
            return self._images.read(content)
        return data

    def make(self, project: Project, candidate: Candidate, data: bytes | None) -> Meme:
        """Read a candidate: decode it, recognise its text where none is given, keep it."""
        text = given_text(candidate.row.text if candidate.row else None)
        name = candidate.name
        if data is None:
            if text is None:
                lost = f"the image '{candidate.lost}'" if candidate.lost else "an image"
                raise DatasetError(f"There is neither {lost} nor a text.")
            return self._reader.read_meme(None, name, text=text, text_source="file")
        meme = self._reader.read_meme(data, name, text=text, text_source="file")
        loaded = self._reader.load(data)
        self._projects.write_preview(project.key, meme.id, render_preview(loaded.image))
        return meme

    def keep(self, meme: Meme, data: bytes | None) -> str:
        """Keep the original; return its file name, "" without one."""
        if data is None:
            return ""
        return self._images.keep(meme.id, data, self._reader.extension(data), settle=False)

    def add(self, project: Project, memes: list[ProjectMeme]) -> None:
        """Put memes on the disk: images first, since the list must not name what is not there."""
        self._images.settle(meme.image for meme in memes if meme.image)
        self._projects.add(project.key, memes)

    def known(self, project: Project, meme: str) -> ProjectMeme | None:
        """Return a meme of the project."""
        return self._projects.memes(project.key).get(meme)


class _Steps:
    """Count steps of both halves of the work, importing and predicting, on one bar."""

    def __init__(self, handle: JobHandle, listed: int) -> None:
        self._handle = handle
        self._total = 2 * listed
        self._done = 0

    def __call__(self, count: int) -> None:
        self.step(count, "predicting")

    def step(self, count: int, message: str) -> None:
        """Go on; what is passed over on one side never makes the bar overflow."""
        self._done = min(self._total, self._done + count)
        self._handle.report(self._done, self._total, message)

    def end(self) -> None:
        """Fill the bar."""
        self.step(self._total, "done")


@dataclass(slots=True, kw_only=True)
class _Run:
    """One import while it lasts."""

    importer: Importer
    project: Project
    order: ImportOrder
    handle: JobHandle
    source: ImportSource
    _batch: list[ProjectMeme] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)
    _unpredicted: int = 0
    _unpredictable: bool = False
    _flushed: float = 0.0

    def work(self) -> None:
        listed = len(self.source.candidates)
        steps, every = _Steps(self.handle, listed), max(PREDICTED_EVERY, listed // PARTS)
        try:
            for candidate in self.source.candidates:
                self._take(candidate)
                if len(self._batch) >= BATCH or time.monotonic() - self._flushed > BATCH_SECONDS:
                    self._flush()
                steps.step(1, "importing")
                if self._unpredicted >= every:
                    self._flush()
                    self._unpredicted = 0
                    self._predict(steps, wait=False)
        finally:
            self._flush()
        self._predict(steps, wait=True)
        steps.end()

    def _predict(self, steps: _Steps, *, wait: bool) -> None:
        """Predict what is there so far; a model of no use must not keep memes out."""
        if self._unpredictable:
            return
        try:
            self.importer.predict(self.project, steps, wait=wait)
        except (Stopped, StoreError):
            raise
        except MemeclipError as error:
            self._unpredictable = True
            self.handle.fail("suggestions", f"They could not be computed: {error}", counted="notes")

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        if self._batch:
            batch, self._batch = self._batch, []
            self.importer.add(self.project, batch)

    def _take(self, candidate: Candidate) -> None:
        try:
            data = self.importer.read(self.source, candidate)
            own = content_id(data if data is not None else _text(candidate))
            if self._is_known(candidate, own):
                return
            meme = self.importer.make(self.project, candidate, data)
            image = self.importer.keep(meme, data)
        except StoreError:
            raise
        except OcrError as error:
            self.handle.fail(candidate.place, f"Its text could not be read: {error}")
            return
        except MemeclipError as error:
            self.handle.fail(candidate.place, str(error))
            return
        except Exception as error:
            # The error's own words could quote a meme.
            _log.error("%s while importing a file:\n%s", type(error).__name__, where(error))
            self.handle.fail(candidate.place, UNEXPECTED)
            return
        given = self._given(candidate)
        self._batch.append(
            ProjectMeme(
                id=meme.id,
                filename=meme.filename,
                text=meme.text,
                text_source=meme.text_source,
                image=image,
                width=meme.width,
                height=meme.height,
                given=given,
                gold=self.order.gold and bool(given),
                split=candidate.row.split if candidate.row else "",
                added=datetime.now(UTC),
            )
        )
        self._seen[meme.id] = candidate.place
        self._unpredicted += 1
        self.handle.count("added")
        self.handle.count("images" if image else "texts")
        if candidate.lost and not image:
            self.handle.count("image_not_there")

    def _is_known(self, candidate: Candidate, own: str) -> bool:
        """Say whether a meme is there already; take over labels that it lacked."""
        first = self._seen.get(own)
        if first is not None:
            self.handle.fail(
                candidate.place, f"An exact duplicate of {first}.", counted="duplicates"
            )
            return True
        before = self.importer.known(self.project, own)
        if before is None:
            return False
        self._seen[own] = candidate.place
        self.handle.count("known")
        given = self._given(candidate)
        gold = self.order.gold and bool(given)
        if given and (gold > before.gold or not before.given):
            self._batch.append(replace(before, given=given, gold=gold))
            self.handle.count("labels_taken_over")
        return True

    def _given(self, candidate: Candidate) -> Labels:
        """Return the labels that came along, in the project's tasks; name what does not fit."""
        if candidate.row is None:
            return {}
        try:
            row = place_folder(self.project.tasks, candidate.row)
        except DatasetError:
            return {}  # Folders of pictures need not be classes.
        labels: Labels = {}
        for task in self.project.tasks:
            try:
                names = label_names(task, row)
            except DatasetError as error:
                reason = str(error).removeprefix(f"{row.place}, ")
                self.handle.fail(
                    candidate.place, f"Imported without this label: {reason}", counted="unlabelled"
                )
                continue
            if names is not None and self.project.tasks.applies(task.key, labels):
                labels[task.key] = task.check(names)
        return labels


def where(error: Exception) -> str:
    """Return the place of an error without its words."""
    return "".join(traceback.format_tb(error.__traceback__))


def _needs_reading(candidate: Candidate) -> bool:
    return candidate.path is not None and not (candidate.row and candidate.row.text.strip())


def _text(candidate: Candidate) -> bytes:
    return (candidate.row.text if candidate.row else "").encode("utf-8", errors="surrogatepass")
