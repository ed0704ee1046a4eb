"""The workbench from Python: read datasets, train models and measure them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from memeclip_core.app.evaluation import enter_file, enter_folder, is_prediction_file
from memeclip_core.config import Settings
from memeclip_core.datasets.label_mapping import settle_labels
from memeclip_core.datasets.prediction_files import PredictionFile
from memeclip_core.datasets.reader import Dataset, find_tasks, read_datasets
from memeclip_core.errors import CheckpointError, DatasetError, InputError
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.comparison import Entrant, compare_files
from memeclip_core.experiments.evaluation import Evaluation, evaluate_model
from memeclip_core.experiments.material import read_material
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import Results, now
from memeclip_core.experiments.train_run import train_runs, train_seed
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import find_needs
from memeclip_core.models.checkpoints import read_checkpoint
from memeclip_core.models.exposure import Exposure
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import TaskSet

if TYPE_CHECKING:
    from memeclip_core.encoders.base import Encoder
    from memeclip_core.records.job import Progress

DEFAULTS = Settings()

REPLAY_BYTES = 64_000_000
"""How much of its training rows a model that is written keeps, to be taught corrections."""


def load_encoder(
    name: str = DEFAULTS.encoder,
    *,
    device: str = DEFAULTS.device,
    feature_variant: str = DEFAULTS.feature_variant,
) -> Encoder:
    """Load an encoder, to train and to evaluate with it more than once.

    Args:
        name: ``compact``, the hub id of a CLIP-family model, or the folder of one.
        device: ``auto``, ``cpu`` or ``cuda``.
        feature_variant: which CLIP outputs are the features; see ``open_studio``.

    Raises:
        EncoderError: if there is no such encoder, or it cannot be loaded.
        ConfigError: if there is no CUDA device, and one is asked for.
    """
    own = Settings(encoder=name, device=device, feature_variant=feature_variant)
    return Workbench(settings=own).open_encoder()


def load_model(path: str | Path) -> HeadModel:
    """Load a model: its heads, its labels, and the figures that it was chosen by.

    Args:
        path: a checkpoint's folder, or the name of a starter that ships, such as
            ``pridemm-compact``.

    Raises:
        CheckpointError: if there is none, or it is damaged.
    """
    return read_checkpoint(_find_folder(path))


def _find_folder(path: str | Path) -> Path:
    folder, starters = Path(path), DEFAULTS.checkpoints
    if not folder.is_dir() and len(folder.parts) == 1 and (starters / folder).is_dir():
        folder = starters / folder
    if not folder.is_dir():
        known = sorted(manifest.parent.name for manifest in starters.glob("*/manifest.json"))
        raise CheckpointError(
            f"There is no checkpoint '{path}'. Name its folder, or a starter: {', '.join(known)}."
        )
    return folder


def read_dataset(
    path: str | Path | Sequence[str | Path],
    task_set: str | Path | TaskSet | None = None,
    *,
    images: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    format: str | None = None,
) -> Dataset:
    """Read a dataset, with its labels as a task set has them.

    Lines and labels that cannot be used are left out, and named in ``left_out`` and ``unread``.

    Args:
        path: files of one published format, or the folder or zip archive with them.
        task_set: the name of one that ships, the path of a YAML file, or a task set; ``None``
            takes the one that belongs to the format.
        images: the folder of the images; ``None`` looks beside the files.
        columns: what the columns of a table of your own are: name → column, where a name is
            ``image``, ``text``, ``split``, ``name`` or a task's key; or, of a task's values,
            ``task:label`` → ``value|value``.
        format: a format's name; ``None`` recognises it from the content.

    Raises:
        DatasetError: if a file cannot be read, is of no known format, or no line can be used.
        InputError: if the format has no task set of its own, and none is named.
        ConfigError: if there is no such task set.
    """
    paths = [path] if isinstance(path, str | Path) else path
    found = read_datasets(
        [Path(one) for one in paths],
        format=format,
        columns=columns,
        images=None if images is None else Path(images),
    )
    if task_set is None:
        task_set = find_tasks(found.format)
        if not task_set:
            raise InputError(
                f"task_set is None, and files of the format '{found.format}' have no task set of "
                "their own. Name one, such as 'pridemm' or the path of a YAML file."
            )
    if not isinstance(task_set, TaskSet):
        task_set = read_named_task_set(str(task_set), DEFAULTS.assets)
    return settle_labels(task_set, found)


def train(
    dataset: Dataset,
    *,
    head: str | None = None,
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    encoder: str | Encoder = DEFAULTS.encoder,
    captioner: str = DEFAULTS.captioner,
    device: str = DEFAULTS.device,
    folds: int | None = None,
    keep_duplicates: bool = False,
    out: str | Path | None = None,
    home: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> HeadModel:
    """Train a head on a dataset's training rows; rows of its split ``test`` are never read.

    Epoch, threshold and calibration are chosen on the validation rows. Where there are none, the
    training rows are cross-validated: ``metrics`` are then those of the folds' models, and the
    model that is returned has learnt from all of them.

    Args:
        dataset: from ``read_dataset``.
        head: a published head's name, such as ``memeclip``; ``None`` takes the recipe that was
            tuned for the task set, where there is one.
        settings: of the head or its training, such as ``{"epochs": 5, "map_dim": 256}``.
        seed: of weights, order and dropout.
        encoder: a name, or one from ``load_encoder``.
        captioner: the hub id or folder of an image-to-text model, for heads that read captions.
        device: ``auto``, ``cpu`` or ``cuda``.
        folds: cross-validate on so many folds, although there may be validation rows.
        keep_duplicates: whether to learn from training rows that also stand in validation.
        out: a folder, in which the model is written to a folder of its own, ``HEAD-seedN``; a
            model that is there and whole is not trained again. ``None`` writes nothing.
        home: a folder in which features are kept from one training to the next.
        on_progress: called while encoding and training.

    Returns:
        the model; ``model.heads[task].metrics`` are figures with n and 95 % interval.

    Raises:
        DatasetError: if there is nothing to learn from.
        HeadError: if there is no such head, or it cannot be built for this encoder.
        ConfigError: if there is no such setting; the message lists those that there are.
        CheckpointError: if ``out`` holds a model of another training.
    """
    task_set = _task_set_of(dataset)
    pairs = [f"{name}={value}" for name, value in (settings or {}).items()]
    recipe = read_recipe(head, pairs, task_set=task_set.key)
    needs = find_needs(recipe.head, recipe.config)
    bench = _open_bench(encoder, captioner, device, home, on_progress)
    material = read_material(
        bench,
        DatasetFiles(source=dataset),
        Deal(folds=folds, keep_duplicates=keep_duplicates),
        task_set=task_set,
        needs=needs,
        with_images="image" in recipe.reads,
    )
    version = f"{recipe.head}-seed{seed}"
    if out is None:
        model, *_ = train_seed(material, recipe, seed, version, now(), on_progress)
        return model
    train_runs(
        material,
        recipe,
        (seed,),
        out=Path(out),
        fresh=bench.begin("train"),
        now=now,
        replay_bytes=REPLAY_BYTES,
        on_progress=on_progress,
    )
    return read_checkpoint(Path(out) / version)


def evaluate(
    model: HeadModel,
    dataset: Dataset,
    *,
    split: str | None = "val",
    apart_from: str | Dataset | None = None,
    encoder: str | Encoder = DEFAULTS.encoder,
    captioner: str = DEFAULTS.captioner,
    device: str = DEFAULTS.device,
    home: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Measure a model on one split of a dataset, or on all rows of another one.

    Args:
        model: from ``train`` or ``load_model``.
        dataset: from ``read_dataset``, with the labels of the model's task set.
        split: which rows to measure on; ``None`` for all.
        apart_from: a split whose duplicates to leave out, such as ``train``; or the dataset that
            the model was trained on, where this is another one: rows that nearly stand among its
            training and validation rows are left out.
        encoder: a name, or one from ``load_encoder``: the one that the model was trained on.
        captioner: the one that the model was trained with, if it reads captions.
        device: ``auto``, ``cpu`` or ``cuda``.
        home: a folder in which features are kept.
        on_progress: called while encoding.

    Returns:
        by task the metrics, the leading one first, each with n and 95 % bootstrap interval; a
        metric that is undefined is NaN and says why.

    Raises:
        DatasetError: if no row has the split.
        InputError: if the dataset has labels of another task set.
        EncoderMismatchError: if encoder or captioner is another than the model's.
    """
    _check_task_set(model, dataset)
    bench = _open_bench(encoder, captioner, device, home, on_progress)
    files = DatasetFiles(source=dataset)
    return evaluate_model(bench, model, files, split=split, apart_from=apart_from)


def compare(
    models: tuple[str | Path | HeadModel, str | Path | HeadModel],
    dataset: Dataset,
    *,
    split: str = "val",
    unseen: bool = False,
    by: str = "",
    encoder: str | Encoder = DEFAULTS.encoder,
    captioner: str = DEFAULTS.captioner,
    device: str = DEFAULTS.device,
    home: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Results:
    """Compare two models on one split of a dataset.

    Args:
        models: two, each a checkpoint's folder or the name of a starter, whose record of its
            training rows is read; or a model, of which no rows are known; or a file of another
            system's predictions.
        dataset: from ``read_dataset``, with the labels of the models' task set.
        split: which rows to compare on.
        unseen: leave out rows that a model has trained on, or on nearly the same.
        by: a column of the data, by whose values rates are compared.
        encoder: a name, or one from ``load_encoder``: the one that the models were trained on.
        captioner: the one that they were trained with, if they read captions.
        device: ``auto``, ``cpu`` or ``cuda``.
        home: a folder in which features are kept.
        on_progress: called while encoding.

    Returns:
        ``facts["met"]``: how many rows each model has met; ``comparisons``: for each task the
        differences with intervals and p-values, the answers that change, and rates by group;
        ``cells``: each model's figures, the rows behind its confusion, and its curves.

    Raises:
        CheckpointError: if there is no such model, or it is damaged.
        DatasetError: if no row has the split.
        InputError: if the dataset has labels of another task set, or no row is left.
        EncoderMismatchError: if encoder or captioner is another than the models'.
    """
    sides = [[_enter(model)] for model in models]
    for (one,) in sides:
        _check_task_set(one.model, dataset)
    bench = _open_bench(encoder, captioner, device, home, on_progress)
    names = [one.model.version for (one,) in sides]
    if names[0] == names[1]:
        names = ["first", "second"]
    files = DatasetFiles(source=dataset)
    return compare_files(bench, names, sides, files, split=split, unseen=unseen, by=by)


def _enter(model: str | Path | HeadModel) -> Entrant[HeadModel] | Entrant[PredictionFile]:
    if isinstance(model, HeadModel):
        return Entrant(model=model, exposure=Exposure())
    if is_prediction_file(Path(model)):
        found = enter_file(Path(model))
        if len(found) > 1:
            raise InputError(
                f"{Path(model).name} holds predictions of {len(found)} systems. Part it: a file "
                "for each."
            )
        return found[0]
    return enter_folder(_find_folder(model))


def _check_task_set(model: HeadModel | PredictionFile, dataset: Dataset) -> None:
    task_set = _task_set_of(dataset)
    if isinstance(model, PredictionFile):
        return
    if task_set.key != model.task_set:
        raise InputError(
            f"The model '{model.version}' answers '{model.task_set}', and this dataset has the "
            f"labels of '{task_set.key}'. Read it with task_set='{model.task_set}'."
        )


def _task_set_of(dataset: Dataset) -> TaskSet:
    if dataset.task_set is None:
        raise DatasetError(
            "This dataset's labels are not those of a task set. Read it with "
            "memeclip_core.read_dataset(path, task_set)."
        )
    return dataset.task_set


def _open_bench(
    encoder: str | Encoder,
    captioner: str,
    device: str,
    home: str | Path | None,
    on_progress: Callable[[Progress], None] | None,
) -> Workbench:
    loaded = None if isinstance(encoder, str) else encoder
    return Workbench(
        settings=Settings(
            home=DEFAULTS.home if home is None else Path(home),
            encoder=encoder if isinstance(encoder, str) else DEFAULTS.encoder,
            captioner=captioner,
            device=device,
        ),
        bar=lambda title: nullcontext(on_progress or (lambda progress: None)),
        encoder=loaded,
        keeps=home is not None,
    )
