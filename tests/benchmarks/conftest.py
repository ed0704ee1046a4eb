"""Benchmarks as they are called from a terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.command import run_benchmark
from tests.cli.conftest import Left

Run = Callable[..., Left]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a benchmark with the words of a command line."""

    def run_command(benchmark: Callable[..., None], *words: object) -> Left:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            run_benchmark(benchmark, "benchmarks.tested", [str(word) for word in words])
        seen = capsys.readouterr()
        return Left(code=int(exit_.value.code or 0), out=seen.out, err=seen.err)

    return run_command
