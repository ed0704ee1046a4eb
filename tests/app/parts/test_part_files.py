"""Predictions in parts: shared by several programs, gone on with, and never of two questions."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

from memeclip_core.app.parts import part_files
from memeclip_core.app.parts.part_files import ASKED, Shard, Written, predict_parts
from memeclip_core.app.predictions import name_memes
from memeclip_core.app.studio import Studio
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.job import Progress
from memeclip_core.storage.files import locked
from tests.factories.studios import build_tiny_studio, draw_png


@pytest.fixture
def studio(tiny_settings, monkeypatch):
    monkeypatch.setattr(part_files, "SIZE", 2)
    return build_tiny_studio(replace(tiny_settings, tasks=("pridemm",)))


@pytest.fixture
def memes(tmp_path):
    folder = tmp_path / "memes"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.png").write_bytes(draw_png((number, 2, 3)))
    return folder


def run(
    studio: Studio, memes: Path, out: Path, shard: str = "1/1", notes=None, steps=None, **more
) -> Written:
    return predict_parts(
        studio,
        name_memes([memes]),
        out,
        Shard.read(shard),
        bar=lambda title: nullcontext((lambda step: None) if steps is None else steps.append),
        note=[].append if notes is None else notes.append,
        **more,
    )


def names(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir() if not path.name.startswith("."))


def read(out: Path) -> list[str]:
    parts = sorted(out.glob("part-*.parquet"))
    return [name for part in parts for name in pandas.read_parquet(part)["filename"]]


def test_a_file_for_each_part_holds_its_memes_in_order(studio, memes, tmp_path):
    steps: list[Progress] = []
    written = run(studio, memes, tmp_path / "out", steps=steps)
    assert written == Written(predicted=5, parts=3)
    assert names(tmp_path / "out") == [ASKED, *(f"part-0000{n}.parquet" for n in range(3))]
    assert read(tmp_path / "out") == [f"{n}.png" for n in range(5)]
    assert [(step.done, step.total) for step in steps] == [(n, 5) for n in range(1, 6)]


def test_shards_share_the_parts_out_and_together_are_the_whole(studio, memes, tmp_path):
    out = tmp_path / "out"
    assert run(studio, memes, out, "2/2") == Written(predicted=2, parts=1)
    assert read(out) == ["2.png", "3.png"]
    assert run(studio, memes, out, "1/2") == Written(predicted=3, parts=2)
    run(studio, memes, tmp_path / "whole")
    for part in (tmp_path / "whole").glob("part-*"):
        assert pandas.read_parquet(part).equals(pandas.read_parquet(out / part.name))


def test_what_is_whole_is_not_asked_again_and_what_failed_is(studio, memes, tmp_path):
    out, notes = tmp_path / "out", list[str]()
    (memes / "3.png").write_bytes(b"no image")
    assert run(studio, memes, out, notes=notes) == Written(predicted=4, failed=1, parts=3)
    assert len(notes) == 1 and notes[0].startswith("3.png: ")
    before = (out / "part-00000.parquet").stat().st_mtime_ns
    (memes / "3.png").write_bytes(draw_png((3, 2, 3)))
    assert run(studio, memes, out) == Written(predicted=2, parts=1, before=2)
    assert read(out) == [f"{n}.png" for n in range(5)]
    assert (out / "part-00000.parquet").stat().st_mtime_ns == before
    assert run(studio, memes, out) == Written(before=3)


def test_a_part_that_was_stopped_is_gone_on_with(studio, memes, tmp_path, monkeypatch):
    out = tmp_path / "out"

    class Stopped(Exception):
        pass

    class Steps(list[Progress]):
        def append(self, step):
            if step.done == 4:
                raise Stopped

    with pytest.raises(Stopped):
        run(studio, memes, out, steps=Steps())
    assert names(out) == [ASKED, "part-00000.parquet", "part-00001.parquet.partial"]
    asked = list[str]()
    predict = type(studio.batches.predictor.predictor).predict
    monkeypatch.setattr(
        type(studio.batches.predictor.predictor),
        "predict",
        lambda self, meme, *rest: [asked.append(meme.filename), predict(self, meme, *rest)][1],
    )
    assert run(studio, memes, out) == Written(predicted=3, parts=2, before=1)
    assert asked == ["3.png", "4.png"]


def test_a_folder_of_other_answers_is_refused_and_left_alone(studio, memes, tmp_path):
    out = tmp_path / "out"
    run(studio, memes, out)
    (memes / "6.png").write_bytes(draw_png((6, 2, 3)))
    for ask in (lambda: run(studio, memes, out), lambda: run(studio, memes, out, "2/2")):
        with pytest.raises(InputError, match=r"another list, task set or model; asked\.json"):
            ask()
    (out / ASKED).write_text('{"memes": 5}\n', encoding="utf-8")
    with pytest.raises(InputError, match="another list"):
        run(studio, memes, out)
    assert len(read(out)) == 5


def test_a_shard_has_one_program_at_a_time(studio, memes, tmp_path, monkeypatch):
    monkeypatch.setattr(part_files, "_LOCK_SECONDS", 0.01)
    out = tmp_path / "out"
    with locked(out / ".shard-1-of-2.lock"):
        with pytest.raises(StoreError, match="Another process"):
            run(studio, memes, out, "1/2")
        assert run(studio, memes, out, "2/2").parts == 1


def test_several_task_sets_are_lines_of_json(studio, tiny_settings, memes, tmp_path):
    studio = build_tiny_studio(replace(tiny_settings, tasks=("pridemm", "propaganda")))
    assert run(studio, memes, tmp_path / "out").predicted == 10
    lines = (tmp_path / "out" / "part-00000.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["task_set"] for line in lines] == ["pridemm", "propaganda"] * 2


@pytest.mark.parametrize("words", ["0/4", "5/4", "1", "a/b", "-1/2", "1/0", "1/2/3", ""])
def test_a_shard_that_is_none_is_refused(words):
    with pytest.raises(InputError, match="such as 2/4"):
        Shard.read(words)
