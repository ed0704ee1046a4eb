"""Options out of a signature and a docstring."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from memeclip_core.cli.signatures import with_options

SEEN: list[object] = []


def read_pair(*, one: int = 1, two: str = "") -> tuple[int, str]:
    """Return both.

    Args:
        one (N): The first.
        two: The
            second.
    """
    return one, two


@with_options(read_pair)
def command(
    pair: tuple[int, str],
    name: str,
    others: list[str] | None = None,
    *,
    force: bool = False,
    as_json: Annotated[int, typer.Option("--json", min=1, help="Said here.")] = 3,
) -> None:
    """Do it.

    At once.

    Args:
        name: Whose.
        others (A: B...): What else: any.
        force: Even so.
        as_json (FILE): Not said here.

    Raises:
        ValueError: never.
    """
    SEEN.append((pair, name, others, force, as_json))


def build() -> typer.Typer:
    program = typer.Typer(add_completion=False)
    program.command()(command)
    return program


def test_parameters_before_the_star_are_arguments_and_those_behind_it_options() -> None:
    words = ["--two", "b", "n", "x", "y", "--force", "--json", "4"]
    assert CliRunner().invoke(build(), words, catch_exceptions=False).exit_code == 0
    assert SEEN.pop() == ((1, "b"), "n", ["x", "y"], True, 4)


def test_help_and_placeholders_come_from_the_docstring() -> None:
    told = typer.main.get_command(build())
    found = {p.name: (p.opts, p.metavar, getattr(p, "help", "")) for p in told.params}
    assert found | {"help": None} == {
        "one": (["--one"], "N", "The first."),
        "two": (["--two"], None, "The second."),
        "name": (["name"], None, "Whose."),
        "others": (["others"], "A: B...", "What else: any."),
        "force": (["--force"], None, "Even so."),
        "as_json": (["--json"], "FILE", "Said here."),
        "help": None,
    }
    assert told.help == "Do it.\n\nAt once."


@pytest.mark.parametrize("word", ["--no-force", "--as-json"])
def test_a_flag_has_one_name_and_a_name_of_ones_own_is_the_only_one(word: str) -> None:
    assert CliRunner().invoke(build(), ["n", word]).exit_code == 2
