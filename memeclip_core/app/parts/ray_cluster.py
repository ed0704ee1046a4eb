"""The parts of a folder answered by a Ray cluster, as this process alone would answer them.

Invariants: memes keep the order of the list through all stages, and the program that asks writes
the parts and their journals itself, so that either way of answering goes on with what the other has
left. Reading is tasks, which Ray gives to another machine when one is lost. Who encodes keeps its
models, and takes no share of the processors, so that it can be started anew wherever one is left.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from memeclip_core.app.parts.part_files import AnswerPart, Part, Tell, Work
from memeclip_core.app.parts.stages import (
    Answerer,
    Answers,
    Build,
    pack_sources,
    read_memes,
    unpack_answers,
)
from memeclip_core.app.predictions import Output
from memeclip_core.config import Settings
from memeclip_core.datasets.sources import Source
from memeclip_core.errors import ConfigError, InputError, JobError, log_unexpected
from memeclip_core.inference.batch import SIZE
from memeclip_core.inference.kept import Kept, make_key
from memeclip_core.inference.reading import clean_path
from memeclip_core.process import forbid_reports
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction

BLOCK: Final = 2 * SIZE
"""Memes that one task reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """How a Ray cluster answers.

    Attributes:
        build: builds the studio of each process.
        encoders: how many encode at once.
        gpus: graphics cards for each of them; a fraction lets several share one.

    Raises:
        InputError: if nobody would encode, or with a number of cards that cannot be had.
        ConfigError: if Ray is not installed.
    """

    build: Build
    encoders: int = 1
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if self.encoders < 1:
            raise InputError(f"--encoders is {self.encoders}; allowed are 1 and above.")
        if self.gpus < 0 or (self.gpus > 1 and not float(self.gpus).is_integer()):
            raise InputError(
                f"--gpus is {self.gpus:g}; allowed are 0, a share of one graphics card such as "
                "0.5, and whole numbers of them."
            )
        if any(importlib.util.find_spec(name) is None for name in ("ray", "pyarrow")):
            raise ConfigError(
                "--on ray needs the packages ray and pyarrow. Install them (pip install "
                "'memeclip-studio[ray]'), or leave --on out: this machine answers alone then."
            )

    @contextmanager
    def begin(self, work: Work) -> Iterator[AnswerPart]:
        """Connect to the cluster that RAY_ADDRESS names, or one of this machine; see ``Begin``.

        Raises:
            InputError: if the settings ask for a graphics card and nobody gets one.
            ConfigError: if there is no such cluster, or it lacks a graphics card.
        """
        settings = settle(work.studio.settings, self.gpus)
        with _connected(self.gpus):
            yield _Stream(self, settings, work).answer


class _Stream:
    """The answers to all memes of some parts, one after the other."""

    def __init__(self, cluster: Cluster, settings: Settings, work: Work) -> None:
        self._work = work
        catalogue = work.studio.batches.catalogue
        self._models = [
            catalogue.find(work.studio.task_set(key), version)
            for key, (version, _) in work.models.items()
        ]
        self._rows = [row for part in work.parts for row in self._list_rows(part)]
        self._found = enumerate(_stream(cluster, settings, work, self._rows))

    def answer(self, part: Part, kept: Kept, tell: Tell) -> Iterator[Prediction | Failure]:
        """Yield a part's answers; see ``AnswerPart``.

        Raises:
            JobError: if it failed for a whole process, or the cluster fails.
        """
        from ray.exceptions import RayError

        for place, source in enumerate(part.sources):
            try:
                row, answers = next(self._found)
            except RayError as error:
                log_unexpected(logging.getLogger("memeclip"), error, "the Ray cluster failed")
                raise JobError(
                    "The Ray cluster failed; the log says how. What was answered is kept: give "
                    "the same command again."
                ) from None
            name = clean_path(source.filename)
            tell(Progress(done=place + 1, total=len(part.sources), message=name))
            for answer in answers:
                own = replace(answer, place=place)
                kept.add(own)
                yield own.told
            if not answers:
                for key in self._list_keys(source, self._rows[row][1]):
                    known = kept.find(key, place, name)
                    assert known is not None, key
                    yield known.told

    def _list_rows(self, part: Part) -> Iterator[tuple[Source, str]]:
        """Yield a part's memes, each with its id if it is answered already."""
        kept = Output(part.path, len(self._models)).kept
        before = kept.memes()
        for place, source in enumerate(part.sources):
            meme, name = before.get(place, ""), clean_path(source.filename)
            keys = self._list_keys(source, meme) if meme else ()
            known = all(kept.find(key, place, name) for key in keys)
            yield source, meme if known else ""

    def _list_keys(self, source: Source, meme: str) -> list[str]:
        return [make_key(meme, source.text, [model]) for model in self._models]


def settle(settings: Settings, gpus: float) -> Settings:
    """Return the settings of processes in other folders: whole paths, and no card but those asked.

    Raises:
        InputError: if the settings ask for a graphics card and nobody gets one.
    """
    if settings.device == "cuda" and not gpus:
        raise InputError("--device cuda on Ray needs --gpus, such as 1, or 0.5 to share a card.")

    def settle_path(word: str) -> str:
        path = Path(word)
        return str(path.resolve()) if path.is_file() or ("/" in word and path.exists()) else word

    return replace(
        settings,
        home=settings.home.resolve(),
        checkpoints=settings.checkpoints.resolve(),
        tasks=tuple(map(settle_path, settings.tasks)),
        encoder=settle_path(settings.encoder),
        captioner=settle_path(settings.captioner),
        device=settings.device if gpus else "cpu",
    )


@contextmanager
def _connected(gpus: float) -> Iterator[None]:
    forbid_reports()
    import ray

    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError(
            f"The Ray cluster cannot be reached ({reason}). RAY_ADDRESS names it; without it, a "
            "cluster of this machine is used."
        ) from None
    try:
        there = ray.cluster_resources().get("GPU", 0.0)
        if there < gpus:
            raise ConfigError(
                f"The Ray cluster has {there:g} graphics cards, and --gpus asks for {gpus:g} for "
                "each encoder. Leave --gpus out to encode without one."
            )
        yield
    finally:
        ray.shutdown()


def _stream(
    cluster: Cluster, settings: Settings, work: Work, rows: list[tuple[Source, str]]
) -> Iterator[Answers]:
    """Yield each meme's answers, in order."""
    import ray.data
    import torch

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    studio: dict[str, Any] = {"build": cluster.build, "settings": settings}
    blocks = [rows[first : first + BLOCK] for first in range(0, len(rows), BLOCK)]
    tables = [pack_sources(BLOCK * number, block) for number, block in enumerate(blocks)]
    found = (
        ray.data.from_arrow(tables)
        .map_batches(
            read_memes,
            fn_kwargs=studio,
            batch_size=BLOCK,
            batch_format="pyarrow",
            num_cpus=1,
        )
        .map_batches(
            Answerer,
            fn_constructor_kwargs={
                **studio, "models": dict(work.models), "threads": torch.get_num_threads(),
            },
            batch_size=SIZE,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=cluster.encoders),
            num_cpus=0,
            num_gpus=cluster.gpus or None,
        )
    )  # fmt: skip
    for table in found.iter_batches(batch_size=None, batch_format="pyarrow"):
        yield from unpack_answers(table)
