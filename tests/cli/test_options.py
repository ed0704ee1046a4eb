"""The shared options: one list, the same everywhere."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from memeclip_core.cli.options import (
    DEFAULTS,
    read_settings,
    spread,
    with_settings,
    write_config,
)
from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError, InputError
from memeclip_core.experiments.run_config import read_run_config


def run(*words: str, tasks: tuple[str, ...] = DEFAULTS.tasks) -> tuple[Settings, int]:
    seen: list[tuple[Settings, int]] = []

    @with_settings(tasks=tasks)
    def command(settings: Settings, count: Annotated[int, typer.Option()] = 1) -> None:
        """Count."""
        seen.append((settings, count))

    program = typer.Typer()
    program.command()(command)
    result = CliRunner().invoke(program, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return seen[0]


def test_without_options_the_settings_are_the_defaults_and_the_home_is_the_environments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("MEMECLIP_HOME")
    assert run() == (Settings(), 1)
    monkeypatch.setenv("MEMECLIP_HOME", str(tmp_path / "other"))
    assert run()[0].home == tmp_path / "other"
    assert run("--home", "named")[0].home == Path("named")


def test_every_option_reaches_its_setting() -> None:
    settings, count = run(
        *("--home", "h", "--tasks", "a", "--tasks", "b.yaml", "--encoder", "e", "--ocr", "none"),
        *("--device", "cpu", "--threads", "3", "--feature-variant", "projected"),
        *("--checkpoints", "c", "--captioner", "d/e", "--count", "7"),
    )
    assert count == 7
    assert settings == Settings(
        home=Path("h"),
        tasks=("a", "b.yaml"),
        encoder="e",
        ocr="none",
        device="cpu",
        threads=3,
        feature_variant="projected",
        checkpoints=Path("c"),
        captioner="d/e",
    )


def test_a_command_may_have_task_sets_of_its_own_until_some_are_named() -> None:
    assert run(tasks=("pridemm",))[0].tasks == ("pridemm",)
    assert run("--tasks", "propaganda", tasks=("pridemm",))[0].tasks == ("propaganda",)


def test_a_file_of_options_stands_in_for_what_the_command_line_does_not_give(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("tasks: axiom\nfeature-variant: projected\ncount: 7\nthreads: 2\n", "utf-8")
    settings, count = run("--config", str(path), "--threads", "3")
    assert (settings.tasks, settings.feature_variant) == (("axiom",), "projected")
    assert (settings.threads, count) == (3, 7)


def test_an_option_that_a_command_does_not_have_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("seed: 1\n", "utf-8")
    with pytest.raises(InputError, match=r"no option 'seed'. Its options: .*count, home"):
        run("--config", str(path))


def test_a_run_leaves_its_options_so_that_they_give_the_same_run(tmp_path: Path) -> None:
    seen = []

    @with_settings()
    def command(settings: Settings, *, out: Path, names: list[str] | None = None) -> None:
        """Write."""
        write_config(out)
        seen.append((settings, names))

    program = typer.Typer()
    program.command()(command)
    words = ["--out", str(tmp_path / "a.yaml"), "--names", "x", "--names", "y", "--device", "cpu"]
    for own in (words, ["--config", str(tmp_path / "a.yaml"), "--out", str(tmp_path / "b.yaml")]):
        assert CliRunner().invoke(program, own, catch_exceptions=False).exit_code == 0
    assert seen[0] == seen[1]
    first, second = (read_run_config(tmp_path / name) for name in ("a.yaml", "b.yaml"))
    assert first | {"out": second["out"]} == second
    assert first["names"] == ["x", "y"] and "config" not in first


def test_contradictions_are_one_typed_error() -> None:
    with pytest.raises(ConfigError, match=r"device is .tpu.*threads is -1"):
        run("--device", "tpu", "--threads", "-1")


def test_the_decorated_command_lists_its_own_options_and_all_shared_ones() -> None:
    @with_settings()
    def command(settings: Settings, own: int = 1) -> None:
        """Do."""

    names = list(inspect.signature(command).parameters)
    assert names == ["own", *inspect.signature(read_settings).parameters]


NAMES = {"--seeds": 1, "--set": 1}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--seeds 0 1 2", "--seeds 0 --seeds 1 --seeds 2"),
        ("--seeds 0 --seeds 1", "--seeds 0 --seeds 1"),
        ("--seeds 0 1 --out d", "--seeds 0 --seeds 1 --out d"),
        ("--out d --seeds 3", "--out d --seeds 3"),
        ("a b --set x=1 y=2 --head h", "a b --set x=1 --set y=2 --head h"),
        ("--set lr=1 -h", "--set lr=1 -h"),
        ("--seeds 0 -- 1 2", "--seeds 0 -- 1 2"),
        ("--out d e", "--out d e"),
        ("--seeds", "--seeds"),
        ("", ""),
    ],
)
def test_each_value_gets_its_own_name(line: str, expected: str) -> None:
    assert spread(line.split(), NAMES) == expected.split()


def test_numbers_below_zero_are_values() -> None:
    assert spread(["--seeds", "0", "-1"], NAMES) == ["--seeds", "0", "--seeds", "-1"]
