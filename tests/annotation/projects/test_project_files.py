"""Homes from before the database: their projects are read once, whole or not at all."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from memeclip_core.annotation.projects import project_files
from memeclip_core.annotation.projects.predictions import KEPT, ProjectPredictions
from memeclip_core.annotation.projects.project_files import take_over_projects
from memeclip_core.annotation.projects.queries import select_salt
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import StoreError
from memeclip_core.records.schemas import to_plain
from tests.factories.project_records import (
    MIGRATED,
    ids_of,
    make_id,
    make_meme,
    make_project,
    suggest,
)
from tests.factories.queues import make_table


def write_project(home, project, *memes, salt="5a17"):
    folder = home.project(project.key)
    folder.mkdir(parents=True)
    plain = {"schema": 1, **to_plain(project)}
    (folder / "project.json").write_text(json.dumps(plain))
    (folder / "memes.jsonl").write_bytes(b"".join(line(meme) for meme in memes))
    if salt:
        (folder / "salt").write_text(salt)
    return folder


def line(meme):
    plain = {name: value for name, value in to_plain(meme).items() if value not in ("", {}, False)}
    return (json.dumps(plain, ensure_ascii=False) + "\n").encode()


def take_over(home, database):
    take_over_projects(home, database)
    return ProjectStore(home, database)


def test_projects_and_their_memes_are_taken_over_once(home, database):
    memes = [
        make_meme(2),
        make_meme(0, given={"hate": ("Hate",)}, gold=True, split="val"),
        make_meme(1, text="", filename="", text_source="none"),
    ]
    folder = write_project(home, MIGRATED, *memes)
    write_project(home, make_project("dogs"), salt="")
    store = take_over(home, database)
    assert store.list() == (MIGRATED, make_project("dogs"))
    assert store.memes("cats").rows == tuple(memes)
    with database.read() as connection:
        assert select_salt(connection, "cats") == "5a17"
        assert len(select_salt(connection, "dogs")) == 32
    (folder / "memes.jsonl").write_bytes(line(make_meme(9)))
    assert len(take_over(home, database).memes("cats")) == 3


def test_a_later_line_replaces_what_is_known_and_keeps_the_place(home, database):
    write_project(home, make_project(), make_meme(0), make_meme(1), make_meme(0, gold=True))
    rows = take_over(home, database).memes("cats").rows
    assert rows == (make_meme(0, gold=True), make_meme(1))


def test_a_torn_last_line_does_not_count(home, database):
    folder = write_project(home, make_project(), make_meme(0))
    with (folder / "memes.jsonl").open("ab") as file:
        file.write(line(make_meme(1))[:-9])
    assert ids_of(take_over(home, database).memes("cats")) == (make_id(0),)


@pytest.mark.parametrize("damaged", [b"{", b"[]", b"null", b"{}", b'{"id": 3}', b"\xff\xfe"])
def test_a_damaged_line_costs_one_meme(home, database, damaged):
    folder = write_project(home, make_project())
    lines = line(make_meme(0)) + damaged + b"\n" + line(make_meme(1))
    (folder / "memes.jsonl").write_bytes(lines)
    assert ids_of(take_over(home, database).memes("cats")) == (make_id(0), make_id(1))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"tasks": {}}', "later"])
def test_a_damaged_project_is_named_and_read_once_it_is_whole(home, database, caplog, text):
    path = write_project(home, make_project(), make_meme(0)) / "project.json"
    write_project(home, make_project("dogs"))
    whole = path.read_text()
    # A rule that is unknown here would be lost.
    path.write_text(json.dumps({**json.loads(whole), "later": 1}) if text == "later" else text)
    assert take_over(home, database).keys() == ("dogs",)
    assert "was not taken over" in caplog.text
    path.write_text(whole)
    store = take_over(home, database)
    assert store.keys() == ("cats", "dogs") and len(store.memes("cats")) == 1


def write_table(folder, table):
    """Write predictions as they were kept before there was a database."""
    folder.mkdir(exist_ok=True)
    facts = {"model": table.model, "tasks": {}}
    arrays = {
        "ids": np.array([list(bytes.fromhex(meme)) for meme in table.ids], np.uint8),
        "vectors": table.vectors.astype(np.float16),
    }
    for number, (task, part) in enumerate(table.tasks.items()):
        arrays[f"task{number}"] = part.probabilities.astype(np.float32)
        facts["tasks"][task] = {"labels": list(part.labels), "threshold": part.threshold}
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez(folder / f"{table.model}.npz", **arrays)


def test_predictions_are_taken_over_with_the_model_in_use(home, database, caplog):
    folder = write_project(home, make_project(), make_meme(0)) / "predictions"
    tables = [make_table([0.9, 0.2], model=f"m{n}") for n in range(KEPT + 2)]
    for number, table in enumerate(tables):
        write_table(folder, table)
        os.utime(folder / f"m{number}.npz", (number, number))
    (folder / "current.json").write_text('{"model": "m0"}')
    (folder / f"m{KEPT}.npz").write_bytes(b"damaged")
    take_over(home, database)
    store = ProjectPredictions(database)
    assert store.chosen("cats") == "m0" and f"m{KEPT}.npz is damaged" in caplog.text
    kept = {"m0", *(f"m{n}" for n in range(3, KEPT + 2) if n != KEPT)}
    assert set(store.models("cats")) == kept
    for meme in tables[0].ids:
        assert suggest(store.current("cats"), meme) == suggest(tables[0], meme)
    assert store.current("cats").vectors.shape == (2, 4)


def test_without_predictions_there_is_none_in_use(home, database):
    write_project(home, make_project(), make_meme(0))
    take_over(home, database)
    assert ProjectPredictions(database).chosen("cats") == ""


def test_what_fails_half_way_is_taken_over_whole_at_the_next_start(home, database, monkeypatch):
    folder = write_project(home, make_project(), *(make_meme(n) for n in range(9)))
    write_table(folder / "predictions", make_table([0.9], model="m"))

    def fail(*given):
        raise StoreError("the disk is full")

    monkeypatch.setattr(project_files, "write_table", fail)
    assert take_over(home, database).keys() == ()
    monkeypatch.undo()
    store = take_over(home, database)
    assert len(store.memes("cats")) == 9
    assert ProjectPredictions(database).models("cats") == ("m",)
