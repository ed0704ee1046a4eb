"""A folder of predictions, a file for every thousand memes, which several machines may fill.

Invariants: which memes a part holds depends on the list alone, so that all programs agree on it. A
part is written at once when it is whole; what its program has of it before that stands beside it,
in ``….partial``, and stays there while a meme of it has failed. One program at a time works on a
shard of a folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memeclip_core.app.predictions import Bar, NamedMemes, Output, list_named, predict_sources
from memeclip_core.app.studio import Studio
from memeclip_core.datasets.sources import Source
from memeclip_core.errors import InputError
from memeclip_core.memes.text import digest_texts
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.storage.files import locked, make_folder
from memeclip_core.storage.journal import Journal

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


def predict_parts(
    studio: Studio,
    named: NamedMemes,
    folder: Path,
    shard: Shard,
    *,
    model: str | None = None,
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
    _agree(folder / ASKED, _describe(studio, listed.sources, model))
    name = f".shard-{shard.number}-of-{shard.of}.lock"
    with locked(folder / name, timeout=_LOCK_SECONDS), bar("Memes") as show:
        done = _work(studio, listed.sources, folder, shard, model, show, note)
    # What the list itself lacks is counted once.
    lost = len(listed.failures) if shard.number == 1 else 0
    return replace(done, failed=done.failed + lost)


def _work(
    studio: Studio,
    sources: Sequence[Source],
    folder: Path,
    shard: Shard,
    model: str | None,
    show: Callable[[Progress], None],
    note: Callable[[str], None],
) -> Written:
    kind = "parquet" if len(studio.task_sets) == 1 else "jsonl"
    parts = [part for part in range(-(-len(sources) // SIZE)) if shard.has(part)]
    total = sum(len(sources[part * SIZE :][:SIZE]) for part in parts)
    predicted = failed = written = before = gone = 0
    for part in parts:
        own = sources[part * SIZE : (part + 1) * SIZE]
        path = folder / f"part-{part:05d}.{kind}"
        output = Output(path, len(studio.task_sets))
        if path.exists() and not output.begun:
            before += 1
        else:

            def on_progress(progress: Progress, before: int = gone) -> None:
                done = before + progress.done
                show(Progress(done=done, total=total, message=progress.message))

            answers = list(
                predict_sources(studio, own, model=model, kept=output.kept, on_progress=on_progress)
            )
            failures = [one for one in answers if isinstance(one, Failure)]
            for failure in failures:
                note(f"{failure.filename}: {failure.reason}")
            done = [one for one in answers if not isinstance(one, Failure)]
            output.write(done, whole=not failures)
            predicted, failed, written = predicted + len(done), failed + len(failures), written + 1
        gone += len(own)
    return Written(predicted=predicted, failed=failed, parts=written, before=before)


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
