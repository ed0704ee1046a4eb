"""The workbench: what experiments take from the settings, opened when they come to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memeclip_core import __version__
from memeclip_core.config import Settings
from memeclip_core.datasets.checks import check_dataset
from memeclip_core.datasets.label_mapping import label_rows
from memeclip_core.datasets.reader import Dataset, Row, find_tasks, read_datasets
from memeclip_core.datasets.row_features import check_needs, encode_rows
from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.captioner import Captioner
from memeclip_core.encoders.features import VECTORS, Needs
from memeclip_core.encoders.registry import ENCODERS as ENCODERS
from memeclip_core.encoders.registry import build_captioner, build_encoder, resolve_device
from memeclip_core.errors import InputError
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.results import Results, ResultsKind, list_libraries, now
from memeclip_core.records.dataset_report import DatasetReport
from memeclip_core.records.job import Progress
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import LabelledRows

Show = Callable[[Progress], None]


def read_files(files: DatasetFiles, format: str | None = None) -> Dataset:
    """Return a dataset, which is read unless it was; ``None`` has the content tell its format."""
    if isinstance(files.source, Dataset):
        return files.source
    return read_datasets(files.source, format=format, columns=files.columns, images=files.images)


def check_files(
    files: DatasetFiles,
    *,
    assets: Path,
    format: str | None = None,
    tasks: str | None = None,
    on_progress: Show | None = None,
) -> DatasetReport:
    """Count what a dataset holds, and name its gaps, faults and duplicates.

    Without ``format`` the content tells it; without ``tasks``, labels may be those of the format's
    own task set. ``assets`` is the folder with the task sets that ship.

    Raises:
        DatasetError: if nothing in it can be read.
    """
    dataset = read_files(files, format)
    wanted = tasks or find_tasks(dataset.format)
    task_set = read_named_task_set(wanted, assets) if wanted else None
    return check_dataset(dataset, task_set, on_progress=on_progress)


@contextmanager
def show_nothing(title: str) -> Iterator[Show]:
    """Stand in for a bar where nobody looks."""
    yield lambda progress: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """Open encoders, caches and datasets as the settings say, and tell how far it is.

    Attributes:
        settings: where to run, on which encoder, with which task sets.
        command: the command line, for results files.
        bar: shows under a title how far something is.
        note: takes a sentence that a person should read meanwhile.
        encoder, captioner: those that are loaded already; ``None`` loads what the settings name.
        keeps: whether features are kept in the home folder.
    """

    settings: Settings
    command: str = ""
    bar: Callable[[str], AbstractContextManager[Show]] = show_nothing
    note: Callable[[str], None] = lambda sentence: None
    encoder: Encoder | None = None
    captioner: Captioner | None = None
    keeps: bool = True

    def change(self, **settings: Any) -> Workbench:
        """Return the same workbench with some settings changed."""
        return replace(self, settings=replace(self.settings, **settings))

    def begin(self, kind: ResultsKind, **facts: Any) -> Results:
        """Return results without cells: the command line, the versions, the time."""
        return Results(
            kind=kind,
            command=self.command,
            version=__version__,
            created=now(),
            facts=facts,
            libraries=list_libraries(),
        )

    @property
    def device(self) -> str:
        """``cpu`` or ``cuda``: where encoders run and heads are trained.

        Raises:
            ConfigError: if CUDA is asked for and there is none.
        """
        return resolve_device(self.settings.device)

    def open_encoder(self) -> Encoder:
        """Load the encoder that the settings name.

        Raises:
            EncoderError: if there is no such encoder, or it cannot be loaded.
        """
        own = self.settings
        return self.encoder or build_encoder(
            own.encoder,
            device=self.device,
            variant=own.feature_variant,
            threads=own.threads,
        )

    def open_captioner(self) -> Captioner:
        """Load the captioner that the settings name.

        Raises:
            EncoderError: if none is named, or it cannot be loaded.
        """
        return self.captioner or build_captioner(self.settings.captioner, device=self.device)

    def load(self, needs: Needs = VECTORS) -> Workbench:
        """Return the same workbench with its encoder loaded, and the captioner if one is needed.

        Raises:
            EncoderError: if one of them cannot be loaded, or does not give what is needed.
        """
        captioner = self.open_captioner() if needs.captions else self.captioner
        loaded = replace(self, encoder=self.open_encoder(), captioner=captioner)
        check_needs(loaded.open_encoder(), needs, captioner)
        return loaded

    def encode(
        self,
        task_set: TaskSet,
        rows: Sequence[Row],
        on_progress: Show,
        *,
        needs: Needs = VECTORS,
        with_images: bool = True,
    ) -> LabelledRows:
        """Encode rows and their labels; see ``encode_rows`` and ``label_rows``."""
        labels = dict(label_rows(task_set, rows))
        features = encode_rows(
            self.open_encoder(),
            rows,
            with_images=with_images,
            needs=needs,
            captioner=self.captioner,
            cache=self.open_cache(),
            on_progress=on_progress,
        )
        return LabelledRows(features=features, labels=labels)

    def open_cache(self) -> FeatureCache | None:
        """Return the cache of features in the home folder, which the page shares.

        Raises:
            StoreError: if the home folder cannot be written.
        """
        if not self.keeps:
            return None
        home = Home(self.settings.home.resolve()).create()
        return FeatureCache(home, max_bytes=self.settings.cache_bytes)

    def read_task_set(self, key: str) -> TaskSet:
        """Return the task set with this key: one of those named, or one that ships.

        Raises:
            TaskFileError: if there is none.
        """
        assets = self.settings.assets
        named = [read_named_task_set(name, assets) for name in self.settings.tasks]
        found = next((tasks for tasks in named if tasks.key == key), None)
        return found or read_named_task_set(key, assets)

    def choose_task_set(self, files: DatasetFiles | None = None) -> TaskSet:
        """Return the one task set that is named, or the one of the dataset's format.

        Raises:
            InputError: if several are named, or the format has none.
        """
        if len(self.settings.tasks) > 1:
            what = "A checkpoint" if files is None else "A dataset"
            raise InputError(f"{what} belongs to one task set. Name one with --tasks.")
        (name,) = self.settings.tasks
        if not name and files is not None:
            found = read_files(files).format
            name = find_tasks(found)
            if not name:
                raise InputError(
                    f"Files of the format '{found}' need a task set. Name it: --tasks."
                )
        return read_named_task_set(name, self.settings.assets)
