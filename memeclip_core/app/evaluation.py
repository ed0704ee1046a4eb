"""Models by folder or version, and their figures on the rows that came with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.datasets.formats.kinds import SUFFIXES
from memeclip_core.datasets.prediction_files import PredictionFile, read_prediction_files
from memeclip_core.errors import InputError
from memeclip_core.experiments.comparison import Entrant
from memeclip_core.experiments.evaluation import Evaluation, evaluate_replay
from memeclip_core.experiments.systems import Average, System, list_members
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.memes.splits import join_keys
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.models.checkpoints import (
    find_checkpoints,
    read_checkpoint,
    read_learnt,
    read_replay,
)
from memeclip_core.models.exposure import Exposure, read_exposure
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import equip_model

ONE_SET = "A model and a dataset belong to one task set. Name it, such as --tasks pridemm."


def find_entrants(
    name: str, settings: Settings, open_studio: Callable[[Settings], Studio]
) -> list[Entrant[System]]:
    """Return the models of a folder, the systems of a file of predictions, or the one model of a
    version, with what each has met.

    Args:
        name: a folder of ``memeclip train``, a file of predictions, or a version: also ``active``
            (or ""), ``candidate`` and ``starter``. Several that are joined by "+" are averaged,
            one for each seed.
        settings: with one task set, unless folders and files are named.
        open_studio: who knows versions; is not asked for folders and files.

    Raises:
        InputError: if a version is asked for with several task sets, there is no such model, or
            those to average are not equally many.
        CheckpointError: if there is no such model.
        DatasetError: if a file of predictions cannot be read.
    """
    path = Path(name)
    if name and path.is_dir():
        return [enter_folder(folder) for folder in find_checkpoints(path)]
    if is_prediction_file(path):
        return list(enter_file(path))
    if "+" in name:
        sides = [find_entrants(part, settings, open_studio) for part in name.split("+")]
        return average_entrants(name, sides)
    if len(settings.tasks) > 1:
        raise InputError(ONE_SET)
    studio = open_studio(settings)
    return [find_entrant(studio._catalogue, studio.task_sets[0].key, name)]


def is_prediction_file(path: Path) -> bool:
    """Say whether a path is that of a file, which can only hold predictions."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def enter_file(path: Path) -> list[Entrant[PredictionFile]]:
    """Return the systems of a file of predictions; what they have met is not known."""
    return [Entrant(model=own, exposure=Exposure()) for own in read_prediction_files(path)]


def average_entrants(
    name: str, sides: Sequence[Sequence[Entrant[System]]]
) -> list[Entrant[System]]:
    """Return the averages of the first members of all sides, of the second, and so on.

    Raises:
        InputError: if sides are not equally many.
    """
    if len({len(side) for side in sides}) > 1:
        counts = ", ".join(str(len(side)) for side in sides)
        raise InputError(
            f"{name} averages {counts} models. Name folders of equally many seeds, or one model "
            "each."
        )
    return [
        Entrant(
            model=Average(members=tuple(list_members([one.model for one in own]))),
            exposure=Exposure(
                trained=join_keys([one.exposure.trained for one in own]),
                chosen=join_keys([one.exposure.chosen for one in own]),
                known=all(one.exposure.known for one in own),
            ),
        )
        for own in zip(*sides, strict=True)
    ]


def enter_folder(folder: Path) -> Entrant[HeadModel]:
    """Return the model of a checkpoint's folder with what it has met.

    Raises:
        CheckpointError: if it is damaged.
    """
    exposure = read_exposure(partial(read_replay, folder), read_learnt(folder))
    return Entrant(model=read_checkpoint(folder), exposure=exposure)


def find_entrant(catalogue: Catalogue, task_set: str, name: str) -> Entrant[HeadModel]:
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
