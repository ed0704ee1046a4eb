"""The command line as a whole: every verb under its name, and what happens to errors."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from memeclip_core import __version__
from memeclip_core.cli import (
    backup,
    corrections,
    dataset,
    models,
    project_jobs,
    projects,
    users,
)
from memeclip_core.cli.checkpoints import build_starter, import_official
from memeclip_core.cli.doctor import doctor
from memeclip_core.cli.encoders import align, encoders, fit_text, tune_text
from memeclip_core.cli.evaluate import compare, evaluate
from memeclip_core.cli.explain import explain
from memeclip_core.cli.explore import collections
from memeclip_core.cli.grids import ablate, bench_heads, simulate, sweep
from memeclip_core.cli.options import SpreadCommand
from memeclip_core.cli.predict import predict
from memeclip_core.cli.report import report
from memeclip_core.cli.serve import serve
from memeclip_core.cli.train import train
from memeclip_core.errors import MemeclipError, log_unexpected

LOG = logging.getLogger("memeclip")

USED_WRONGLY = 2
BROKEN = 1


COMMANDS = (
    *(predict, explain, serve, models.retrain, train, evaluate, compare, ablate, sweep, report),
    *(import_official, bench_heads, simulate, encoders, align, fit_text, tune_text, build_starter),
    *(doctor, backup.backup, backup.restore),
)
SPREADING = (
    *(train, evaluate, compare, ablate, sweep, report, bench_heads, simulate),
    *(fit_text, tune_text, build_starter),
)
"""Those whose repeatable options take every word up to the next option."""

GROUPS = {
    "corrections": (
        "List and export what people decided.",
        {"list": corrections.list_corrections, "export": corrections.export},
    ),
    "models": (
        "List, promote, discard and roll back models.",
        {
            "list": models.list_models,
            "promote": models.promote,
            "discard": models.discard,
            "roll-back": models.roll_back,
        },
    ),
    "users": (
        "Who may sign in, and as what.",
        {
            "add": users.add,
            "list": users.list_users,
            "password": users.password,
            "role": users.role,
            "remove": users.remove,
            "token": users.token,
            "tokens": users.tokens,
            "revoke": users.revoke,
        },
    ),
    "webhooks": (
        "Other programs that are told what happens.",
        {
            "list": users.list_webhooks,
            "add": users.add_webhook,
            "remove": users.remove_webhook,
            "test": users.test_webhook,
        },
    ),
    "projects": (
        "Labelling projects: set up, fill, take home.",
        {
            "list": projects.list_projects,
            "create": projects.create,
            "change": projects.change,
            "demo": projects.demo,
            "guidelines": projects.guidelines,
            "suggestions": projects.suggestions,
            "members": projects.members,
            "qualification": project_jobs.qualification,
            "assign": projects.assign,
            "import": project_jobs.import_memes,
            "export": project_jobs.export_project,
            "push": project_jobs.push,
            "migrate": project_jobs.migrate,
            "mend": projects.mend,
            "duplicate": projects.duplicate,
            "delete": projects.delete,
        },
    ),
    "explore": (
        "Many memes at once: maps, searches, copies, suspected label errors.",
        {
            "map": collections.draw,
            "search": collections.search,
            "duplicates": collections.duplicates,
            "suspects": collections.suspects,
        },
    ),
    "dataset": ("Look through datasets.", {"check": dataset.check}),
}


def build_program() -> typer.Typer:
    """Return the program with all its commands."""
    program = typer.Typer(
        name="memeclip",
        no_args_is_help=True,
        # A traceback with local variables would print meme texts.
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(describe)
    for command in COMMANDS:
        name = command.__name__.replace("_", "-")
        program.command(name, cls=SpreadCommand if command in SPREADING else None)(command)
    for title, (help, commands) in GROUPS.items():
        group = typer.Typer(help=help, no_args_is_help=True)
        for name, command in commands.items():
            group.command(name)(command)
        program.add_typer(group, name=title)
    return program


def print_version(wanted: bool) -> None:
    """Print the version and stop, if that was asked for."""
    if wanted:
        typer.echo(f"memeclip {__version__}")
        raise typer.Exit


def describe(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and stop.", is_eager=True, callback=print_version
        ),
    ] = False,
) -> None:
    """Understand memes, correct the model and teach it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``memeclip`` and leave with its exit code; see ``run_program``."""
    run_program(build_program(), arguments, name="memeclip")


def run_program(program: typer.Typer, arguments: Sequence[str] | None, *, name: str) -> None:
    """Run a command line and leave with its exit code.

    0 is success, 1 that something failed or broke, 2 that it was used in a way that cannot
    work, 130 that it was interrupted.
    """
    # Before torch starts its threads: those that spin while they wait make a busy machine many
    # times slower, such as a retraining beside predictions.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        program(args=None if arguments is None else list(arguments), prog_name=name)
    except MemeclipError as error:
        _leave(str(error), USED_WRONGLY)
    except BrokenPipeError:
        # Whoever read the output, such as head, has had enough.
        sys.stderr.close()
        sys.exit(BROKEN)
    except OSError as error:
        # A disk that is full, read-only or gone, wherever a command met it.
        log_unexpected(LOG, error, "a command broke off", level=logging.DEBUG)
        where = error.filename or "A file"
        _leave(
            f"{where} could not be used: {error.strerror or error}. Check that it is there, who "
            "owns it and whether the disk is full, or choose another folder with --home.",
            BROKEN,
        )
    except Exception as error:
        log_unexpected(LOG, error, "a command broke off")
        _leave(
            "something unexpected went wrong; nothing that was saved before is lost. The lines "
            "above say where.",
            BROKEN,
        )


def _leave(sentence: str, code: int) -> None:
    print(f"memeclip: {sentence}", file=sys.stderr)
    sys.exit(code)
