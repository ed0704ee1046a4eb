"""What the commands say and how: results on stdout, everything else on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

import typer
from tqdm import tqdm

from memeclip_core.records.job import Progress
from memeclip_core.records.model import Metric

T = TypeVar("T")

LOG_EVERY = 30.0
"""Seconds between two lines on progress in a log file."""


def say(line: str) -> None:
    """Print one line of a result, above any progress bar."""
    tqdm.write(line, file=sys.stdout)


def warn(line: str) -> None:
    """Print one line on stderr, above any progress bar."""
    tqdm.write(line, file=sys.stderr)


def printable(text: str) -> str:
    """Return a text on one line, its control characters shown and not obeyed.

    A meme's text comes from strangers; an escape sequence in it must not steer the terminal.
    """
    line = " / ".join(part.strip() for part in text.splitlines() if part.strip())
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line)


def render_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as aligned columns under a header."""
    table = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)


def render_columns(columns: Mapping[str, Callable[[T], object]], items: Iterable[T]) -> str:
    """Return a table of items: what stands under each header, and a line for each of them."""
    rows = ([str(read(item)) for read in columns.values()] for item in items)
    return render_table(list(columns), rows)


def render_metric(metric: Metric) -> str:
    """Return a number with its interval and n, or why there is none."""
    if metric.reason:
        return f"{metric.name}: none, {metric.reason}"
    return (
        f"{metric.name} {metric.value:.4f} "
        f"(95 % interval {metric.low:.4f} to {metric.high:.4f}, n = {metric.n})"
    )


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[Progress], None]]:
    """Show a bar on stderr while something takes long; a line now and then in a log file.

    Where stderr is no terminal, such as on a cluster, a line is written every ``LOG_EVERY``
    seconds, so that what takes less stays silent.
    """
    if not sys.stderr.isatty():
        yield _log_progress(title)
        return
    bar = tqdm(desc=title, file=sys.stderr, leave=False, dynamic_ncols=True)

    def on_progress(progress: Progress) -> None:
        bar.total = progress.total
        bar.n = progress.done
        facts = [progress.message]
        if progress.loss is not None:
            facts.append(f"loss {progress.loss:.3f}")
        if progress.score is not None:
            facts.append(f"score {progress.score:.3f}")
        bar.set_postfix_str(", ".join(facts))

    try:
        yield on_progress
    finally:
        bar.close()


def _log_progress(title: str) -> Callable[[Progress], None]:
    last = monotonic()

    def on_progress(progress: Progress) -> None:
        nonlocal last
        if monotonic() - last < LOG_EVERY:
            return
        last = monotonic()
        told = f"{title}: {progress.done:,} of {progress.total:,}, {progress.message}"
        warn(told if progress.loss is None else f"{told}, loss {progress.loss:.3f}")

    return on_progress


def read_secret(prompt: str, *, from_stdin: bool) -> str:
    """Ask for a password without showing it; twice, unless it comes through a pipe."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True))
