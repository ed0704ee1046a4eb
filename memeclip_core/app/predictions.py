"""Predictions of files that a person names: images, folders, archives and lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memeclip_core.app.studio import Studio
from memeclip_core.datasets.sources import Listed, Source, is_list, list_sources, read_source
from memeclip_core.errors import InputError
from memeclip_core.memes.text import given_text
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.storage.files import atomic_write
from memeclip_core.storage.journal import Journal

if TYPE_CHECKING:
    from memeclip_core.inference.kept import Kept

Bar = Callable[[str], AbstractContextManager[Callable[[Progress], None]]]
"""Shows, under a title, how far something is."""
FORMATS = ("csv", "jsonl", "parquet")
"""What predictions are written as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedMemes:
    """Memes that a person names; see ``name_memes``.

    Attributes:
        paths: as ``list_sources`` takes them.
        text: of the one meme; ``None`` where none is given, so that it is read.
        columns: what the columns of a list of one's own are; see ``read_column_map``.
        images: the folder of the images that lists name; ``None`` looks beside each list.
    """

    paths: tuple[Path, ...]
    text: str | None = None
    columns: Mapping[str, str] | None = None
    images: Path | None = None

    @property
    def single(self) -> bool:
        """Whether this is one meme."""
        return len(self.paths) < 2 and not any(map(is_list, self.paths))


def name_memes(
    paths: Sequence[Path],
    *,
    text: str | None = None,
    no_text: bool = False,
    columns: Mapping[str, str] | None = None,
    images: Path | None = None,
) -> NamedMemes:
    """Return what a person asks to be predicted; a blank text counts as not given.

    Raises:
        InputError: if there is nothing, or one text would stand for several memes.
    """
    given = given_text(text, none=no_text)
    named = NamedMemes(paths=tuple(paths), text=given, columns=columns, images=images)
    if not paths and not given:
        raise InputError(
            "There is nothing to predict. Name an image, a folder, an archive or a list, or give "
            "--text."
        )
    if given is not None and not named.single:
        raise InputError(
            "--text and --no-text are about one meme and cannot stand for several. Name one image, "
            "or put the texts into a list with the columns image and text."
        )
    return named


def predict_memes(
    studio: Studio,
    named: NamedMemes,
    *,
    model: str | None = None,
    kept: Kept | None = None,
    bar: Bar,
    note: Callable[[str], None],
) -> Iterator[Prediction | Failure]:
    """Yield one answer for every meme and task set; a meme that cannot be read has one alone.

    Args:
        studio: who answers.
        named: the memes.
        model: a version; ``None`` is the active one.
        kept: see ``Batches.predict``.
        bar: shows under a title how far it is, where there are several memes.
        note: takes what is to be said of a list.
    """
    listed = list_named(named, note)
    yield from listed.failures
    sources = listed.sources
    if named.text is not None:
        data = read_source(sources[0], max_bytes=studio.settings.max_bytes) if sources else None
        name = sources[0].filename if sources else ""
        for tasks in () if listed.failures else studio.task_sets:
            yield studio.predict(data, name, task_set=tasks.key, text=named.text, model=model)
        return
    with bar("Memes") as show:
        shown = None if named.single else show
        yield from predict_sources(studio, sources, model=model, kept=kept, on_progress=shown)


def list_named(named: NamedMemes, note: Callable[[str], None]) -> Listed:
    """Return the memes; ``note`` takes what is to be said of a list."""
    listed = list_sources(named.paths, columns=named.columns, images=named.images)
    for sentence in listed.notes:
        note(sentence)
    return listed


def predict_sources(
    studio: Studio,
    sources: Sequence[Source],
    *,
    model: str | None,
    kept: Kept | None,
    on_progress: Callable[[Progress], None] | None,
) -> Iterator[Prediction | Failure]:
    """Yield every meme's answers, one for each task set, in one pass; see ``predict_memes``."""
    keys = [tasks.key for tasks in studio.task_sets]
    answers = studio.batches.predict(
        sources, task_sets=keys, model=model, kept=kept, on_progress=on_progress
    )
    return (answer.told for answer in answers)


def check_output(path: Path, task_sets: int) -> str:
    """Return the format of a file of predictions, which its name ends in.

    Raises:
        InputError: on an unknown ending, or a table for several task sets.
    """
    format = path.suffix.lower().removeprefix(".")
    if format not in FORMATS:
        raise InputError(
            f"--out is '{path}'; its name must end in .csv, .jsonl or .parquet, which is the "
            "format."
        )
    if format != "jsonl" and task_sets > 1:
        raise InputError(
            f"A table has the columns of one task set; --tasks names {task_sets}. Write one file "
            "for each, or a .jsonl file."
        )
    return format


class Output:
    """A file of predictions, and beside it, until it is whole, what is there so far.

    A second start with the same file goes on where the first one stopped.

    Attributes:
        kept: what is there so far.
        before: how many memes an earlier start has left here.
    """

    def __init__(self, path: Path, task_sets: int) -> None:
        self._path = path
        self._format = check_output(path, task_sets)
        # torch comes with it, which a wrong --out is told without.
        from memeclip_core.inference.kept import Kept

        self._journal = _find_journal(path)
        self.kept = Kept(self._journal)
        self.before = len(self.kept)

    def write(self, predictions: Sequence[Prediction], *, whole: bool = True) -> None:
        """Write the file; one that is not ``whole`` is to be gone on with.

        Raises:
            StoreError: if it cannot be written.
            ConfigError: if a package for it is missing.
        """
        # numpy comes with it, which starting the program does without.
        from memeclip_core.annotation.exchange.export_rows import write_predictions

        atomic_write(self._path, write_predictions(predictions, self._format))
        if whole:
            self._journal.drop()


def is_whole(path: Path) -> bool:
    """Say whether a file of predictions is there, and nothing beside it that waits for the rest."""
    return path.exists() and not _find_journal(path).path.exists()


def _find_journal(path: Path) -> Journal:
    return Journal(path.with_name(path.name + ".partial"))
