"""What people decided, as a list and as a dataset."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from memeclip_core.config import Settings
from tests.cli.conftest import Run
from tests.factories.studios import build_tiny_studio, draw_png

TEXT = "=unmistakable, words"


@pytest.fixture
def saved(tiny_settings: Settings) -> None:
    """Save one correction, as the page would."""
    studio = build_tiny_studio(tiny_settings)
    data = draw_png()
    prediction = studio.predict(data, "a.png", task_set="pridemm", text=TEXT)
    labels = {"hate": ("No Hate",), "stance": ("Support",), "humour": ("Humour",)}
    studio.correct(studio.owner(), prediction=prediction, data=data, labels=labels)


@pytest.mark.usefixtures("saved")
def test_the_list_shows_decisions_and_no_texts(run: Run) -> None:
    left = run("corrections", "list")
    lines = left.out.splitlines()
    assert len(lines) == 1 + 3
    assert [line.split()[6] for line in lines[1:]].count("stance") == 1
    assert "project" in lines[0]
    assert "Support" in left.out
    assert "unmistakable" not in left.out + left.err
    assert left.err.startswith("PrideMM: corrected memes: 1\n")
    assert len(run("corrections", "list", "--limit", "2").out.splitlines()) == 1 + 2


@pytest.mark.usefixtures("saved")
def test_the_export_is_a_dataset_that_a_spreadsheet_may_open(run: Run, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("corrections", "export").out)))
    assert [(r["hate"], r["target"], r["stance"], r["humour"]) for r in rows] == [
        ("0", "NA", "1", "1")
    ]
    assert rows[0]["text"] == f"'{TEXT}"
    out = tmp_path / "labels.csv"
    left = run("corrections", "export", "--out", out)
    assert (left.code, left.out) == (0, "")
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.DictReader(file)) == rows


def test_an_empty_log_is_no_fault_and_an_empty_export_a_header(run: Run) -> None:
    assert run("corrections", "list").code == 0
    (header,) = run("corrections", "export").out.split()
    assert header.startswith("name,hate,target,stance,humour,split,text,meme,project,status")
    (header,) = run("corrections", "export", "--decisions").out.split()
    assert header.startswith("save,time,annotator,action,project,meme,")


@pytest.mark.usefixtures("saved")
def test_every_single_decision_is_exported_on_request(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("corrections", "export", "--decisions").out)))
    assert [(r["task"], r["labels"], r["shown"], r["counts"]) for r in rows] == [
        ("hate", '["No Hate"]', "yes", "yes"),
        ("stance", '["Support"]', "yes", "yes"),
        ("humour", '["Humour"]', "yes", "yes"),
    ]
    assert {r["annotator"] for r in rows} == {"local"} and rows[0]["model"]
    assert TEXT not in str(rows)


def test_two_task_sets_do_not_fit_into_one_file(run: Run) -> None:
    left = run("corrections", "export", "--tasks", "pridemm", "--tasks", "propaganda")
    assert (left.code, left.out) == (2, "")


@pytest.mark.usefixtures("saved")
def test_the_whole_log_is_written_as_the_home_has_it(
    run: Run, tmp_path: Path, tiny_settings: Settings
) -> None:
    out = tmp_path / "log.csv"
    left = run("corrections", "export", "--log", "--out", out)
    assert (left.code, left.out) == (0, "")
    assert out.read_bytes() == (tiny_settings.home / "corrections.csv").read_bytes()
    assert run("corrections", "export", "--log").code == 2
