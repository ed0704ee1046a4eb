"""Results files come back as they were, and others are refused in one sentence."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.experiments.results import (
    Cell,
    Results,
    list_libraries,
    read_results,
    write_results,
)
from memeclip_core.records.model import Metric
from tests.factories.workbench import fresh_results

METRIC = Metric(name="accuracy", value=0.5, n=4, low=0.1, high=0.9)
CELL = Cell(axes={"head": "memeclip"}, task="hate", seed=1, metrics=(METRIC,), details={"n": [1]})


def results() -> Results:
    return fresh_results(dataset=["a.csv"]).add(CELL)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "r.json"
    write_results(path, results())
    assert read_results(path) == results()
    assert read_results(path).cells[0].n == 4


def test_an_undefined_number_is_null_in_the_file(tmp_path: Path) -> None:
    nothing = Metric(
        name="AUROC", value=math.nan, n=4, low=math.nan, high=math.nan, reason="one class"
    )
    path = tmp_path / "r.json"
    found = replace(
        fresh_results().add(replace(CELL, metrics=(nothing,))),
        comparisons=({"task": "hate", "differences": [{"p": math.nan}]},),
    )
    write_results(path, found)
    plain = json.loads(path.read_text("utf-8"))
    assert plain["cells"][0]["metrics"][0]["value"] is None
    assert plain["comparisons"][0]["differences"][0]["p"] is None
    assert math.isnan(read_results(path).cells[0].metrics[0].value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "no JSON"),
        ("[]", "is no results file"),
        ('{"kind": "train", "schema": 99}', "schema 99"),
        ('{"kind": "train", "schema": 1}', "incomplete"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content, "utf-8")
    with pytest.raises(StoreError, match=why):
        read_results(path)
    with pytest.raises(StoreError, match="could not be read"):
        read_results(tmp_path / "absent.json")


def test_results_say_with_which_libraries_they_were_made(tmp_path: Path) -> None:
    found = list_libraries()
    assert found["torch"] == metadata.version("torch") and found["python"].startswith("3.")
    own = replace(fresh_results(), libraries=found)
    write_results(tmp_path / "run.json", own)
    assert read_results(tmp_path / "run.json").libraries == found
    # Another version is no other experiment: a killed grid goes on after an upgrade.
    assert own.find_changed(fresh_results()) == ""
