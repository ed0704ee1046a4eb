"""Models by folder or version, and their figures on the rows that came with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.experiments.comparison import Entrant
from memeclip_core.experiments.evaluation import Evaluation, evaluate_replay
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.models.checkpoints import (
    find_checkpoints,
    read_checkpoint,
    read_learnt,
    read_replay,
)
from memeclip_core.models.exposure import read_exposure
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import equip_model

ONE_SET = "A model and a dataset belong to one task set. Name it, such as --tasks pridemm."


def find_models(
    name: str, settings: Settings, open_studio: Callable[[Settings], Studio]
) -> list[HeadModel]:
    """Return the models of a folder, or the one of a version; "" is the active one.

    Args:
        name: a folder of ``memeclip train``, or a version.
        settings: with one task set, unless a folder is named.
        open_studio: who knows versions; is not asked for a folder.

    Raises:
        InputError: if a version is asked for with several task sets, or there is no active model.
        CheckpointError: if there is no such model.
    """
    if name and Path(name).is_dir():
        return [read_checkpoint(folder) for folder in find_checkpoints(Path(name))]
    if len(settings.tasks) > 1:
        raise InputError(ONE_SET)
    studio = open_studio(settings)
    tasks = studio.task_sets[0].key
    version = name or _active(studio, tasks)
    if not version:
        raise InputError(
            f"There is no trained model of '{tasks}' for the encoder '{settings.encoder}'. Name "
            "one with --model."
        )
    return [studio._catalogue.store.read(version)]


def find_entrants(
    name: str, settings: Settings, open_studio: Callable[[Settings], Studio]
) -> list[Entrant]:
    """Return the models of a folder, or the one of a version, with what each has met.

    Besides versions, ``active`` (or ""), ``candidate`` and ``starter`` name a model.

    Raises:
        InputError, CheckpointError: see ``find_models``.
    """
    if name and Path(name).is_dir():
        return [enter_folder(folder) for folder in find_checkpoints(Path(name))]
    if len(settings.tasks) > 1:
        raise InputError(ONE_SET)
    studio = open_studio(settings)
    return [find_entrant(studio._catalogue, studio.task_sets[0].key, name)]


def enter_folder(folder: Path) -> Entrant:
    """Return the model of a checkpoint's folder with what it has met.

    Raises:
        CheckpointError: if it is damaged.
    """
    exposure = read_exposure(partial(read_replay, folder), read_learnt(folder))
    return Entrant(model=read_checkpoint(folder), exposure=exposure)


def find_entrant(catalogue: Catalogue, task_set: str, name: str) -> Entrant:
    """Return one model of a catalogue with what it has met; see ``find_entrants``.

    Raises:
        InputError: if there is no such model for the encoder.
        CheckpointError: if there is none of this version, or it is damaged.
    """
    version = name
    if name in ("", "active", "candidate", "starter"):
        view = catalogue.status(task_set)
        starters = [model.version for model in view.models if model.origin == "starter"]
        known = {"candidate": view.newest, "starter": min(starters, default="")}
        version = known.get(name, view.version)
        if not version:
            raise InputError(f"There is no {name or 'active'} model of '{task_set}'.")
    model = catalogue.load(version)
    if model.task_set != task_set:
        raise InputError(f"The model '{version}' answers '{model.task_set}', not '{task_set}'.")
    store = catalogue.store
    replay = partial(store.read_replay, model.replay or version)
    return Entrant(model=model, exposure=read_exposure(replay, store.read_learnt(version)))


def evaluate_replays(
    studio: Studio, version: str = ""
) -> Iterator[tuple[TaskSet, str, Evaluation | None]]:
    """Measure the active model of every task set on the validation rows that it came with.

    Args:
        studio: whose models.
        version: another than the active one, of the one task set.

    Yields:
        the task set, the model that the rows came with, and the figures; "" and ``None`` where
        there is no trained model.

    Raises:
        InputError: if a version is asked for with several task sets.
    """
    if version and len(studio.task_sets) > 1:
        raise InputError(ONE_SET)
    store = studio._catalogue.store
    for tasks in studio.task_sets:
        chosen = version or _active(studio, tasks.key)
        if not chosen:
            yield tasks, "", None
            continue
        model = store.read(chosen)
        if find_model_needs(model).words:
            equip_model(model, Workbench(settings=studio.settings).open_encoder())
        replay = model.replay or chosen
        yield tasks, replay, evaluate_replay(model, store.read_replay(replay))


def _active(studio: Studio, task_set: str) -> str:
    active = studio.status(task_set).model
    return active.version if active else ""
