"""``memeclip predict``: memes in, labels with their probabilities and cosines out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.rendering import render_prediction
from memeclip_core.cli.terminal import progress_bar, say, warn
from memeclip_core.cli.workbench import read_columns
from memeclip_core.config import Settings
from memeclip_core.datasets.sources import Listed, is_list, list_sources, read_source
from memeclip_core.errors import InputError
from memeclip_core.memes.text import given_text
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.serialise import prediction_to_dict
from memeclip_core.storage.files import atomic_write

if TYPE_CHECKING:
    from memeclip_core.app.studio import Studio

FORMATS = (".csv", ".jsonl")


@with_settings(tasks=("pridemm",))
def predict(
    settings: Settings,
    images: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="IMAGE...",
            help="Images, folders and zip archives of images, or lists: any file that 'memeclip "
            "dataset check' reads, such as CSV with the columns image and text. A row without an "
            "image is read as text.",
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            help="The meme's text, instead of reading it off the image; without an image, all "
            "there is. Only with one image or none. A blank one is read off the image."
        ),
    ] = None,
    no_text: Annotated[
        bool,
        typer.Option("--no-text", help="There is no text on the image: read none. Only with one."),
    ] = False,
    image_folder: Annotated[
        Path | None,
        typer.Option(
            "--images", metavar="DIR", help="The folder of a list's images; else beside the list."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COLUMN",
            help='What the columns of a list are, as in "image=file text=caption". '
            "May be repeated.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A version from 'memeclip models list'; else the active one.")
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print JSON: one object for one meme, one object per line for several."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv|FILE.jsonl", help="Write the results to this file instead."),
    ] = None,
) -> None:
    """Predict every task for memes: label, probabilities, cosine to every class.

    A meme that cannot be read, or whose image a list names and nobody finds, is named on stderr
    and the others go on. The exit code is 0 if all were predicted, 1 if some failed, 2 if the
    command cannot be carried out.
    """
    paths = images or []
    text = given_text(text, none=no_text)
    _check(settings, paths, text, out)
    studio = open_studio(settings)
    listed = list_sources(paths, columns=read_columns(columns), images=image_folder)
    for note in listed.notes:
        warn(f"memeclip: {note}")
    single = _is_single(paths)
    done: list[Prediction] = []
    failed = 0
    for answer in _answers(studio, listed, text, model, single=single):
        if isinstance(answer, Failure):
            failed += 1
            warn(f"memeclip: {answer.filename}: {answer.reason}")
        elif out is not None:
            done.append(answer)
        elif as_json:
            say(_to_json(answer, indent=2 if single and len(studio.task_sets) == 1 else None))
        else:
            say(render_prediction(answer))
    if out is not None:
        _write(out, done)
    if failed:
        raise typer.Exit(1)


def _is_single(paths: list[Path]) -> bool:
    return len(paths) < 2 and not any(map(is_list, paths))


def _check(settings: Settings, paths: list[Path], text: str | None, out: Path | None) -> None:
    if not paths and not text:
        raise InputError(
            "There is nothing to predict. Name an image, a folder, an archive or a list, or give "
            "--text."
        )
    if text is not None and not _is_single(paths):
        raise InputError(
            "--text and --no-text are about one meme and cannot stand for several. Name one image, "
            "or put the texts into a list with the columns image and text."
        )
    if out is not None and out.suffix.lower() not in FORMATS:
        raise InputError(
            f"--out is '{out}'; its name must end in {' or '.join(FORMATS)}, which is the format."
        )
    if out is not None and out.suffix.lower() == ".csv" and len(settings.tasks) > 1:
        raise InputError(
            "A CSV file has the columns of one task set; --tasks names "
            f"{len(settings.tasks)}. Write one file for each, or a .jsonl file."
        )


def _answers(
    studio: Studio, listed: Listed, text: str | None, model: str | None, *, single: bool
) -> Iterator[Prediction | Failure]:
    """Yield one answer per meme and task set."""
    sources = listed.sources
    yield from listed.failures
    keys = [task_set.key for task_set in studio.task_sets]
    if text is not None:
        data = read_source(sources[0], max_bytes=studio.settings.max_bytes) if sources else None
        name = sources[0].filename if sources else ""
        for key in [] if listed.failures else keys:
            yield studio.predict(data, name, task_set=key, text=text, model=model)
        return
    with progress_bar("Memes") as show:
        for i, key in enumerate(keys):

            def on_progress(progress: Progress, before: int = i * len(sources)) -> None:
                show(
                    Progress(
                        done=before + progress.done,
                        total=len(keys) * progress.total,
                        message=progress.message,
                    )
                )

            yield from studio.predict_many(
                sources,
                task_set=key,
                model=model,
                on_progress=None if single else on_progress,
            )


def _to_json(prediction: Prediction, indent: int | None = None) -> str:
    return json.dumps(prediction_to_dict(prediction), ensure_ascii=False, indent=indent)


def _write(path: Path, done: list[Prediction]) -> None:
    if path.suffix.lower() == ".csv":
        # numpy comes with it, which starting the program does without.
        from memeclip_core.annotation.exchange.export_rows import write_predictions_csv

        data = write_predictions_csv(done)
    else:
        data = "".join(f"{_to_json(item)}\n" for item in done).encode("utf-8")
    atomic_write(path, data)
    warn(f"Wrote {len(done)} predictions to {path}.")
