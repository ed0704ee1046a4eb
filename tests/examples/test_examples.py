"""Every example runs as it is, and says what it promises; so does every block of the documents."""

from __future__ import annotations

import csv
import json
import re
import runpy
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.config import ROOT
from tests.docs.pages import GUIDE, README, read_blocks
from tests.factories.workbench import write_pridemm

pytestmark = pytest.mark.model

FOLDER = ROOT / "examples"
SAMPLES = ROOT / "assets" / "samples"
NOTEBOOK: dict[str, Any] = json.loads((FOLDER / "tour.ipynb").read_text("utf-8"))
BLOCKS = {
    f"{page}-{place}": block
    for page, text in {"readme": README, **GUIDE}.items()
    for place, block in enumerate(read_blocks(text, "python"))
    if "import memeclip_core" in block
}

OTHER = "said,level\na cat that sleeps,mild\na dog that barks,bad\na bird that sings,awful\n"

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs an example in an empty folder and gives back what it printed."""

    def run_example(name: str, *words: str) -> str:
        monkeypatch.setattr(sys, "argv", [name, *words])
        runpy.run_path(str(FOLDER / name), run_name="__main__")
        return capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return run_example


@pytest.mark.slow
def test_a_folder_becomes_a_table(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "memes"
    folder.mkdir()
    shutil.copy(SAMPLES / "parade.png", folder)
    (folder / "broken.jpg").write_bytes(b"no image")
    assert run("predict_folder.py", str(folder), "table.csv").endswith("1 images\n")
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["image"] == "parade.png" and "EVERY COLOUR WELCOME" in row["text"]
    assert row["hate"] == "No Hate" and 0 <= float(row["hate probability"]) <= 1


@pytest.mark.slow
def test_similarities_are_sorted(run: Run) -> None:
    said = run("similarities.py", str(SAMPLES / "poster.jpg"))
    cosines = [float(found) for found in re.findall(r"[* ] ([+-]\d\.\d{3}) ", said)]
    assert len(cosines) == 22
    assert cosines == sorted(cosines, reverse=True)


@pytest.mark.slow
def test_a_head_learns_labels_of_ones_own(run: Run) -> None:
    said = run("train_head.py")
    assert float(re.findall(r"^accuracy (\S+) .*, n = 10$", said, re.MULTILINE)[0]) > 0.5
    assert "Coffee, with a probability of" in said


@pytest.mark.slow
def test_a_table_of_another_tool_fills_a_project(run: Run) -> None:
    said = run("import_csv.py")
    assert "3 rows, 3 of 3 named pictures found" in said
    assert said.endswith("3 memes\n")


@pytest.mark.slow
def test_corrections_end_in_a_candidate_that_can_be_taken_back(run: Run) -> None:
    said = run("corrections.py")
    assert said.count(" -> ") >= 8
    compared = re.search(r"rows: \S+ \d\.\d{3} -> \d\.\d{3}, \d+ answers differ", said)
    assert compared, said
    assert said.endswith("axiom-compact answers again\n")
    assert "axiom-compact answers now" not in said


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names: dict[str, Any] = {}
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    said = capsys.readouterr().out
    assert "EVERY COLOUR WELCOME" in said
    assert "rows saved" in said and "rows that take it back" in said
    assert "n = 3" in said


def test_the_notebook_is_a_notebook_without_outputs() -> None:
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
        else:
            assert set(cell) == {"cell_type", "id", "metadata", "source"}


def test_the_page_names_every_example_and_each_is_run_here() -> None:
    names = {path.name for path in FOLDER.iterdir() if path.suffix in (".py", ".ipynb")}
    assert set(re.findall(r"\| `examples/(\S+)` \|", GUIDE["python"])) == names
    source = Path(__file__).read_text("utf-8")
    assert [name for name in names if f'"{name}"' not in source] == []


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_every_block_of_the_documents_runs(
    block: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(SAMPLES / "parade.png", tmp_path / "meme.png")
    write_pridemm(tmp_path)
    (tmp_path / "other.csv").write_text(OTHER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "block", "exec"), {"__name__": "block"})
    assert capsys.readouterr().out


def test_the_readme_and_the_page_have_blocks() -> None:
    assert [name.split("-")[0] for name in BLOCKS] == ["readme", *["python"] * 5]
