import csv
import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

from memeclip_core.app.predictions import Output, check_output, name_memes, predict_memes
from memeclip_core.errors import InputError
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.schemas import prediction_to_dict
from tests.factories.studios import build_tiny_studio, draw_png


@pytest.fixture
def studio(tiny_settings):
    return build_tiny_studio(replace(tiny_settings, tasks=("pridemm", "propaganda")))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "memes"
    path.mkdir()
    for name in ("a.png", "b.png"):
        (path / name).write_bytes(draw_png((1, 2, 3)))
    (path / "broken.png").write_bytes(b"no image")
    return path


def ask(studio, named, notes=None, steps=None):
    shown = (lambda progress: None) if steps is None else steps.append
    note = (lambda sentence: None) if notes is None else notes.append
    return list(ask_step_by_step(studio, named, shown, note))


def ask_step_by_step(studio, named, shown=lambda progress: None, note=print, **more):
    return predict_memes(studio, named, bar=lambda title: nullcontext(shown), note=note, **more)


def test_one_text_stands_for_one_meme(tmp_path, folder):
    assert name_memes([], text="words").single
    assert name_memes([Path("a.png")], text=" ").text is None
    assert name_memes([Path("a.png")], no_text=True).text == ""
    assert not name_memes([folder]).single
    assert not name_memes([Path("a.png"), Path("b.png")]).single
    with pytest.raises(InputError, match="nothing to predict"):
        name_memes([], text=" ")
    for paths in ([folder], [Path("a.png"), Path("b.png")]):
        with pytest.raises(InputError, match="about one meme"):
            name_memes(paths, text="words")


def test_every_meme_is_answered_for_every_task_set_and_progress_counts_memes(studio, folder):
    steps = []
    answers = ask(studio, name_memes([folder]), steps=steps)
    failures = [item for item in answers if isinstance(item, Failure)]
    assert {item.filename for item in failures} == {"broken.png"}
    assert len(failures) == 1
    done = [(item.meme.filename, item.task_set) for item in answers if item not in failures]
    assert done == [(name, key) for name in ("a.png", "b.png") for key in ("pridemm", "propaganda")]
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_a_list_is_noted_and_a_row_without_its_picture_is_named(studio, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("image,text\nabsent.png,\n,words\n", encoding="utf-8")
    notes = []
    first, *rest = ask(studio, name_memes([path]), notes)
    assert isinstance(first, Failure) and first.filename == "absent.png"
    assert [item.meme.text for item in rest] == ["words", "words"]
    assert notes and notes[0].startswith("list.csv: ")


def test_the_name_of_a_file_says_its_format(studio, tmp_path):
    done = ask(studio, name_memes([], text="words"))[:1]
    Output(tmp_path / "x.jsonl", 2).write(done)
    (line,) = (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == prediction_to_dict(done[0])
    Output(tmp_path / "x.csv", 1).write(done)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == "words"
    Output(tmp_path / "x.parquet", 1).write(done)
    table = pandas.read_parquet(tmp_path / "x.parquet")
    assert list(table.columns) == list(row)
    score = done[0].task("hate").scores[0]
    assert table["hate.No Hate.probability"].tolist() == [score.probability]
    assert table["hate.applies"].tolist() == [True]


def test_a_second_start_goes_on_where_the_first_one_stopped(studio, folder, tmp_path):
    out, named = tmp_path / "x.jsonl", name_memes([folder])
    (folder / "b.png").write_bytes(draw_png((9, 9, 9)))
    first = Output(out, 2)
    answers = ask_step_by_step(studio, named, kept=first.kept)
    assert [next(answers).meme.filename for _ in range(3)] == ["a.png", "a.png", "b.png"]
    answers.close()
    assert first.before == 0 and not out.exists()
    again = Output(out, 2)
    assert again.before == 3
    done = [*ask_step_by_step(studio, named, kept=again.kept)]
    assert done == ask(studio, named)
    again.write([item for item in done if isinstance(item, Prediction)])
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["x.jsonl"]


def test_a_file_of_another_format_or_of_too_many_columns_is_refused():
    check_output(Path("x.CSV"), 1)
    check_output(Path("x.jsonl"), 2)
    with pytest.raises(InputError, match=r"must end in .csv, .jsonl or .parquet"):
        check_output(Path("x.txt"), 1)
    for name in ("x.csv", "x.parquet"):
        with pytest.raises(InputError, match="columns of one task set; --tasks names 2"):
            check_output(Path(name), 2)
