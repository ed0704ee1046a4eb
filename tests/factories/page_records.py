"""Records for tests of what the page shows, and a request as Gradio would pass it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from memeclip_core.api.identity import OPENER
from memeclip_core.app.status import StudioStatus
from memeclip_core.config import ROOT
from memeclip_core.records.decision import Correction
from memeclip_core.records.explanation import Rule
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Meme, Word
from memeclip_core.records.model import Metric, ModelInfo, TaskComparison
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.storage.task_files import read_task_set
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.ui.pages.analyse.opened import Item

NOON = datetime(2026, 1, 2, 12, 0, 5, tzinfo=UTC)
HOSTILE = '<img src=x onerror="alert(1)">&\'\u202eabc\U0001f600'
"""Markup, quotes, a right-to-left override and an emoji."""


def pridemm() -> TaskSet:
    return read_task_set(ROOT / "assets/tasks/pridemm.yaml")


def propaganda() -> TaskSet:
    return read_task_set(ROOT / "assets/tasks/propaganda.yaml")


def visit(username: str | None = None, opener: str | None = None, **asked: str) -> Any:
    """Return a request of a page.

    Args:
        username: who is signed in.
        opener: who opened it, as its script says.
        asked: what the page's address asks for.
    """
    headers = {} if opener is None else {OPENER: opener}
    return SimpleNamespace(username=username, headers=headers, query_params=asked)


def press(index: Any) -> Any:
    return SimpleNamespace(_data={"index": index})


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


def answer(task: Task, found: tuple[int, ...] = (0,)) -> TaskPrediction:
    """Return a prediction of the classes with these ids."""
    return TaskPrediction(
        task=task.key,
        title=task.title,
        kind=task.kind,
        labels=tuple(task.names[n] for n in found),
        scores=scores(task, found[0] if found else 0),
        threshold=0.3 if task.kind == "multilabel" else None,
        applies=True,
        reason="",
        reads="text",
        model="starter-1",
    )


def meme(**changes: Any) -> Meme:
    facts: dict[str, Any] = {
        "id": "ab" * 32,
        "filename": "a.png",
        "text": "when it works",
        "text_source": "rapidocr",
        "width": 200,
        "height": 100,
        "words": (Word(text="when", box=(1, 2, 30, 20), confidence=0.9),),
    }
    return Meme(**(facts | changes))


def prediction(tasks: TaskSet, **changes: Any) -> Prediction:
    return Prediction(
        meme=meme(**changes),
        task_set=tasks.key,
        tasks=tuple(answer(task) for task in tasks),
        model="starter-1",
        encoder="fake",
        notes=("These heads read the text only.",),
    )


def rule(label: str) -> Rule:
    return Rule(
        task="hate", label=label, other="", cosine=0.42, against=0.11, scale=30.0, temperature=1.0,
        slope=None, offset=None, logit=9.3, others={}, probability=0.7, base=None, axis=0.5,
        sentence="(0.42 \N{MINUS SIGN} 0.11) \N{MULTIPLICATION SIGN} 30 = 9.3 → 70 %",
    )  # fmt: skip


def item(name: str = "a.png", key: str = "ab") -> Item:
    return Item(
        path=f"/uploads/{name}",
        filename=name,
        meme=key * 32,
        preview="data:image/jpeg;base64,AA",
        thumb="data:image/jpeg;base64,BB",
        width=200,
        height=100,
    )


def model_info(version: str = "starter-1", state: Any = "active") -> ModelInfo:
    return ModelInfo(
        version=version,
        task_set="pridemm",
        origin="starter",
        state=state,
        encoder="fake",
        head="memeclip",
        reads="text",
        created=NOON,
        metrics={"hate": (metric(0.7),)},
        facts={"rows": "10"},
    )


def metric(value: float, low: float = 0.5, high: float = 0.7, reason: str = "") -> Metric:
    return Metric(name="accuracy", value=value, n=10, low=low, high=high, reason=reason)


def status(**changes: Any) -> StudioStatus:
    facts: dict[str, Any] = {
        "task_set": "pridemm",
        "encoder": "fake",
        "fingerprint": "0123456789ab",
        "ocr": "rapidocr",
        "model": model_info(),
        "corrected": 3,
        "held_out": 1,
        "new": 2,
        "retrain_reason": "",
        "job": None,
        "candidate": None,
        "warm": True,
        "roll_back_reason": "",
    }
    return StudioStatus(**(facts | changes))


def correction(**changes: Any) -> Correction:
    facts: dict[str, Any] = {
        "event": "e1",
        "save": "s1",
        "time": NOON,
        "annotator": "ann",
        "action": "label",
        "meme": "ab" * 32,
        "image": "x.png",
        "text": "when it works",
        "text_source": "rapidocr",
        "task_set": "pridemm",
        "task": "hate",
        "predicted": ("No Hate",),
        "probability": 0.7,
        "model": "starter-1",
        "labels": ("Hate",),
        "note": "",
    }
    return Correction(**(facts | changes))


def job(state: Any = "running", **changes: Any) -> Job:
    facts: dict[str, Any] = {
        "id": "j1",
        "kind": "retrain",
        "subject": "pridemm",
        "state": state,
        "started": NOON,
        "by": "ann",
        "progress": Progress(done=3, total=12, message="epoch 3 of 12", loss=0.25, score=0.5),
    }
    return Job(**(facts | changes))


def compared(active: Metric, candidate: Metric, p: float | None = 0.5) -> TaskComparison:
    return TaskComparison(
        task="hate", rows="corrected", n=10, active=active, candidate=candidate, flips=2, p=p
    )
