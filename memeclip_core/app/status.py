"""How the studio stands: what the header line says of a task set, and how the server is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from memeclip_core.config import Settings
from memeclip_core.errors import MemeclipError
from memeclip_core.models.cards import read_card
from memeclip_core.models.rates import read_error_rates
from memeclip_core.records.health import Health
from memeclip_core.records.job import Job
from memeclip_core.records.model import ErrorRate, ModelCard, ModelInfo
from memeclip_core.tasks import TaskSet

if TYPE_CHECKING:
    from memeclip_core.app.backup import Backup
    from memeclip_core.database.engine import Database
    from memeclip_core.inference.predictor import Predictor
    from memeclip_core.models.catalogue import Catalogue
    from memeclip_core.models.retraining import Retrainer


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioStatus:
    """The state of one task set, without loading anything heavy.

    Attributes:
        task_set: its key.
        encoder: the encoder's name, as in the settings.
        fingerprint: the encoder's fingerprint, shortened; "" until the encoder is loaded.
        ocr: the name of the text reader.
        model: the active model, or ``None`` where the encoder answers zero-shot.
        corrected: how many memes have current corrections.
        held_out: how many of those are never trained on.
        new: how many of those changed since the newest model was trained.
        retrain_reason: why retraining would be refused now, or "".
        roll_back_reason: why rolling back would be refused now, or "".
        job: the job that is running, or ``None``.
        candidate: the model that awaits promote or discard, or ``None``.
        warm: whether encoder and text reader are loaded.
        description: what the task set asks, and of which memes.
        notes: sentences a person should read, such as what the heads read.
        unread: how many memes have labels that the task set knows under no name.
        tied: on how many memes people are even.
        errors: what the model gets wrong, where that was measured: of starters. Tasks and classes
            have the names that people read.
        card: what the model is for, its data and its limits; ``None`` of what is no starter.
    """

    task_set: str
    encoder: str
    fingerprint: str
    ocr: str
    model: ModelInfo | None
    corrected: int
    held_out: int
    new: int
    retrain_reason: str
    roll_back_reason: str
    job: Job | None
    candidate: ModelInfo | None
    warm: bool
    notes: tuple[str, ...] = ()
    unread: int = 0
    tied: int = 0
    description: str = ""
    errors: tuple[ErrorRate, ...] = ()
    card: ModelCard | None = None


def read_status(
    tasks: TaskSet,
    *,
    settings: Settings,
    predictor: Predictor,
    retrainer: Retrainer,
    catalogue: Catalogue,
    backup: Backup,
    log_notes: tuple[str, ...] = (),
) -> StudioStatus:
    """Return how a task set stands; loads nothing heavy."""
    key, models = tasks.key, catalogue.status(tasks.key)
    active, folder = models.active, None
    if active is not None and active.origin == "starter":
        folder = settings.checkpoints / active.version
    facts = retrainer.facts(tasks, models)
    # What is to be said of a disk that is not kept, where somebody can write on it.
    can_write = settings.hub_sign_in or settings.asks_password
    losing = (backup.warning,) if can_write and backup.warning else ()
    return StudioStatus(
        task_set=key,
        encoder=settings.encoder,
        fingerprint=predictor.fingerprint[:12],
        ocr=settings.ocr,
        model=active,
        corrected=facts.corrected,
        held_out=facts.held_out,
        unread=facts.unread,
        tied=facts.tied,
        new=facts.new,
        retrain_reason=facts.reason,
        roll_back_reason=models.roll_back_reason,
        job=facts.job,
        candidate=models.candidate,
        warm=predictor.warm,
        notes=(*models.notes, *losing, *log_notes),
        description=tasks.description,
        errors=() if folder is None else _name_errors(folder, tasks),
        card=None if folder is None else read_card(folder),
    )


def _name_errors(folder: Path, tasks: TaskSet) -> tuple[ErrorRate, ...]:
    """Return a starter's error rates with its tasks and classes as people read them."""
    classes = {(task.key, label.name): label.display for task in tasks for label in task.labels}
    titles = {task.key: task.title for task in tasks}
    return tuple(
        replace(
            one,
            task=titles.get(one.task, one.task),
            subject=one.subject if one.group else classes.get((one.task, one.subject), one.subject),
        )
        for one in read_error_rates(folder)
    )


def read_health(*, database: Database, predictor: Predictor, backup: Backup) -> Health:
    """Return how the server is; asks the database for nothing but an answer."""
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
        alive = True
    except MemeclipError:
        alive = False
    state, last = backup.state
    return Health(
        status="ok" if alive else "failing",
        ready=predictor.warm,
        backup=state,
        backed_up=last,
    )
