"""A benchmark as a command line of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer

from memeclip_core.cli.program import run_program


def run_benchmark(
    command: Callable[..., None], module: str, arguments: Sequence[str] | None = None
) -> None:
    """Run a command as ``python -m <module>``, with the exit codes of ``memeclip``."""
    program = typer.Typer(pretty_exceptions_enable=False)
    program.command()(command)
    run_program(program, arguments, name=f"python -m {module}")
