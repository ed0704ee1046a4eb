"""What the commands of the workbench share."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core import __version__
from memeclip_core.cli.workbench import begin, choose_tasks, now, open_cache, render_results
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.experiments.results import Cell
from memeclip_core.records.model import Metric
from tests.factories.workbench import write_axiom, write_pridemm


def test_results_begin_with_how_they_came_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["anything", "train", "--out", "a folder"])
    found = begin("train", split="val")
    assert found.command == "memeclip train --out 'a folder'"
    assert (found.version, found.facts, found.cells) == (__version__, {"split": "val"}, ())
    assert now().microsecond == 0 and now().utcoffset() is not None


def test_a_dataset_brings_its_tasks_unless_others_are_named(tmp_path: Path) -> None:
    pridemm, axiom = [write_pridemm(tmp_path)], [write_axiom(tmp_path)]
    assert choose_tasks(Settings(tasks=("",)), pridemm).key == "pridemm"
    assert choose_tasks(Settings(tasks=("",)), axiom).key == "axiom"
    assert choose_tasks(Settings(tasks=("restore",)), axiom).key == "restore"
    with pytest.raises(InputError, match="one task set"):
        choose_tasks(Settings(tasks=("axiom", "pridemm")), axiom)


def test_the_cache_lies_in_the_home(tmp_path: Path) -> None:
    open_cache(Settings(home=tmp_path / "home"))
    assert (tmp_path / "home" / "cache" / "features").is_dir()


def test_a_table_says_why_there_is_no_number() -> None:
    metric = Metric(name="accuracy", value=0.5, n=4, low=0.1, high=0.9)
    results = begin("bench").add(
        Cell(axes={"head": "a"}, task="hate", seed=0, metrics=(metric,)),
        Cell(axes={"head": "b"}, task="", seed=0, metrics=(), details={"reason": "too wide"}),
    )
    lines = render_results(results).splitlines()
    assert lines[0].split() == ["head", "task", "n", "seeds", "accuracy"]
    assert lines[1].split() == ["a", "hate", "4", "1", "0.5000"]
    assert lines[2].endswith("too wide")
