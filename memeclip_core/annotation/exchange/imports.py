"""Images and datasets into a project: kept, read, previewed, predicted, and resumable."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from memeclip_core.annotation.exchange.import_sources import (
    Candidate,
    ImportOrder,
    ImportSource,
    read_order,
)
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.store import ProjectStore, render_preview
from memeclip_core.database.job_handle import JobHandle, Stopped
from memeclip_core.datasets.label_mapping import is_meant, label_names, place_folder
from memeclip_core.errors import DatasetError, MemeclipError, OcrError, StoreError, log_unexpected
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.reading import Reader, file_ending
from memeclip_core.memes.image import ImageLimits, content_id
from memeclip_core.memes.text import given_text
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Meme
from memeclip_core.records.project import Labels, Project, ProjectMeme
from memeclip_core.storage.images import ImageStore

UNEXPECTED = "Something unexpected went wrong with this file; the log says where."
BATCH = 256
BATCH_SECONDS = 5.0
"""Memes, and seconds, after which they are put on the disk together: what a kill can cost."""
PREDICTED_EVERY = 256
PARTS = 20
"""Those imported so far are predicted after so many, and at most in so many parts: labelling can
begin long before the end, and the growing file of predictions is not written too often."""

_ID = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Carry out imports with these parts."""

    projects: ProjectStore
    images: ImageStore
    reader: Reader
    engines: Engines
    precomputation: Precomputation
    limits: ImageLimits

    @staticmethod
    def reaches(job: Job) -> bool:
        """Say whether what a job imports lies on a disk of this machine."""
        order = read_order(job.arguments)
        return all(path.exists() for path in (order.path, order.images) if path is not None)

    def run(self, project: Project, order: ImportOrder, handle: JobHandle) -> None:
        """Import everything; what is there already is passed over, so that a kill costs little.

        Raises:
            MemeclipError: if nothing (more) can be imported; what was imported before stays.
        """
        handle.report(Progress(done=0, total=0, message="listing"))
        with ImportSource(order) as source:
            handle.count("listed", len(source.candidates))
            if source.found is not None and source.found.named:
                handle.count("pictures_named", source.found.named)
                handle.count("pictures_found", source.found.found)
                handle.count("pictures_not_named", source.found.unnamed)
            handle.report(Progress(done=0, total=2 * len(source.candidates), message="starting"))
            for failure in source.failures:
                handle.fail(failure.filename, failure.reason)
            for note in source.notes:
                handle.fail(note.filename, note.reason, counted="notes")
            if any(_needs_reading(candidate) for candidate in source.candidates):
                self.engines.ocr()  # says at once, and not for each image, if it is missing
            _Run(parts=self, project=project, gold=order.gold, handle=handle, source=source).work()


@dataclass(slots=True, kw_only=True)
class _Run:
    """One import while it lasts."""

    parts: Importer
    project: Project
    gold: bool
    handle: JobHandle
    source: ImportSource
    _batch: list[ProjectMeme] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)
    _known: Mapping[str, bool | None] = field(default_factory=dict)
    _unpredicted: int = 0
    _unpredictable: bool = False
    _flushed: float = 0.0
    _done: int = 0

    def work(self) -> None:
        listed = len(self.source.candidates)
        every = max(PREDICTED_EVERY, listed // PARTS)
        # Only one import of a project runs at a time.
        self._known = self.parts.projects.memes(self.project.key).given()
        self._flushed = time.monotonic()
        try:
            for candidate in self.source.candidates:
                self._take(candidate)
                if len(self._batch) >= BATCH or time.monotonic() - self._flushed > BATCH_SECONDS:
                    self._flush()
                self._step(1, "importing")
                if self._unpredicted >= every:
                    self._flush()
                    self._unpredicted = 0
                    self._predict(wait=False)
        finally:
            self._flush()
        self._predict(wait=True)
        self._step(2 * listed, "done")

    def _step(self, count: int, message: str = "predicting") -> None:
        """Go on: both halves of the work, importing and predicting, are steps of one bar.

        What is passed over on one side never makes it overflow.
        """
        total = 2 * len(self.source.candidates)
        self._done = min(total, self._done + count)
        self.handle.report(Progress(done=self._done, total=total, message=message))

    def _predict(self, *, wait: bool) -> None:
        """Predict what is there so far; a model of no use must not keep memes out."""
        if self._unpredictable:
            return
        try:
            self.parts.precomputation.update(self.project, self._step, wait=wait)
        except (Stopped, StoreError):
            raise
        except MemeclipError as error:
            self._unpredictable = True
            self.handle.fail("suggestions", f"They could not be computed: {error}", counted="notes")

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        if self._batch:
            batch, self._batch = self._batch, []
            # Images first, since the list must not name what is not there.
            self.parts.images.settle(meme.image for meme in batch if meme.image)
            self.parts.projects.add(self.project.key, batch)

    def _take(self, candidate: Candidate) -> None:
        try:
            if candidate.row is not None and not is_meant(self.project.tasks, candidate.row):
                self.handle.count("others")
                return
            data = self._read(candidate)
            own = content_id(data if data is not None else _text(candidate))
            if self._is_known(candidate, own):
                return
            meme = self._make(candidate, data)
            image = ""
            if data is not None:
                extension = file_ending(self.parts.reader.load(data))
                image = self.parts.images.keep(meme.id, data, extension, settle=False)
        except StoreError:
            raise
        except OcrError as error:
            self.handle.fail(candidate.place, f"Its text could not be read: {error}")
            return
        except MemeclipError as error:
            self.handle.fail(candidate.place, str(error))
            return
        except Exception as error:
            log_unexpected(_log, error, "a file could not be imported")
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
                gold=self.gold and bool(given),
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

    def _read(self, candidate: Candidate) -> bytes | None:
        """Return a candidate's image, or ``None``; one that an export names may be kept here."""
        data = self.source.read(candidate, max_bytes=self.parts.limits.max_bytes)
        content = candidate.row.content if candidate.row else ""
        if data is None and _ID.fullmatch(content):
            return self.parts.images.read(content)
        return data

    def _make(self, candidate: Candidate, data: bytes | None) -> Meme:
        """Read a candidate: decode it, recognise its text where none is given, keep a preview."""
        text = given_text(candidate.row.text if candidate.row else None)
        if data is None and text is None:
            lost = f"the image '{candidate.lost}'" if candidate.lost else "an image"
            raise DatasetError(f"There is neither {lost} nor a text.")
        reader = self.parts.reader
        meme, loaded = reader.read(data, candidate.name, text=text, text_source="file", keep=True)
        if loaded is not None:
            preview = render_preview(loaded.image)
            self.parts.projects.write_preview(self.project.key, meme.id, preview)
        return meme

    def _is_known(self, candidate: Candidate, own: str) -> bool:
        """Say whether a meme is there already; take over labels that it lacked."""
        first = self._seen.get(own)
        if first is not None:
            self.handle.fail(
                candidate.place, f"An exact duplicate of {first}.", counted="duplicates"
            )
            return True
        if own not in self._known:
            return False
        self._seen[own] = candidate.place
        self.handle.count("known")
        given = self._given(candidate)
        gold = self.gold and bool(given)
        before = self._known[own]
        if given and (before is None or gold > before):
            known = self.parts.projects.memes(self.project.key).many([own]).get(own)
            if known is not None:  # else an admin removed it
                self._batch.append(replace(known, given=given, gold=gold))
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


def _needs_reading(candidate: Candidate) -> bool:
    return candidate.path is not None and not (candidate.row and candidate.row.text.strip())


def _text(candidate: Candidate) -> bytes:
    return (candidate.row.text if candidate.row else "").encode("utf-8", errors="surrogatepass")
