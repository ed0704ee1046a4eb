"""Batches: handed in, predicted in the background, stopped, taken up, taken home, forgotten."""

from __future__ import annotations

import io
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace
from threading import Barrier, BrokenBarrierError, Event

import pytest
from PIL import Image

from memeclip_core.app import batches
from memeclip_core.errors import InputError, JobError, NotFound, PermissionDenied, RateLimited
from memeclip_core.records.decision import ADDRESS, Person
from memeclip_core.records.meme import Failure
from tests.factories.dataset_files import make_zip
from tests.factories.projects import settle
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import until


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "handed in"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.png").write_bytes(draw_png((n, 40, 90), (320, 240)))
    (folder / "bad.png").write_bytes(b"none")
    return {path.name: path for path in sorted(folder.iterdir())}


def start(studio, files, who=None, **more):
    who = who or studio.owner()
    name = studio.batches.start(who, files, task_set="pridemm", **{"columns": None, **more})
    return end(studio, name, who)


def end(studio, name, who=None):
    who = who or studio.owner()
    return until(lambda: None if (b := studio.batches.read(who, name)).job.live else b)


def test_what_is_handed_in_is_predicted_and_what_fails_says_why(tiny_studio, files):
    batch = start(tiny_studio, files)
    assert (batch.job.state, batch.job.counts) == ("done", {"predicted": 3, "failed": 1})
    assert [one.meme.filename for one in batch.predictions] == ["0.png", "1.png", "2.png"]
    (failed,) = [one.told for one in batch.answers if isinstance(one.told, Failure)]
    assert failed.filename == "bad.png"
    one = tiny_studio.predict(files["1.png"].read_bytes(), "1.png", task_set="pridemm")
    assert batch.predictions[1] == one
    assert {answer.beside[0].model for answer in batch.answers if answer.beside} == {"zero-shot"}


def test_a_list_names_its_pictures_and_texts_and_a_zip_is_read_as_it_is(
    tiny_studio, files, tmp_path
):
    table = tmp_path / "list.csv"
    table.write_text("file,caption\n0.png,one\ngone.png,two\n,three\n", encoding="utf-8")
    columns = {"image": "file", "text": "caption"}
    handed = {"0.png": files["0.png"], "list.csv": table}
    packed = {
        "all.zip": make_zip(tmp_path / "all.zip", {k: p.read_bytes() for k, p in handed.items()})
    }
    for given in (handed, packed):
        batch = start(tiny_studio, given, columns=columns)
        assert [one.meme.text for one in batch.predictions] == ["one", "three"]
        (failed,) = [one.told for one in batch.answers if isinstance(one.told, Failure)]
        assert failed.filename == "gone.png" and "text=text" in failed.reason
        with Image.open(
            io.BytesIO(tiny_studio.batches.picture(tiny_studio.owner(), batch.id, 0))
        ) as small:
            assert small.size == (160, 120)
        assert tiny_studio.batches.picture(tiny_studio.owner(), batch.id, 1) == b""


def test_a_folder_keeps_its_names_and_what_is_no_meme_is_named(tiny_studio, files, tmp_path):
    (tmp_path / "notes.txt").write_text("notes", encoding="utf-8")
    handed = {f"memes/{folder}/a.png": files[f"{n}.png"] for n, folder in enumerate("xy")}
    packed = make_zip(tmp_path / "in.zip", {"a.png": b""})
    others = {"memes/notes.txt": tmp_path / "notes.txt", "memes/in.zip": packed}
    batch = start(tiny_studio, handed | others)
    assert [one.meme.filename for one in batch.predictions] == ["x/a.png", "y/a.png"]
    told = [one.told for one in batch.answers if isinstance(one.told, Failure)]
    assert [(one.filename, one.reason.startswith("It was passed over")) for one in told] == [
        ("in.zip", True), ("notes.txt", True),
    ]  # fmt: skip
    assert "alone" in told[0].reason
    with pytest.raises(InputError, match=r"'in\.zip' is an archive among other files"):
        start(tiny_studio, files | {"in.zip": packed})


def test_a_list_that_is_not_understood_says_why_without_what_only_a_shell_needs(
    tiny_studio, tmp_path
):
    table = tmp_path / "strange.csv"
    table.write_text("foo,bar\na,b\n", encoding="utf-8")
    batch = start(tiny_studio, {"strange.csv": table})
    assert (batch.job.state, batch.job.reason) == (
        "failed",
        "strange.csv: its columns are those of no known format. Its columns, parted by a comma: "
        'foo, bar. Say what they are, such as by the column mapping --columns "text=foo".',
    )


def test_what_was_stopped_goes_on_and_answers_nothing_twice(tiny_studio, files, monkeypatch):
    owner, own = tiny_studio.owner(), tiny_studio.batches
    report = batches.JobHandle.report

    def stop_at_the_third(handle, progress):
        if progress.done == 3:
            handle.stop()
        report(handle, progress)

    monkeypatch.setattr(batches.JobHandle, "report", stop_at_the_third)
    stopped = start(tiny_studio, files)
    assert (stopped.job.state, len(stopped.predictions)) == ("cancelled", 2)
    monkeypatch.undo()
    before = own.folders.journal(stopped.id).path.read_bytes()
    own.resume(owner, stopped.id)
    whole = end(tiny_studio, stopped.id)
    assert (whole.job.state, len(whole.predictions)) == ("done", 3)
    assert own.folders.journal(stopped.id).path.read_bytes().startswith(before)
    with pytest.raises(JobError):
        own.stop(owner, stopped.id)


def test_files_have_the_shape_of_the_command_line(tiny_studio, files):
    batch, owner = start(tiny_studio, files), tiny_studio.owner()
    lines = tiny_studio.batches.write(owner, batch.id, "jsonl").splitlines()
    assert [json.loads(line)["meme"]["filename"] for line in lines] == ["0.png", "1.png", "2.png"]
    assert tiny_studio.batches.write(owner, batch.id, "csv").startswith(b"\xef\xbb\xbffilename,")
    assert tiny_studio.batches.write(owner, batch.id, "parquet").startswith(b"PAR1")


def test_a_project_is_made_of_them_by_admins(tiny_studio, files):
    batch, owner = start(tiny_studio, files), tiny_studio.owner()
    tiny_studio.batches.make_project(owner, batch.id, key="cats", title="Cats")
    settle(tiny_studio)
    assert tiny_studio.projects.facts(owner, "cats").memes == 3
    visitor = Person(name="zoe", role="visitor")
    other = start(tiny_studio, files, visitor)
    with pytest.raises(PermissionDenied):
        tiny_studio.batches.make_project(visitor, other.id, key="dogs", title="Dogs")


def test_a_batch_is_its_owners_and_gone_after_a_day(tiny_studio, files):
    batch, owner = start(tiny_studio, files), tiny_studio.owner()
    stranger = Person(name="zoe", role="admin")
    for who, name in ((stranger, batch.id), (owner, "ab" * 16), (owner, "")):
        with pytest.raises(NotFound, match="gone"):
            tiny_studio.batches.read(who, name)
    with pytest.raises(InputError):
        tiny_studio.batches.read(owner, "../x")
    folder = tiny_studio.settings.home / "batches" / batch.id
    os.utime(folder / "upload", (0, time.time() - batches.LASTS.total_seconds() - 9))
    start(tiny_studio, files)
    assert not folder.exists()


def test_visitors_hand_in_fewer_and_not_too_many_run(tiny_settings, files, monkeypatch):
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    visitor = studio.owner()
    assert start(studio, files, visitor).job.state == "done"
    monkeypatch.setattr(batches, "MOST_OF_VISITORS", 3)
    refused = start(studio, files, visitor)
    assert refused.job.state == "failed" and "4 memes, and 3 is the most" in refused.job.reason
    monkeypatch.setattr(batches, "AT_ONCE", 0)
    with pytest.raises(RateLimited):
        studio.batches.start(visitor, files, task_set="pridemm", columns=None)
    with pytest.raises(RateLimited):
        studio.batches.resume(visitor, refused.id)


@pytest.fixture
def from_address():
    """Return a way to come from an address."""
    tokens = []
    yield lambda address: tokens.append(ADDRESS.set(address))
    for token in reversed(tokens):
        ADDRESS.reset(token)


@pytest.fixture
def hold(monkeypatch):
    """Return a way to have a studio's batches wait until they are let go on."""

    def wait(studio):
        go = Event()
        monkeypatch.setattr(
            type(studio.batches), "predict", lambda *a, **k: go.wait(60) and iter(())
        )
        return go

    return wait


def build_space(settings, **roles):
    """Return a studio on a Space, where people of these roles and others sign in."""
    own = {"host": "0.0.0.0", "space": True, "hub_sign_in": True}
    return build_tiny_studio(replace(settings, roles=tuple(roles.items()), **own))


def test_one_visitor_has_a_share_of_the_batches_and_all_visitors_leave_one(
    tiny_settings, files, from_address, hold
):
    studio = build_space(tiny_settings, ann="annotator")
    go = hold(studio)
    visitor, ann = studio.owner(), studio.person("ann")

    def begin(who=visitor):
        return studio.batches.start(who, files, task_set="pridemm", columns=None)

    try:
        from_address("192.0.2.1")
        first = begin()
        with pytest.raises(RateLimited, match="A batch of yours is running"):
            begin()
        for number in (2, 3):
            from_address(f"192.0.2.{number}")
            begin()
        from_address("192.0.2.4")
        with pytest.raises(RateLimited, match="Too many batches"):
            begin()
        begin(ann)
        with pytest.raises(RateLimited, match="Too many batches"):
            begin(ann)
    finally:
        go.set()
    until(lambda: not studio.batches.jobs.live(), "they do not end")
    from_address("192.0.2.1")
    assert begin() != first
    until(lambda: not studio.batches.jobs.live(), "it does not end")


def test_of_many_that_come_at_once_no_more_begin_than_may(
    tiny_settings, files, from_address, hold, monkeypatch
):
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    go = hold(studio)
    # All have been let in, if any may, before the first of them begins.
    together, keep = Barrier(12), studio.batches.folders.keep

    def keep_late(folders, name, files):
        with suppress(BrokenBarrierError):
            together.wait(0.5)
        keep(name, files)

    monkeypatch.setattr(type(studio.batches.folders), "keep", keep_late)
    from_address("192.0.2.1")

    def begin(_):
        try:
            return studio.batches.start(studio.owner(), files, task_set="pridemm", columns=None)
        except RateLimited:
            return ""

    try:
        with ThreadPoolExecutor(12) as pool:
            context = [copy_context() for _ in range(12)]
            begun = [pool.submit(one.run, begin, 0) for one in context]
            names = [one.result() for one in begun]
        (name,) = filter(None, names)
        assert [job.subject for job in studio.batches.jobs.live()] == [name]
        with pytest.raises(InputError, match="This batch is running"):
            studio.batches.resume(studio.owner(), name)
    finally:
        go.set()
    until(lambda: not studio.batches.jobs.live(), "it does not end")
    assert not studio.batches._beginning


def test_a_visitor_with_a_name_has_the_share_of_a_visitor(tiny_settings, files, hold, monkeypatch):
    studio = build_space(tiny_settings, ada="admin")
    go = hold(studio)

    def begin(name):
        who = studio.person(name)
        return studio.batches.start(who, files, task_set="pridemm", columns=None)

    try:
        first = begin("eve")
        with pytest.raises(RateLimited, match="A batch of yours is running"):
            begin("eve")
        begin("bob")
        begin(None)
        with pytest.raises(RateLimited, match="Too many batches"):
            begin("zoe")
        begin("ada")
    finally:
        go.set()
    until(lambda: not studio.batches.jobs.live(), "they do not end")
    monkeypatch.undo()
    monkeypatch.setattr(batches, "MOST_OF_VISITORS", 3)
    eve = studio.person("eve")
    studio.batches.resume(eve, first)
    assert "3 is the most" in end(studio, first, eve).job.reason
    assert start(studio, files, studio.person("ada")).job.state == "done"


def test_a_picture_that_is_broken_is_looked_at_once(tiny_studio, files, monkeypatch):
    whole = draw_png((1, 2, 3), (320, 240))
    files["0.png"].write_bytes(whole[: len(whole) // 2])
    batch, owner = start(tiny_studio, files), tiny_studio.owner()
    looked, picture = [], type(tiny_studio.batches.reader).picture
    monkeypatch.setattr(
        type(tiny_studio.batches.reader),
        "picture",
        lambda reader, data: looked.append(1) or picture(reader, data),
    )
    assert [tiny_studio.batches.picture(owner, batch.id, 0) for _ in range(3)] == [b"", b"", b""]
    assert looked == [1]
