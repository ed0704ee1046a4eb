"""``memeclip report`` from training to page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.factories.workbench import TINY, write_pridemm


@pytest.fixture
def trained(run: Run, tmp_path: Path) -> tuple[Path, Path]:
    data, out = write_pridemm(tmp_path), tmp_path / "out"
    left = run(
        *("train", "--dataset", data, "--out", out, "--seeds", 0),
        *("--set", *TINY, "--home", tmp_path / "home"),
    )
    assert left.code == 0, left.err
    return data, out / "results.json"


def test_a_page_and_markdown_without_a_meme(run: Run, tmp_path: Path, trained: tuple) -> None:
    data, results = trained
    page = tmp_path / "pages" / "report.html"
    left = run("report", results, "--out", page)
    assert left.code == 0, left.err
    html, markdown = page.read_text("utf-8"), page.with_suffix(".md").read_text("utf-8")
    assert "PrideMM.csv, line" in html and "PrideMM.csv, line" in markdown
    text = data.read_text("utf-8").splitlines()[-2].split(",")[-1]
    assert text not in html and text not in markdown


def test_memes_are_shown_on_request_alone(run: Run, tmp_path: Path, trained: tuple) -> None:
    data, results = trained
    page = tmp_path / "report.html"
    left = run("report", results, "--out", page, "--show-memes", "--dataset", data)
    assert left.code == 0, left.err
    texts = [line.split(",")[-1] for line in data.read_text("utf-8").splitlines()[25:]]
    assert any(text in page.read_text("utf-8") for text in texts)
    assert not any(text in page.with_suffix(".md").read_text("utf-8") for text in texts)


def test_what_cannot_be_is_one_sentence(run: Run, tmp_path: Path, trained: tuple) -> None:
    data, results = trained
    for words, why in (
        ((results, "--out", tmp_path / "r.html", "--show-memes"), "--dataset"),
        ((results, "--out", tmp_path / "r.pdf"), "must end in .html"),
        ((data, "--out", tmp_path / "r.html"), "is no results file"),
    ):
        left = run("report", *words)
        assert left.code == 2
        assert why in left.err
    assert not (tmp_path / "r.html").exists()
