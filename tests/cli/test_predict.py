"""``memeclip predict``, from the command line to the records and back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.records.schemas import prediction_to_dict
from tests.cli.conftest import Run
from tests.factories.studios import READ, draw_png

TASKS = ["hate", "target", "stance", "humour"]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(draw_png())
    return path


def test_one_meme_as_json_is_the_studios_own_record(
    run: Run, image: Path, tiny_studio: Studio
) -> None:
    left = run("predict", image, "--json")
    assert (left.code, left.err) == (0, "")
    found = json.loads(left.out)
    direct = tiny_studio.predict(image.read_bytes(), "a.png", task_set="pridemm")
    assert found == json.loads(json.dumps(prediction_to_dict(direct)))
    assert list(found["tasks"]) == TASKS
    assert found["meme"]["text"] == READ
    assert found["model"] == "pridemm-fake"
    for task in found["tasks"].values():
        assert sum(task["probabilities"].values()) == pytest.approx(1, abs=1e-6)
        assert all(-1 <= cosine <= 1 for cosine in task["cosines"].values())
        assert task["probabilities"].keys() == task["cosines"].keys()


def test_for_people_every_class_has_a_line(run: Run, image: Path) -> None:
    left = run("predict", image)
    assert left.code == 0
    assert left.out.startswith("a.png (16 x 12)\n  Text, read by rapidocr: a cat / on a keyboard\n")
    for name in ("No hate", "Undirected", "Neutral", "Humour"):
        assert name in left.out


def test_a_text_of_ones_own_replaces_the_reading(run: Run, image: Path) -> None:
    found = json.loads(run("predict", image, "--text", "hello", "--json").out)["meme"]
    assert (found["text"], found["text_source"], found["width"]) == ("hello", "user", 16)


def test_a_blank_text_is_read_and_that_there_is_none_is_said(run: Run, image: Path) -> None:
    for text in ("", " \n"):
        found = json.loads(run("predict", image, "--text", text, "--json").out)["meme"]
        assert (found["text"], found["text_source"]) == (READ, "rapidocr")
    found = json.loads(run("predict", image, "--no-text", "--json").out)["meme"]
    assert (found["text"], found["text_source"]) == ("", "user")


def test_a_text_alone_is_a_meme(run: Run) -> None:
    left = run("predict", "--text", "hello", "--tasks", "propaganda", "--json")
    found = json.loads(left.out)
    assert left.code == 0
    assert found["task_set"] == "propaganda"
    assert found["meme"]["width"] == 0
    (task,) = found["tasks"].values()
    assert len(task["probabilities"]) == 22


def test_one_bad_file_among_many_is_named_and_the_rest_go_on(
    run: Run, image: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    (folder / "deep").mkdir(parents=True)
    (folder / "1.png").write_bytes(draw_png((1, 2, 3)))
    (folder / "2.png").write_bytes(b"not an image")
    (folder / "deep" / "3.jpg").write_bytes(draw_png((9, 9, 9)))
    left = run("predict", folder, image, tmp_path / "absent.png", "--json")
    assert left.code == 1
    assert [json.loads(line)["meme"]["filename"] for line in left.out.splitlines()] == [
        "1.png",
        "deep/3.jpg",
        "a.png",
    ]
    assert len(left.err.splitlines()) == 2
    assert "2.png: " in left.err
    assert "absent.png: " in left.err


def test_a_list_brings_texts_and_a_file_takes_results(
    run: Run, image: Path, tmp_path: Path
) -> None:
    listing = tmp_path / "list.csv"
    listing.write_text("image,text\na.png,\na.png,=given\n,only words\n", encoding="utf-8")
    out = tmp_path / "out.csv"
    left = run("predict", listing, "--out", out)
    assert (left.code, left.out) == (0, "")
    said = "list.csv: 2 of 2 named pictures found, 0 pictures not named by any row."
    assert left.err == f"memeclip: {said}\nWrote 3 predictions to {out}.\n"
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [READ, "'=given", "only words"]
    assert [row["text_source"] for row in rows] == ["rapidocr", "file", "file"]
    assert all(0 <= float(row["hate.Hate.probability"]) <= 1 for row in rows)
    lines = tmp_path / "out.jsonl"
    assert run("predict", listing, "--out", lines, "--tasks", "pridemm").code == 0
    assert len(lines.read_text(encoding="utf-8").splitlines()) == 3


def test_a_picture_that_is_not_there_is_never_answered_for_from_the_text_alone(
    run: Run, image: Path, tmp_path: Path
) -> None:
    listing = tmp_path / "list.jsonl"
    lines = ({"img": "A.PNG", "text": "t"}, {"img": "gone.png", "text": "t"})
    listing.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    left = run("predict", listing, "--json")
    assert left.code == 1
    assert json.loads(left.out)["meme"]["width"] == 16
    assert "list.jsonl: 1 of 2 named pictures found" in left.err
    assert "gone.png: list.jsonl, line 2 names this image, and it is not there" in left.err
    own = tmp_path / "own.csv"
    own.write_text("which,said\na.png,t\n", encoding="utf-8")
    assert "no known format" in run("predict", own).err
    words = ("--columns", "image=which text=said", "--images", tmp_path)
    assert run("predict", own, *words, "--json").code == 0


def test_several_task_sets_are_several_answers(run: Run, image: Path) -> None:
    left = run("predict", image, "--tasks", "pridemm", "--tasks", "propaganda", "--json")
    sets = [json.loads(line)["task_set"] for line in left.out.splitlines()]
    assert sets == ["pridemm", "propaganda"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to predict"),
        (("a.png", "b.png", "--text", "t"), "--text and --no-text are about one meme"),
        (("a.csv", "--no-text"), "--text and --no-text are about one meme"),
        (("a.png", "--text", "t", "--no-text"), "said that there is none"),
        (("--text", ""), "nothing to predict"),
        (("--no-text",), "nothing to predict"),
        (("a.png", "--out", "o.xml"), "must end in .csv, .jsonl or .parquet"),
        (("a.png", "--out", "o.csv", "--tasks", "pridemm", "--tasks", "propaganda"), "one task"),
        (("a.png", "--tasks", "nonsense"), "nonsense"),
        (("--text", "t", "--model", "absent"), "absent"),
        (("a.png", "--device", "tpu"), "device is 'tpu'"),
        (("a.png", "--on", "spark"), "--on is 'spark'; allowed is ray"),
        (("a.png", "--on", "ray"), "--on ray writes parts: name a folder with --out"),
        (("a.png", "--on", "ray", "--out", "p/", "--encoders", "0"), "--encoders is 0"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_code_2(
    run: Run, image: Path, words: tuple[str, ...], said: str
) -> None:
    left = run("predict", *words)
    assert (left.code, left.out) == (2, "")
    assert said in left.err
    assert "Traceback" not in left.err


def test_no_log_line_holds_a_memes_text(
    run: Run, image: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    run("predict", image, "--text", "unmistakable", "--json")
    assert "unmistakable" not in caplog.text


def test_a_folder_takes_a_file_for_each_part_and_says_what_is_there_already(
    run: Run, image: Path, tmp_path: Path
) -> None:
    out = f"{tmp_path / 'parts'}/"
    assert run("predict", tmp_path, "--out", out, "--shard", "2/2").err == (
        f"Wrote 0 predictions in 0 parts to {out}.\n"
    )
    left = run("predict", image, "--out", f"{tmp_path / 'own'}/")
    assert (left.code, left.err.startswith("Wrote 1 predictions in 1 parts")) == (0, True)
    again = run("predict", image, "--out", str(tmp_path / "own"))
    assert again.err.startswith("memeclip: 1 parts are there already.\nWrote 0 predictions")
    refused = run("predict", image, "--shard", "1/2")
    assert (refused.code, "name one with --out" in refused.err) == (2, True)
