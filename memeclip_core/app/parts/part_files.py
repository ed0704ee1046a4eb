"""A folder of predictions, a file for every thousand memes, which several machines may fill.

Invariants: which memes a part holds depends on the list alone, so that all programs agree on it. A
part is written at once when it is whole; what its program has of it before that stands beside it,
in ``….partial``, and stays there while a meme of it has failed. One program at a time works on a
shard of a folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memeclip_core.app.predictions import (
    Bar,
    NamedMemes,
    Output,
    is_whole,
    list_named,
    predict_sources,
)
from memeclip_core.app.studio import Studio
from memeclip_core.datasets.sources import Source
from memeclip_core.errors import InputError
from memeclip_core.memes.text import digest_texts
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.storage.files import locked, make_folder
from memeclip_core.storage.journal import Journal

if TYPE_CHECKING:
    from memeclip_core.inference.kept import Kept

SIZE = 1000
"""Memes of a part."""
ASKED = "asked.json"
"""What the folder's parts answer: the list, the models and the encoder."""
_LOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Shard:
    """A share of the parts: the ``number``-th of ``of``, counted from 1."""

    number: int = 1
    of: int = 1

    @classmethod
    def read(cls, words: str) -> Shard:
        """Return what "2/4" says; raise InputError if it says nothing."""
        found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", words, re.ASCII)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise InputError(
                f"--shard is '{words}'; allowed is NUMBER/OF, such as 2/4 for the second of four."
            )
        return cls(int(found[1]), int(found[2]))

    def has(self, part: int) -> bool:
        """Say whether a part, counted from 0, belongs to it."""
        return part % self.of == self.number - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one program did: memes predicted and failed, parts written, and parts found whole."""

    predicted: int = 0
    failed: int = 0
    parts: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the folder, and the memes that it is to hold."""

    path: Path
    sources: Sequence[Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to be answered.

    Attributes:
        studio: who asks.
        model: the version that was asked for; ``None`` is the active one.
        models: the version that answers each task set, and its encoder's fingerprint.
        parts: those that are not whole.
    """

    studio: Studio
    model: str | None
    models: Mapping[str, tuple[str, str]]
    parts: Sequence[Part]


Tell = Callable[[Progress], None]
AnswerPart = Callable[[Part, "Kept", Tell], Iterator[Prediction | Failure]]
"""Yields a part's answers in order: those that are kept, and others, which it keeps. It is asked
for every part once, in their order."""
Begin = Callable[[Work], AbstractContextManager[AnswerPart]]
"""Gets ready to answer parts."""


@contextmanager
def begin_here(work: Work) -> Iterator[AnswerPart]:
    """Answer parts in this process, one after the other."""

    def answer(part: Part, kept: Kept, tell: Tell) -> Iterator[Prediction | Failure]:
        return predict_sources(
            work.studio, part.sources, model=work.model, kept=kept, on_progress=tell
        )

    yield answer


def predict_parts(
    studio: Studio,
    named: NamedMemes,
    folder: Path,
    shard: Shard,
    *,
    model: str | None = None,
    begin: Begin = begin_here,
    bar: Bar,
    note: Callable[[str], None],
) -> Written:
    """Predict the memes of a shard into ``part-00000.parquet`` and so on; go on where it stopped.

    Several task sets are written as JSONL, since a table holds one.

    Args:
        studio: who answers.
        named: the memes.
        folder: is created.
        shard: which parts.
        model: a version; ``None`` is the active one.
        begin: who answers the parts.
        bar: shows how far it is.
        note: takes what is to be said of a list, and each meme that failed.

    Raises:
        InputError: if the folder holds answers to something else.
        StoreError: if nothing can be written, or another program works on this shard.
    """
    listed = list_named(named, note)
    if shard.number == 1:
        for failure in listed.failures:
            note(f"{failure.filename}: {failure.reason}")
    make_folder(folder)
    asked = _describe(studio, listed.sources, model)
    _agree(folder / ASKED, asked)
    kind = "parquet" if len(studio.task_sets) == 1 else "jsonl"
    parts = [
        Part(folder / f"part-{part:05d}.{kind}", listed.sources[part * SIZE : (part + 1) * SIZE])
        for part in range(-(-len(listed.sources) // SIZE))
        if shard.has(part)
    ]
    name = f".shard-{shard.number}-of-{shard.of}.lock"
    with locked(folder / name, timeout=_LOCK_SECONDS):
        waiting = [part for part in parts if not is_whole(part.path)]
        models = {key: (version, own) for key, (version, own) in asked["models"].items()}
        work = Work(studio=studio, model=model, models=models, parts=waiting)
        total = sum(len(part.sources) for part in parts)
        done = Written(before=len(parts) - len(waiting))
        if waiting:
            with bar("Memes") as show, begin(work) as answer:
                done = _work(work, answer, done, total, show, note)
    # What the list itself lacks is counted once.
    lost = len(listed.failures) if shard.number == 1 else 0
    return replace(done, failed=done.failed + lost)


def _work(
    work: Work,
    answer: AnswerPart,
    done: Written,
    total: int,
    show: Tell,
    note: Callable[[str], None],
) -> Written:
    gone = total - sum(len(part.sources) for part in work.parts)
    for part in work.parts:
        output = Output(part.path, len(work.studio.task_sets))

        def tell(progress: Progress, before: int = gone) -> None:
            show(replace(progress, done=before + progress.done, total=total))

        answers = list(answer(part, output.kept, tell))
        failures = [one for one in answers if isinstance(one, Failure)]
        for failure in failures:
            note(f"{failure.filename}: {failure.reason}")
        found = [one for one in answers if not isinstance(one, Failure)]
        output.write(found, whole=not failures)
        done = replace(
            done,
            predicted=done.predicted + len(found),
            failed=done.failed + len(failures),
            parts=done.parts + 1,
        )
        gone += len(part.sources)
    return done


def _describe(studio: Studio, sources: Sequence[Source], model: str | None) -> dict[str, Any]:
    """Return what the answers depend on; of a picture its name alone, for there may be millions."""
    names = ((source.filename, source.text) for source in sources)
    parts = ("-" if part is None else f"+{part}" for pair in names for part in pair)
    models = {}
    for tasks in studio.task_sets:
        found = studio.batches.catalogue.find(tasks, model)
        models[tasks.key] = [found.version, found.encoder.fingerprint]
    return {
        "memes": len(sources), "list": digest_texts(parts), "models": models, "part": SIZE,
    }  # fmt: skip


def _agree(path: Path, asked: dict[str, Any]) -> None:
    """Write down what a folder's parts answer; raise InputError if that is something else."""
    journal, line = Journal(path), json.dumps(asked).encode() + b"\n"
    with locked(path.with_name(f".{path.name}.lock")):
        known = list(journal)
        if not known:
            journal.add(line)
        elif known != [line]:
            raise InputError(
                f"{path.parent} holds predictions of another list, task set or model; "
                f"{path.name} there says of which. Choose another folder for --out."
            )
