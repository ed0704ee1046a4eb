"""Imports: everything that is usable comes in once, the rest is named, and a kill costs little."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from memeclip_core.app.build import join_studio
from memeclip_core.config import Settings
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import CheckpointError, OcrError
from memeclip_core.inference.engines import Engines
from memeclip_core.tasks import Kept
from memeclip_core.training.retrain import RetrainConfig
from tests.factories.dataset_files import SAMPLES, jsonl, make_zip, propaganda, write
from tests.factories.project_records import ids_of
from tests.factories.projects import (
    import_all,
    make_cats,
    predictions,
    stale,
    wait_for,
    write_pictures,
)
from tests.factories.services import CountingOcr
from tests.factories.studios import READ, build_tiny_studio, draw_png
from tests.factories.workbench import shipped_tasks


def rows(studio, key="cats"):
    return studio.projects._store.memes(key).rows


def test_pictures_are_kept_read_previewed_and_predicted(tiny_studio, tmp_path):
    key = make_cats(tiny_studio, tmp_path / "in", 5)
    (job,) = tiny_studio.projects.jobs(tiny_studio.owner(), key)
    assert (job.state, job.failures) == ("done", ())
    assert job.counts == {"listed": 5, "added": 5, "images": 5}
    assert (job.progress.done, job.progress.total) == (10, 10)
    first = rows(tiny_studio)[0]
    assert (first.filename, first.text, first.text_source) == ("00000.png", READ, "rapidocr")
    assert (first.width, first.height, first.given, first.gold) == (16, 12, {}, False)
    data = (tmp_path / "in" / "00000.png").read_bytes()
    assert tiny_studio.saved_image(tiny_studio.owner(), first.id) == data
    preview = Image.open(io.BytesIO(tiny_studio.projects._store.read_preview(key, first.id)))
    assert (preview.format, preview.size) == ("WEBP", (16, 12))
    facts = tiny_studio.projects.facts(tiny_studio.owner(), key)
    assert (facts.memes, facts.stale, facts.model) == (5, 0, "pridemm-fake")


def test_the_same_again_adds_nothing(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    job = import_all(tiny_studio, "cats", write_pictures(tmp_path / "in", 2, start=3))
    assert job.counts == {"listed": 5, "known": 3, "added": 2, "images": 2}
    assert job.failures == () and len(rows(tiny_studio)) == 5


def test_a_second_pass_over_a_folder_reads_no_text_again(tiny_settings, tmp_path):
    source, ocr = write_pictures(tmp_path / "in", 3), CountingOcr("a cat")
    for key in ("cats", "dogs"):  # as of two programs, one after the other
        engines = Engines(encoder_name="fake", make_encoder=FakeEncoder, make_ocr=lambda: ocr)
        studio = join_studio(tiny_settings, engines, RetrainConfig())
        studio.projects.create(studio.owner(), key=key, title=key, task_set="pridemm")
        assert import_all(studio, key, source).counts["added"] == 3
        assert {meme.text for meme in rows(studio, key)} == {"a cat"}
        assert ocr.reads == 3


def test_exact_duplicates_are_named(tiny_studio, tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        write(tmp_path / "in" / name, draw_png((1 if name < "c" else 2, 0, 0)))
    make_cats(tiny_studio, tmp_path / "other", 1)
    job = import_all(tiny_studio, "cats", tmp_path / "in")
    assert (job.counts["added"], job.counts["duplicates"]) == (2, 1)
    (found,) = job.failures
    assert (found.filename, found.reason) == ("b.png", "An exact duplicate of a.png.")


def test_broken_files_are_named_one_by_one(tiny_studio, tmp_path):
    files = {
        "a.png": draw_png(),
        "broken.png": draw_png()[:40],
        "empty.png": b"",
        "page.png": b"<svg></svg>",
        "tiny.png": draw_png(size=(2, 2)),
    }
    for name, data in files.items():
        write(tmp_path / "in" / name, data)
    make_cats(tiny_studio, tmp_path / "other", 1)
    job = import_all(tiny_studio, "cats", tmp_path / "in")
    assert job.state == "done" and job.counts["added"] == 1 and job.counts["failed"] == 4
    assert sorted(f.filename for f in job.failures) == sorted(files)[1:]
    assert all(f.reason for f in job.failures)


def test_an_archive_with_everything_wrong_gives_what_is_right(tiny_studio, tmp_path):
    path = make_zip(
        tmp_path / "m.zip",
        {
            "../../climb.png": draw_png((1, 0, 0)),
            "good.png": draw_png((2, 0, 0)),
            "corrupt.png": draw_png((3, 0, 0))[:50],
            "nested.zip": b"PK\x03\x04",
            "script.sh": b"#!/bin/sh",
            "huge.bmp": bytes(1000),
        },
    )
    make_cats(tiny_studio, tmp_path / "other", 1)
    before = set(tmp_path.rglob("*.png"))
    job = import_all(tiny_studio, "cats", path)
    assert job.state == "done" and job.counts["added"] == 2
    assert {f.filename for f in job.failures} == {"nested.zip", "corrupt.png", "huge.bmp"}
    assert [meme.filename for meme in rows(tiny_studio)[1:]] == ["climb.png", "good.png"]
    kept = tiny_studio.settings.home / "images"
    assert {p.parent for p in set(tmp_path.rglob("*.png")) - before} == {kept}


def test_a_bomb_is_refused_in_a_sentence(tiny_studio, tmp_path, monkeypatch):
    monkeypatch.setattr("memeclip_core.storage.tree.MIN_BUDGET", 1000)
    make_cats(tiny_studio, tmp_path / "other", 1)
    job = import_all(tiny_studio, "cats", make_zip(tmp_path / "m.zip", {"a.bmp": bytes(10**6)}))
    assert job.state == "failed" and "would unpack to 1,000,000 bytes" in job.reason


@pytest.mark.parametrize("name", SAMPLES)
def test_every_format_comes_in_with_its_labels(tiny_studio, tmp_path, name):
    text = SAMPLES[name]
    own = {"hateful-memes": "hateful-memes", "imagefolder": "pridemm", "list": "pridemm"}.get(
        name, name
    )
    studio, who = tiny_studio, tiny_studio.owner()
    tasks = shipped_tasks(own)
    studio.projects.create(who, key="p", title="P", task_set=tasks)
    ending = "json" if text[0] == "[" else "jsonl" if text[0] == "{" else "csv"
    job = import_all(studio, "p", write(tmp_path / f"train.{ending}", text), gold=True)
    assert job.state == "done", job.reason
    found = rows(studio, "p")
    assert found and all(meme.given and meme.gold for meme in found)
    for meme in found:
        assert meme.split == "train" and (meme.image, meme.text_source) == ("", "file")
        for key, names in meme.given.items():
            assert tasks.task(key).check(names) == names


def test_a_dataset_with_images_is_read_only_where_text_is_missing(tiny_studio, tmp_path):
    lines = [
        propaganda(id="1", image="a.png", text="as published"),
        propaganda(id="2", image="b.png", text="", labels=["No such technique"]),
        propaganda(id="3", image="gone.png", text="a text alone", labels=[]),
        propaganda(id="4", image="gone.png", text=""),
    ]
    write(tmp_path / "in" / "val.jsonl", jsonl(*lines))
    write(tmp_path / "in" / "a.png", draw_png((1, 0, 0)))
    write(tmp_path / "in" / "b.png", draw_png((2, 0, 0)))
    who = tiny_studio.owner()
    tiny_studio.projects.create(who, key="p", title="P", task_set="propaganda")
    job = import_all(tiny_studio, "p", tmp_path / "in")
    first, second, third = rows(tiny_studio, "p")
    assert (first.text, first.text_source, first.gold) == ("as published", "file", False)
    assert first.given == {"techniques": ("Smears", "Doubt")} and first.image
    assert (second.text, second.text_source, second.given) == (READ, "rapidocr", {})
    assert (third.text, third.image, third.given) == ("a text alone", "", {"techniques": ()})
    assert job.counts["image_not_there"] == 1 and job.counts["unlabelled"] == 1
    reasons = {f.filename: f.reason for f in job.failures}
    assert "No such technique" in reasons["val.jsonl, line 2"]
    assert "neither the image 'gone.png' nor a text" in reasons["val.jsonl, line 4"]


def test_labels_of_tasks_that_do_not_apply_are_left_out(tiny_studio, tmp_path):
    text = SAMPLES["pridemm"] + "b.png,0,2,0,1,train,another\r\n"
    tiny_studio.projects.create(tiny_studio.owner(), key="p", title="P", task_set="pridemm")
    import_all(tiny_studio, "p", write(tmp_path / "train.csv", text))
    first, second = rows(tiny_studio, "p")
    assert "target" in first.given and "target" not in second.given


def test_rows_that_the_label_set_is_not_about_are_left_out_and_counted(tiny_studio, tmp_path):
    tasks = replace(shipped_tasks("pridemm"), rows=(Kept(column="lang", values=("en",)),))
    tiny_studio.projects.create(tiny_studio.owner(), key="p", title="P", task_set=tasks)
    table = "text,lang,hate\none,en,1\ntwo,de,1\nthree,EN,0\n"
    job = import_all(tiny_studio, "p", write(tmp_path / "a.csv", table))
    assert (job.state, job.counts["added"], job.counts["others"]) == ("done", 2, 1)
    assert [meme.text for meme in rows(tiny_studio, "p")] == ["one", "three"]


def test_truth_that_comes_later_is_taken_over(tiny_studio, tmp_path):
    tasks, who = "propaganda", tiny_studio.owner()
    write(tmp_path / "in" / "a.png", draw_png((1, 0, 0)))
    tiny_studio.projects.create(who, key="p", title="P", task_set=tasks)
    import_all(tiny_studio, "p", tmp_path / "in")
    write(tmp_path / "in" / "train.jsonl", jsonl(propaganda(image="a.png")))
    job = import_all(tiny_studio, "p", tmp_path / "in", gold=True)
    assert job.counts["labels_taken_over"] == 1 and "added" not in job.counts
    (meme,) = rows(tiny_studio, "p")
    assert meme.gold and meme.given and meme.text == READ
    job = import_all(tiny_studio, "p", tmp_path / "in", gold=True)
    pictures = {"pictures_named": 1, "pictures_found": 1, "pictures_not_named": 0}
    assert job.counts == {"listed": 1, "known": 1, **pictures}


KILLED = """
import os, sys, time
sys.path.insert(0, os.environ["PYTHONPATH"])
from pathlib import Path
from memeclip_core.config import Settings
from memeclip_core.annotation.projects.store import ProjectStore
from tests.factories.project_records import ids_of
from tests.factories.studios import build_tiny_studio
home, checkpoints, source, after = sys.argv[1:]
studio = build_tiny_studio(
    Settings(home=Path(home), encoder="fake", checkpoints=Path(checkpoints), threads=1)
)
add, added = ProjectStore.add, [0]
def count(self, key, memes):
    add(self, key, memes)
    added[0] += len(memes)
    if added[0] >= int(after):
        os.kill(os.getpid(), 9)
ProjectStore.add = count
job = studio.projects.start_import(studio.owner(), "cats", Path(source))
while studio.projects.job(studio.owner(), "cats", job.id).live:
    time.sleep(0.05)
"""


@pytest.mark.kill
def test_a_thousand_images_survive_a_kill(tiny_settings, tmp_path):
    """After a kill half-way, the same import adds what is missing, and everything is there once."""
    source = write_pictures(tmp_path / "in", 1000)
    studio = build_tiny_studio(tiny_settings)
    studio.projects.create(studio.owner(), key="cats", title="Cats", task_set="pridemm")
    arguments = [tiny_settings.home, tiny_settings.checkpoints, source, 500]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, arguments)], capture_output=True, text=True
    )
    assert killed.returncode == -9, killed.stderr
    studio = build_tiny_studio(tiny_settings)
    (job,) = studio.projects.jobs(studio.owner(), "cats")
    assert job.state == "queued"
    before = len(studio.projects._store.memes("cats"))
    assert 500 <= before < 1000
    assert [one.id for one in studio.projects._jobs.take_up()] == [job.id]
    job = wait_for(studio, "cats", job)
    assert job.state == "done", job.reason
    assert job.counts == {
        "listed": 1000, "known": before, "added": 1000 - before, "images": 1000 - before,
    }  # fmt: skip
    index = studio.projects._store.memes("cats")
    assert len(index) == len(set(ids_of(index))) == 1000
    assert sorted(meme.filename for meme in index.rows) == sorted(p.name for p in source.iterdir())
    assert stale(studio.projects, "cats") == 0
    table = predictions(studio.projects, "cats")
    assert sorted(table.ids) == sorted(ids_of(index))


def test_a_missing_text_reader_is_said_once(tmp_path, tiny_checkpoints):
    def broken():
        raise OcrError("rapidocr is not installed.")

    from memeclip_core.encoders.fake import FakeEncoder

    settings = Settings(home=tmp_path / "home", encoder="fake", checkpoints=tiny_checkpoints)
    engines = Engines(encoder_name="fake", make_encoder=FakeEncoder, make_ocr=broken)
    studio = join_studio(settings, engines, RetrainConfig())
    studio.projects.create(studio.owner(), key="cats", title="C", task_set="pridemm")
    job = import_all(studio, "cats", write_pictures(tmp_path / "in", 3))
    assert (job.state, job.reason) == ("failed", "rapidocr is not installed.")
    assert job.failures == () and len(rows(studio)) == 0


def test_a_file_that_breaks_the_program_costs_itself(tiny_studio, tmp_path, monkeypatch, caplog):
    make_cats(tiny_studio, tmp_path / "other", 1)
    read, words = tiny_studio._reader.read, "words of a meme"

    def breaks(data, filename, **options):
        if filename == "00001.png":
            raise ZeroDivisionError(words)
        return read(data, filename, **options)

    monkeypatch.setattr(tiny_studio._reader, "read", breaks)
    job = import_all(tiny_studio, "cats", write_pictures(tmp_path / "in", 2, start=1))
    assert job.state == "done" and job.counts["added"] == 1
    (failure,) = job.failures
    assert failure.filename == "00001.png" and "unexpected" in failure.reason
    assert "ZeroDivisionError" in caplog.text and words not in caplog.text


def test_a_model_of_no_use_keeps_no_meme_out(tiny_studio, tmp_path, monkeypatch):
    def broken(project, on_step, **options):
        raise CheckpointError("The active model 'x' is gone.")

    monkeypatch.setattr(tiny_studio.projects._precomputation, "update", broken)
    monkeypatch.setattr("memeclip_core.annotation.exchange.imports.PREDICTED_EVERY", 2)
    tiny_studio.projects.create(tiny_studio.owner(), key="cats", title="C", task_set="pridemm")
    job = import_all(tiny_studio, "cats", write_pictures(tmp_path / "in", 7))
    assert job.state == "done" and job.counts["added"] == 7 and job.counts["notes"] == 1
    (note,) = job.failures
    assert note.filename == "suggestions" and "'x' is gone" in note.reason
    monkeypatch.undo()
    again = wait_for(tiny_studio, "cats", tiny_studio.projects.predict(tiny_studio.owner(), "cats"))
    assert again.state == "done" and stale(tiny_studio.projects, "cats") == 0


def test_uploads_are_dropped_once_they_are_imported(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 1)
    who = tiny_studio.owner()
    path = make_zip(tmp_path / "m.zip", {"a.png": draw_png((9, 9, 9))})
    upload = tiny_studio.projects.keep_upload(who, "cats", {"m.zip": path})
    assert upload != path and zipfile.is_zipfile(upload)
    job = import_all(tiny_studio, "cats", upload)
    assert job.counts["added"] == 1
    assert not upload.exists()  # what is done is done whole
    assert path.exists()
