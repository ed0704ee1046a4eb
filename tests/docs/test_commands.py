"""The documents name every command and setting, and every example of them is one that works."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from memeclip_core.cli.program import build_program
from tests.docs.pages import DOCUMENTS, GUIDE, README, ROOT, find_tables, read_lines, strip_blocks

PAGE = GUIDE["command-line"]
LINES = read_lines(*(path.read_text(encoding="utf-8") for path in DOCUMENTS))
INLINE = sorted(
    {
        code
        for text in (README, *GUIDE.values())
        for code in re.findall(r"`(memeclip [^`]+)`", strip_blocks(text))
    }
)
PROGRAM: Any = typer.main.get_command(build_program())


def walk(node: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its words: ("models", "promote")."""
    children = getattr(node, "commands", {})
    if not children:
        yield words, node
    for name, child in children.items():
        yield from walk(child, (*words, name))


COMMANDS = dict(walk(PROGRAM))


def find_command(line: str) -> tuple[Any, list[str]]:
    """Return the command that a line names, and the words behind its name."""
    words = shlex.split(line, comments=True)[1:]
    command = PROGRAM
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    return command, words


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(build_program(), [*words, "--help"], terminal_width=200)
    assert result.exit_code == 0
    assert (COMMANDS[words].help or "").strip()
    assert [p.name for p in COMMANDS[words].params if not getattr(p, "help", "")] == []


def test_the_list_of_commands_names_each_and_no_other() -> None:
    ((_, rows),) = find_tables(PAGE, "| command | what it does |")
    named = [name for row in rows for name in re.findall(r"`memeclip ([^`]+)`", row[0])]
    assert sorted(named) == sorted(" ".join(words) for words in COMMANDS)


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("memeclip ")])
def test_every_example_parses(line: str) -> None:
    command, words = find_command(line)
    command.make_context("memeclip", words)


@pytest.mark.parametrize("line", INLINE)
def test_a_command_within_a_sentence_is_one_with_the_options_that_it_has(line: str) -> None:
    command, words = find_command(line)
    assert command in COMMANDS.values()
    options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_tables_of_settings_name_each_option_with_its_variable_and_no_other() -> None:
    rows = [row for _, rows in find_tables(PAGE, "| option | variable |") for row in rows]
    assert {row[0].strip("`"): row[1].strip("`") for row in rows} == {
        param.opts[0]: param.envvar or ""
        for param in COMMANDS["serve",].params
        if param.opts[0] != "--help"
    }


def test_every_environment_variable_of_the_package_is_documented() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "memeclip_core").rglob("*.py")
    )
    missing = set(re.findall(r"MEMECLIP_[A-Z_]*[A-Z]", sources)) - set(
        re.findall(r"`(MEMECLIP_[A-Z_]+)`", PAGE)
    )
    assert missing == set()


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("scripts/")])
def test_every_script_in_the_documents_can_be_started(line: str) -> None:
    script = ROOT / shlex.split(line, comments=True)[0]
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")


def test_the_page_on_contributing_names_every_mark_of_the_tests() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    marks = options["tool"]["pytest"]["ini_options"]["markers"]
    ((_, rows),) = find_tables(GUIDE["contributing"], "| mark |")
    assert [row[0].strip("`") for row in rows] == [mark.split(":")[0] for mark in marks]
