"""A studio without models and without a disk, for tests of what the page shows and asks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from memeclip_core.config import ROOT, Settings
from memeclip_core.errors import InputError, JobError, PermissionDenied, StoreError, TextError
from memeclip_core.fold import fold_decisions, fold_labels, fold_saves
from memeclip_core.image import load_image
from memeclip_core.records import (
    ClassScore,
    Correction,
    Job,
    Labelled,
    Meme,
    Metric,
    ModelInfo,
    Person,
    Prediction,
    Progress,
    SaveReceipt,
    TaskComparison,
    TaskPrediction,
    Word,
)
from memeclip_core.service.status import StudioStatus
from memeclip_core.stores.task_files import read_task_set
from memeclip_core.tasks import Task, TaskSet

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
ROLES = ("visitor", "annotator", "admin")
OCR_TEXT = "WHEN THE TESTS\nPASS AT ONCE"


def scores(task: Task, winner: int = 0, lead: float = 0.7) -> tuple[ClassScore, ...]:
    """Give one class ``lead`` of the probability and share the rest out evenly."""
    others = (1 - lead) / (len(task.labels) - 1)
    return tuple(
        ClassScore(
            label=label.name,
            display=label.display,
            probability=lead if n == winner else others,
            cosine=0.42 if n == winner else -0.1 - 0.01 * n,
        )
        for n, label in enumerate(task.labels)
    )


def answer(tasks: TaskSet, task: Task, found: int = 0, model: str = "starter-1") -> TaskPrediction:
    """Return a prediction of the class with the id ``found``; of two classes if multilabel."""
    many = task.kind == "multilabel"
    names = task.names[found : found + 2] if many else (task.names[found],)
    return TaskPrediction(
        task=task.key,
        title=task.title,
        kind=task.kind,
        labels=names,
        scores=scores(task, found),
        threshold=0.3 if many else None,
        applies=True,
        reason="",
        reads="text",
        model=model,
    )


def prediction(tasks: TaskSet, meme: Meme, model: str = "starter-1") -> Prediction:
    """Answer every task with its first class, or with the last where the text says HATE."""
    found = -1 if "HATE" in meme.text else 0
    items = tuple(
        answer(tasks, task, found % len(task.labels) if task.key == "hate" else 0, model)
        for task in tasks
    )
    notes = ("These heads read the text only.",)
    return Prediction(
        meme=meme, task_set=tasks.key, tasks=items, model=model, encoder="fake", notes=notes
    )


def model_info(version: str, state: Any, task_set: str = "pridemm") -> ModelInfo:
    """Describe a model whose hate head was measured on ten rows."""
    metric = Metric(name="accuracy", value=0.7, n=10, low=0.4, high=0.9)
    return ModelInfo(
        version=version,
        task_set=task_set,
        origin="retrained" if version.startswith("re") else "starter",
        state=state,
        encoder="fake",
        head="memeclip",
        reads="text",
        created=NOON,
        metrics={"hate": (metric,)},
        facts={"rows": "10"},
    )


class FakeStudio:
    """Answers like a studio, from memory; ``calls`` lists what was asked of the model."""

    def __init__(self, *, role: str = "admin", home: Path = Path("memeclip-data")) -> None:
        names = ("pridemm", "propaganda")
        self.settings = Settings(home=home, port=0)
        self.task_sets = tuple(read_task_set(ROOT / "assets/tasks" / f"{n}.yaml") for n in names)
        self.role = role
        self.calls: list[tuple[str, str | None]] = []
        self.log: list[Correction] = []
        self.active, self.waiting = "starter-1", ""
        self.running: Job | None = None
        self.done: list[Job] = []
        self.ocr_fails = False

    def task_set(self, key: str) -> TaskSet:
        return next(item for item in self.task_sets if item.key == key)

    def owner(self) -> Person:
        return Person(name="local", role=self.role)  # type: ignore[arg-type]

    def person(self, name: str | None) -> Person:
        return self.owner()

    def can(self, who: Person, role: str) -> bool:
        return ROLES.index(who.role) >= ROLES.index(role)

    def write_reason(self, who: Person) -> str:
        return "" if self.can(who, "annotator") else "Nobody may change anything here."

    def sign_in(self, name: str, password: str) -> bool:
        return password == "right"

    def warm_up(self) -> None:
        self.calls.append(("warm_up", None))

    def status(self, task_set: str) -> StudioStatus:
        labelled = self.corrections(task_set)
        return StudioStatus(
            task_set=task_set,
            encoder="fake",
            fingerprint="0123456789ab",
            ocr="rapidocr",
            model=model_info(self.active, "active", task_set),
            corrected=len(labelled),
            held_out=len(labelled) // 5,
            new=len(labelled),
            retrain_reason="" if labelled else "There are no corrections to learn from yet.",
            job=self.running,
            candidate=model_info(self.waiting, "candidate", task_set) if self.waiting else None,
            warm=True,
        )

    # --- predict ---

    def open_image(self, data: bytes, filename: str) -> Meme:
        image = load_image(data)
        return Meme(
            id=image.content_id,
            filename=filename,
            text="",
            text_source="none",
            width=image.width,
            height=image.height,
        )

    def picture(self, data: bytes) -> Image.Image:
        return load_image(data).image

    def read_meme(
        self,
        data: bytes | None,
        filename: str,
        *,
        text: str | None = None,
        text_source: Any = "user",
    ) -> Meme:
        if data is None:
            if not text:
                raise TextError("There is neither image nor text.")
            return Meme(id="0" * 64, filename=filename, text=text, text_source="user")
        if self.ocr_fails and text is None:
            raise TextError("The text reader is missing.")
        meme = self.open_image(data, filename)
        words = (
            Word(text="WHEN", box=(10, 10, 60, 30), confidence=0.9),
            Word(text="<b>", box=(70, 10, 110, 30), confidence=0.7),
        )
        if text is None:
            return dataclasses.replace(meme, text=OCR_TEXT, text_source="rapidocr", words=words)
        return dataclasses.replace(meme, text=text, text_source=text_source)

    def predict(
        self,
        data: bytes | None,
        filename: str,
        *,
        task_set: str,
        text: str | None = None,
        text_source: Any = "user",
        model: str | None = None,
    ) -> Prediction:
        self.calls.append(("predict", text))
        meme = self.read_meme(data, filename, text=text, text_source=text_source)
        return prediction(self.task_set(task_set), meme, self.active)

    # --- correct ---

    def _need(self, who: Person, role: str) -> None:
        if not self.can(who, role):
            raise PermissionDenied(f"This takes the role {role}.")

    def correct(
        self,
        who: Person,
        *,
        prediction: Prediction,
        data: bytes | None,
        labels: dict[str, tuple[str, ...]],
        note: str = "",
    ) -> SaveReceipt:
        self._need(who, "annotator")
        tasks = self.task_set(prediction.task_set)
        labels = {key: names for key, names in labels.items() if tasks.applies(key, labels)}
        now = NOON + timedelta(seconds=len(self.log))
        saved = fold_decisions(self.log, tasks.key).get((who.name, prediction.meme.id))
        if saved and (saved.labels, saved.note) == (labels, note):
            return SaveReceipt(save=saved.save, time=saved.time, rows=0, total=len(self.log))
        save = f"s{len(self.log)}"
        self.log += [
            Correction(
                event=f"{save}-{key}",
                save=save,
                time=now,
                annotator=who.name,
                action="label",
                meme=prediction.meme.id,
                image="x.png",
                text=prediction.meme.text,
                text_source=prediction.meme.text_source,
                task_set=tasks.key,
                task=key,
                predicted=prediction.task(key).labels,
                probability=prediction.task(key).probability,
                model=prediction.model,
                labels=names,
                note=note,
            )
            for key, names in labels.items()
        ]
        return SaveReceipt(save=save, time=now, rows=len(labels), total=len(self.log))

    def undo(self, who: Person, *, task_set: str) -> SaveReceipt:
        self._need(who, "annotator")
        saves = fold_saves(self.log, task_set)
        if not saves:
            raise InputError("There is nothing to take back.")
        rows = [r for r in self.log if r.save == saves[-1].save]
        self.log += [dataclasses.replace(r, event=f"u{r.event}", action="retract") for r in rows]
        return SaveReceipt(save=saves[-1].save, time=NOON, rows=len(rows), total=len(self.log))

    def corrections(self, task_set: str) -> tuple[Labelled, ...]:
        return fold_labels(self.log, task_set)

    def history(self, task_set: str, limit: int = 50) -> tuple[Correction, ...]:
        return tuple(r for r in reversed(self.log) if r.task_set == task_set)[:limit]

    def current_labels(
        self, task_set: str, meme_id: str, annotator: str
    ) -> dict[str, tuple[str, ...]] | None:
        found = fold_decisions(self.log, task_set).get((annotator, meme_id))
        return found.labels if found else None

    def export_corrections(self, task_set: str) -> bytes:
        return b"name,hate\nx.png,1\n"

    # --- teach: a job ends when it has been looked at three times ---

    def start_retrain(self, who: Person, task_set: str) -> Job:
        self._need(who, "admin")
        if self.running:
            raise JobError("Another retraining is running.")
        self.running = Job(
            id="j1",
            task_set=task_set,
            state="running",
            started=NOON,
            by=who.name,
            progress=Progress(done=0, total=3, message="epoch 0 of 3", loss=0.9, score=0.5),
            base=self.active,
        )
        return self.running

    def jobs(self, task_set: str) -> tuple[Job, ...]:
        if job := self.running:
            step = dataclasses.replace(job.progress, done=job.progress.done + 1)
            self.running = dataclasses.replace(job, progress=step)
            if step.done >= 3:
                self._end(task_set)
        return tuple(([self.running] if self.running else []) + self.done)

    def _end(self, task_set: str) -> None:
        assert self.running is not None
        self.waiting = "re-1"
        metrics: Sequence[Metric] = [
            Metric(name="accuracy", value=v, n=10, low=v - 0.1, high=v + 0.1) for v in (0.6, 0.8)
        ]
        compared = TaskComparison(
            task=self.task_set(task_set).tasks[0].key,
            rows="corrected",
            n=10,
            active=metrics[0],
            candidate=metrics[1],
            flips=2,
        )
        ended = NOON + timedelta(seconds=9)
        self.done.insert(
            0,
            dataclasses.replace(
                self.running, state="done", ended=ended, candidate="re-1", comparison=(compared,)
            ),
        )
        self.running = None

    def cancel(self, who: Person, job_id: str) -> Job:
        self._need(who, "admin")
        assert self.running is not None
        job = dataclasses.replace(self.running, state="cancelled", ended=NOON)
        self.done.insert(0, job)
        self.running = None
        return job

    # --- models ---

    def models(self, task_set: str) -> tuple[ModelInfo, ...]:
        found = [model_info(self.active, "active", task_set)]
        if self.waiting:
            found.append(model_info(self.waiting, "candidate", task_set))
        if self.active != "starter-1":
            found.append(model_info("starter-1", "retired", task_set))
        return tuple(found)

    def promote(self, who: Person, version: str) -> ModelInfo:
        self._need(who, "admin")
        self.active, self.waiting = version, ""
        return model_info(version, "active")

    def discard(self, who: Person, version: str) -> None:
        self._need(who, "admin")
        self.waiting = ""

    def roll_back(self, who: Person, task_set: str) -> ModelInfo:
        self._need(who, "admin")
        if self.active == "starter-1":
            raise StoreError("There is no earlier model.")
        self.active = "starter-1"
        return model_info("starter-1", "active")
