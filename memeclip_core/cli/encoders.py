"""``memeclip encoders``; ``align``, ``fit-text`` and ``tune-text`` rebuild the compact one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.signatures import with_options
from memeclip_core.cli.terminal import progress_bar, render_table, say, warn
from memeclip_core.config import ROOT

COMPACT = ROOT / "assets" / "encoders" / "compact"
AFTERWARDS = "The features have changed: build the starters again, and retrain your own models."


def encoders() -> None:
    """Print the encoders that can be named with --encoder, and what each of them is."""
    from memeclip_core.experiments.workbench import ENCODERS

    say(render_table(("encoder", "what it is"), ENCODERS.items()))


@with_options()
def align(
    *,
    images: Path,
    captions: Path,
    held_out: Annotated[int, typer.Option(min=1)] = 1000,
    out: Path = COMPACT,
) -> None:
    """Train the compact encoder's space shared by image and text, on pictures with captions.

    Args:
        images (DIR): The folder of the pictures.
        captions (FILE): Tab-separated lines: the picture's file name with #n, a caption.
        held_out: Pictures to choose the epoch by, and as many for the printed figure.
        out (DIR): The folder of the compact encoder's files.
    """
    from memeclip_core.experiments.compact_parts import build_alignment

    with progress_bar("align") as show:
        report = build_alignment(
            images_dir=images,
            captions_file=captions,
            out_dir=out,
            held_out=held_out,
            on_progress=show,
        )
    for place, recall in report.recall.items():
        say(f"text-to-image recall@{place}: {recall:.4f}")
    say(f"{report.queries} captions asked for {report.test} pictures; {report.train} trained on")
    warn(f"Wrote {out}. {AFTERWARDS}")


@with_options()
def fit_text(*, dataset: list[Path], out: Path = COMPACT) -> None:
    """Learn the compact encoder's n-gram space from texts, without their labels.

    Args:
        dataset (PATH...): Dataset files or folders, of any formats; the texts of their split
            train.
        out (DIR): The folder of the compact encoder's files.
    """
    from memeclip_core.experiments.compact_parts import fit_text as fit

    with progress_bar("fit-text") as show:
        report = fit(dataset=dataset, out_dir=out, on_progress=show)
    say(f"{report.texts} texts, {report.ngrams} n-grams that count")
    warn(f"Wrote {out}. Run align next. {AFTERWARDS}")


@with_options()
def tune_text(
    *,
    dataset: list[Path],
    out: Path,
    tasks: str = "",
    folds: Annotated[int, typer.Option(min=2)] = 2,
    epochs: Annotated[int, typer.Option(min=1)] = 3,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Teach the upper layers of the compact encoder's sentence tower on memes' labels.

    Only rows of the split train teach; of a set without validation rows, the tenth that train sets
    aside does not. A killed command goes on after the last whole epoch when it is given again.

    Args:
        dataset (PATH...): Dataset files or folders, of any formats.
        out (DIR): The folder for the encoder that --encoder can then name.
        tasks (NAME|FILE): The task set of files whose format has none of its own.
        folds (K): Stacks of layers, each taught on all parts of the texts but one, so that a head
            meets each training text as a stack sees it that never learnt it.
        epochs: How often each stack meets the texts.
        seed: Of the order of texts and of dropout.
    """
    from memeclip_core.experiments.text_tuning import TeachConfig
    from memeclip_core.experiments.text_tuning import tune_text as tune

    with progress_bar("tune-text") as show:
        report = tune(
            dataset=dataset,
            tasks=tasks,
            out_dir=out,
            config=TeachConfig(folds=folds, epochs=epochs, seed=seed),
            on_progress=show,
        )
    say(render_table(("task", "texts"), ((name, f"{n:,}") for name, n in report.tasks.items())))
    say(f"{report.texts:,} texts taught; {report.kept_back:,} rows were kept back for judging")
    if report.left_out:
        say(f"{report.left_out:,} rows were left out: without a text, or nearly one of those")
    warn(f"Wrote {out}. Train with it: memeclip train --encoder {out}")
