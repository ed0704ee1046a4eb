"""``memeclip dataset``: what a dataset holds, before anything is trained on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from memeclip_core.cli.options import DEFAULTS, ImagesOption, read_files
from memeclip_core.cli.signatures import with_options
from memeclip_core.cli.terminal import (
    printable,
    progress_bar,
    render_columns,
    render_table,
    say,
    warn,
)
from memeclip_core.errors import DatasetError
from memeclip_core.records.dataset_report import (
    ClassCount,
    DatasetReport,
    Duplicates,
    LabelReport,
    Meaning,
    SplitCount,
)
from memeclip_core.records.meme import Failure
from memeclip_core.records.schemas import to_json, to_plain

SCHEMA = 1
SHOWN = 10
MOST_SHOWN = 60
NONE_HOLDS = "(none of these)"
NO_SPLIT = "(no split)"
NO_LABEL = "(no label)"
SPLIT_COLUMNS: dict[str, Callable[[SplitCount], object]] = {
    "split": lambda item: item.split or NO_SPLIT,
    "rows": lambda item: item.rows,
    "no text": lambda item: item.no_text,
    "no image": lambda item: item.no_image,
    "unreadable": lambda item: item.unreadable,
    "neither": lambda item: item.neither,
}


@with_options()
def check(
    paths: list[Path],
    *,
    images: ImagesOption = None,
    format: str | None = None,
    columns: list[str] | None = None,
    tasks: str | None = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Count rows, classes, gaps and duplicates, within splits and across them.

    Malformed lines are named and left out. Names and line numbers are shown, and never a text. The
    exit code is 1 if nothing can be used.

    Args:
        paths (PATH): Files of one dataset, or the folder with them.
        format (NAME): The format; else the content tells it.
        columns (NAME=COLUMN): What the columns of a file of your own are: image, text, split, name
            and the columns of your tasks, as in "image=file text=caption hate=label split=fold".
            What values mean is said as in harm:Harmful=2|3. May be repeated.
        tasks (NAME|FILE): The tasks that the labels belong to; else the format's own.
        as_json: Print everything, every line by its place, as JSON.
    """
    from memeclip_core.experiments.workbench import check_files

    files, pairs = _part_pairs(paths, columns or [])
    try:
        with progress_bar("dataset check") as show:
            report = check_files(
                read_files(dataset=files, images=images, columns=pairs),
                assets=DEFAULTS.assets,
                format=format,
                tasks=tasks,
                on_progress=show,
            )
    except DatasetError as error:
        if not all(path.exists() for path in files):
            raise
        warn(f"memeclip: {error}")
        raise typer.Exit(1) from None
    if as_json:
        plain = {"schema": SCHEMA, **to_plain(report)}
        say(to_json(plain, indent=2).decode().rstrip())
    else:
        say(render_dataset_report(report))
    if not report.usable:
        shipped = f" The tasks are {report.tasks}'s; name others with --tasks."
        own = shipped if report.tasks and not tasks else ""
        warn(f"memeclip: nothing in it can be used: no text or image, or no label, is read.{own}")
        raise typer.Exit(1)


def _part_pairs(paths: Sequence[Path], columns: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Part files from pairs: ``--columns a=b c=d`` hands the second pair over as a file."""
    more = [path for path in paths if columns and "=" in path.name and not path.exists()]
    files = [path for path in paths if path not in more]
    if not files:
        raise DatasetError("No file is named. Name the files before --columns.")
    return files, [*columns, *(str(path) for path in more)]


def render_dataset_report(report: DatasetReport) -> str:
    """Return the report for a terminal: tables, then what is wrong, each with its n."""
    tasks = f", tasks {report.tasks}" if report.tasks else ""
    repeated = [" = ".join(group[:3]) for group in report.repeated_names]
    parts = [
        f"{report.format}{tasks}: n = {report.rows} rows in {', '.join(report.files)}",
        render_columns(SPLIT_COLUMNS, report.splits),
        *_render_classes(report.classes),
        *_render_meanings(report.meanings),
        *_render_failures("notes", report.notes),
        *_render_failures("malformed lines, left out", report.malformed),
        *_render_failures("labels that cannot be read, left out", report.unread_labels),
        *_render_one_sided(report),
        *_render_failures("files not read", report.skipped),
        *_render_failures("unreadable images", report.unreadable),
        *_render_places("rows without a text", report.missing_texts),
        *_render_missing_images(report),
        *_render_places("names that stand more than once", repeated),
        *(part for found in report.duplicates for part in _render_duplicates(found)),
    ]
    return "\n\n".join(parts)


def render_label_report(report: LabelReport) -> str:
    """Return how values are read as labels: rows by class, and each value with its meaning."""
    title = f"{', '.join(report.files)}, tasks {report.tasks}: n = {report.rows} rows"
    held = {item.task for item in report.classes if item.label and item.total}
    classes = [item for item in report.classes if item.task in held]
    silent = dict.fromkeys(item.task for item in report.classes if item.task not in held)
    lacking = [f"No row has a label for: {', '.join(silent)}."] if silent else []
    unread = _render_failures("labels that cannot be read, left out", report.unread_labels)
    meanings = _render_meanings(report.meanings)
    return "\n\n".join((title, *_render_classes(classes), *lacking, *meanings, *unread))


def _render_classes(classes: Sequence[ClassCount]) -> list[str]:
    parts = []
    for task in dict.fromkeys(item.task for item in classes):
        own = [item for item in classes if item.task == task]
        rows = [
            (printable(item.label) or NO_LABEL, *map(str, item.rows.values()), f"{item.total}")
            for item in own
        ]
        splits = (split or NO_SPLIT for split in own[0].rows)
        parts.append(render_table((task, *splits, "all"), rows))
    return parts


def _render_meanings(meanings: Sequence[Meaning]) -> list[str]:
    if not meanings:
        return []
    rows = [
        (one.task, printable(one.column), printable(one.value),
         printable(", ".join(one.labels)) or NONE_HOLDS, str(one.rows))
        for one in meanings[:MOST_SHOWN]
    ]  # fmt: skip
    more = len(meanings) - MOST_SHOWN
    table = render_table(("task", "column", "value", "is read as", "rows"), rows)
    return [table + (f"\n  and {more} more (--json names all)" if more > 0 else "")]


def _render_one_sided(report: DatasetReport) -> list[str]:
    return [
        f"ONE LABEL ALONE: every row that is labelled for {task} is '{printable(label)}'. "
        "Nothing can be learnt from that."
        for task, label in report.one_sided.items()
    ]


def _render_failures(title: str, failures: Sequence[Failure]) -> list[str]:
    if not failures:
        return []
    lines = [f"{len(failures)} {title}:"]
    lines += [f"  {printable(f.filename)}: {printable(f.reason)}" for f in failures[:SHOWN]]
    if failures[SHOWN:]:
        lines.append(f"  and {len(failures) - SHOWN} more (--json names all)")
    return ["\n".join(lines)]


def _render_places(title: str, places: Sequence[str]) -> list[str]:
    if not places:
        return []
    shown = "; ".join(printable(place) for place in places[:SHOWN])
    more = f"; and {len(places) - SHOWN} more (--json names all)" if places[SHOWN:] else ""
    return [f"{len(places)} {title}: {shown}{more}"]


def _render_missing_images(report: DatasetReport) -> list[str]:
    counted = [f"{report.pictures}."] if report.pictures.named else []
    if not report.pictures.found:
        none = "No image of any row is there. Rows without an image are rows with a text alone."
        return [" ".join((*counted, none))]
    return counted + _render_places("rows whose image is not there", report.missing_images)


def _render_duplicates(found: Duplicates) -> list[str]:
    if not found.compared:
        return []
    lines = [
        f"{found.kind}: {len(found.groups)} groups of {found.rows} rows "
        f"(n = {found.compared} compared), {found.contradicting} groups with different labels"
    ]
    for item in found.straddles:
        split, other = item.split or NO_SPLIT, item.other or NO_SPLIT
        also = " more" if found.kind.startswith("near") else ""
        lines.append(
            f"  ACROSS SPLITS: {item.rows}{also} of {item.of} rows of {split} stand in {other}"
        )
    examples = [" = ".join(printable(place) for place in group[:4]) for group in found.groups[:3]]
    lines += [f"  such as {example}" for example in examples]
    return ["\n".join(lines)]
