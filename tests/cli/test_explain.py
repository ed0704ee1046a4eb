"""``memeclip explain``: what it costs, what comes of it, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.records.explanation import Asked, Change
from memeclip_core.records.schemas import to_plain
from tests.cli.conftest import Run
from tests.factories.studios import READ, draw_png


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(draw_png())
    return path


@pytest.mark.parametrize("what", ["words", "picture", "modalities", "agreement", "scores"])
def test_as_json_it_is_the_studios_own_record(
    run: Run, image: Path, tiny_studio: Studio, what: str
) -> None:
    left = run("explain", image, "--what", what, "--json")
    assert left.code == 0, left.err
    assert left.err.startswith("At most ") and " s.\n" in left.err
    asked = Asked(task_set="pridemm", data=image.read_bytes(), filename="a.png")
    direct = getattr(tiny_studio.explain, what)(asked)
    assert json.loads(left.out) == json.loads(json.dumps(to_plain(direct)))


def test_a_change_of_the_picture_is_shown_class_by_class(
    run: Run, image: Path, tmp_path: Path, tiny_studio: Studio
) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(draw_png((1, 200, 3)))
    asked = Asked(task_set="pridemm", data=image.read_bytes(), filename="a.png")
    for words, change in (
        (("--paint-out", "0,0,0.5,1"), Change(region=(0.0, 0.0, 0.5, 1.0))),
        (("--other", other), Change(other=other.read_bytes())),
    ):
        left = run("explain", image, "--what", "change", *words, "--json")
        direct = tiny_studio.explain.change(asked, change)
        assert json.loads(left.out) == json.loads(json.dumps(to_plain(direct)))
        lines = run("explain", image, "--what", "change", *words).out.splitlines()
        assert lines[1].split() == ["class", "before", "after", "change"]
        before, after, moved = map(float, lines[3].split()[-3:])
        assert after - before == pytest.approx(moved, abs=1e-4)


def test_vectors_are_written_for_numpy(run: Run, image: Path, tmp_path: Path) -> None:
    left = run("explain", image, "--what", "vectors", "--out", tmp_path / "a.npz")
    assert left.code == 0 and left.err.endswith(f"Wrote the vectors to {tmp_path / 'a.npz'}.\n")
    plain = json.loads(run("explain", image, "--what", "vectors", "--json").out)
    with np.load(tmp_path / "a.npz") as read:
        assert read["image"].tolist() == plain["image"]
    assert "shared image" in run("explain", image, "--what", "vectors").out


def test_for_people_every_word_has_a_line(run: Run, image: Path) -> None:
    left = run("explain", image, "--task", "stance", "--label", "Oppose")
    lines = left.out.splitlines()
    assert lines[0] == "Stance: Oppose. Model pridemm-fake."
    assert lines[1].split() == ["word", "with", "without", "adds", "cosine", "adds"]
    assert [line.split()[0] for line in lines[2:]] == READ.split()
    with_, without, adds = map(float, lines[2].split()[1:4])
    assert with_ - without == pytest.approx(adds, abs=1e-4)


def test_a_text_alone_a_model_and_a_question_can_be_named(run: Run) -> None:
    left = run("explain", "--text", "one two", "--model", "zero-shot", "--what", "rule", "--json")
    rules = json.loads(left.out)
    assert list(rules) == ["hate", "target", "stance", "humour"]
    assert rules["hate"]["scale"] == 100.0
    left = run("explain", "--text", "one two", "--what", "neighbours", "--task", "stance", "--json")
    assert json.loads(left.out)["task"] == "stance"


def test_what_cannot_be_explained_says_why(run: Run, image: Path, tmp_path: Path) -> None:
    left = run("explain", "--text", "x", "--what", "picture")
    assert (left.code, left.out) == (0, "This meme has no picture.\n")
    for words, said in (
        ((image, "--what", "dreams"), "There is no explanation 'dreams'"),
        ((image, "--task", "colour"), "no task 'colour'"),
        ((image, "--label", "Blue"), "no label 'Blue'"),
        ((image, "--what", "change"), "one of the two"),
        ((image, "--what", "change", "--paint-out", "left"), "such as 0.1,0.2"),
        ((image, "--out", tmp_path / "a.npz"), "--what vectors"),
        ((), "neither an image nor a text"),
        ((tmp_path / "none.png",), "cannot be read"),
    ):
        left = run("explain", *words)
        assert left.code == 2 and said in left.err
