"""``memeclip predict``: memes in, labels with their probabilities and cosines out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import open_studio, with_settings
from memeclip_core.cli.rendering import render_prediction
from memeclip_core.cli.terminal import progress_bar, say, warn
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.mapping import read_column_map
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.schemas import prediction_to_dict, to_json


@with_settings(tasks=("pridemm",))
def predict(
    settings: Settings,
    images: list[Path] | None = None,
    *,
    text: str | None = None,
    no_text: bool = False,
    image_folder: Annotated[Path | None, typer.Option("--images")] = None,
    columns: list[str] | None = None,
    model: str | None = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    out: str | None = None,
    shard: str | None = None,
    on: str | None = None,
    encoders: int = 1,
    gpus: float = 0.0,
) -> None:
    """Predict every task for memes: label, probabilities, cosine to every class.

    A meme that cannot be read, or whose image a list names and nobody finds, is named on stderr
    and the others go on. The exit code is 0 if all were predicted, 1 if some failed, 2 if the
    command cannot be carried out.

    Args:
        images (IMAGE...): Images, folders and zip archives of images, tar shards, Parquet files
            with the images inside, or lists: any file that 'memeclip dataset check' reads, such as
            CSV with the columns image and text. A row without an image is read as text.
        text: The meme's text, instead of reading it off the image; without an image, all there is.
            Only with one image or none. A blank one is read off the image.
        no_text: There is no text on the image: read none. Only with one.
        image_folder (DIR): The folder of a list's images; else beside the list.
        columns (NAME=COLUMN): What the columns of a list are, as in "image=file text=caption". May
            be repeated.
        model: A version from 'memeclip models list'; else the active one.
        as_json: Print JSON: one object for one meme, one object per line for several.
        out (FILE.csv|FILE.jsonl|FILE.parquet|FOLDER/): Write the results to this file instead, or
            to a file for every thousand memes in this folder. The same command again after an
            interruption goes on where it stopped.
        shard (NUMBER/OF): Predict a share of the parts alone, such as the second of four with 2/4;
            other machines take the others, into the same folder or their own. Only with a folder.
        on (ray): Have a Ray cluster answer: the one that RAY_ADDRESS names, else this machine's.
            Only with a folder.
        encoders: How many encode at once on Ray.
        gpus: Graphics cards for each of them; 0.5 lets two share one.
    """
    from memeclip_core.app.parts.part_files import Shard, begin_here, predict_parts
    from memeclip_core.app.predictions import Output, name_memes, predict_memes

    named = name_memes(
        images or [],
        text=text,
        no_text=no_text,
        columns=read_column_map(columns) if columns else None,
        images=image_folder,
    )
    apart = not named.single
    if on not in (None, "ray"):
        raise InputError(f"--on is '{on}'; allowed is ray. Without it, this machine answers.")
    if out is not None and (out.endswith(("/", os.sep)) or Path(out).is_dir()):
        share, begin = Shard.read(shard or "1/1"), begin_here
        if on is not None:
            from memeclip_core.app.parts.ray_cluster import Cluster

            begin = Cluster(build=open_studio, encoders=encoders, gpus=gpus).begin
        studio = open_studio(settings, reads_apart=apart)
        written = predict_parts(
            studio, named, Path(out), share, model=model, begin=begin, bar=progress_bar, note=_note
        )
        if written.before:
            _note(f"{written.before:,} parts are there already.")
        warn(f"Wrote {written.predicted:,} predictions in {written.parts:,} parts to {out}.")
        if written.failed:
            raise typer.Exit(1)
        return
    if shard is not None:
        raise InputError("--shard shares a folder's parts: name one with --out, such as parts/.")
    if on is not None:
        raise InputError("--on ray writes parts: name a folder with --out, such as parts/.")
    output = None if out is None else Output(Path(out), len(settings.tasks))
    if output is not None and output.before:
        _note(f"Going on with {out}: {output.before} predictions are there already.")
    studio = open_studio(settings, reads_apart=apart)
    indent = 2 if named.single and len(studio.task_sets) == 1 else None
    done: list[Prediction] = []
    failed = 0
    kept = None if output is None else output.kept
    for answer in predict_memes(
        studio, named, model=model, kept=kept, bar=progress_bar, note=_note
    ):
        if isinstance(answer, Failure):
            failed += 1
            _note(f"{answer.filename}: {answer.reason}")
        elif output is not None:
            done.append(answer)
        elif as_json:
            say(to_json(prediction_to_dict(answer), indent=indent).decode().rstrip())
        else:
            say(render_prediction(answer))
    if output is not None:
        output.write(done)
        warn(f"Wrote {len(done)} predictions to {out}.")
    if failed:
        raise typer.Exit(1)


def _note(sentence: str) -> None:
    warn(f"memeclip: {sentence}")
