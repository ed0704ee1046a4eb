"""Projects on the disk."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace

import pytest
from PIL import Image

from memeclip_core.annotation.projects.queries import select_salt
from memeclip_core.annotation.projects.store import PREVIEW_SIDE, ProjectStore, render_preview
from memeclip_core.database.engine import FILE, Database
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.project import Project
from memeclip_core.records.schemas import from_plain, to_plain
from tests.factories.project_records import (
    MIGRATED,
    TIME,
    damage_project,
    make_id,
    make_project,
)


@pytest.fixture
def store(home, database):
    return ProjectStore(home, database)


def test_projects_are_listed_oldest_first(home, database, store):
    assert store.list() == () and store.keys() == ()
    young = make_project("ants", created=TIME.replace(year=2027))
    store.create(young)
    store.create(make_project("cats"))
    assert ProjectStore(home, database).list() == (make_project("cats"), young)
    assert store.find("ants") == young and store.find("dogs") is None


def test_a_key_is_taken_once(store):
    store.create(make_project())
    with pytest.raises(InputError, match="'cats' already"):
        store.create(make_project(title="another"))
    assert store.read("cats").title == "Cats = fun"


def test_what_hides_names_is_each_projects_own_and_stays(home, database, store):
    store.create(make_project())
    store.create(make_project("dogs"))
    with database.read() as connection:
        salt = select_salt(connection, "cats")
        assert len(salt) == 32
        assert salt != select_salt(connection, "dogs")
    store.write(replace(store.read("cats"), title="another"))
    with database.read() as connection:
        assert select_salt(connection, "cats") == salt


@pytest.mark.parametrize("key", ["", "A", "a b", "../a", "a/b", ".", "ä", "x" * 61, "-a"])
def test_a_key_is_one_harmless_path_part(home, store, key):
    for call in (
        lambda: store.create(make_project(key)),
        lambda: store.read(key),
        lambda: store.memes(key),
        lambda: store.changing(key),
    ):
        with pytest.raises(InputError, match=r"cannot be the key|no project"):
            call()
    assert list(home.projects.iterdir()) == []


def test_what_another_process_changes_is_seen(home, database, store):
    store.create(make_project())
    assert store.read("cats") is store.read("cats")
    changed = replace(make_project(), title="changed")
    ProjectStore(home, database).write(changed)
    assert store.read("cats") == changed
    with pytest.raises(InputError, match=r"no project 'dogs'\. Choose"):
        store.write(make_project("dogs"))


@pytest.mark.parametrize("damaged", [[], {}, {"tasks": {}}, "none"])
def test_a_damaged_project_is_named_and_does_not_hide_the_others(database, store, damaged):
    store.create(make_project())
    store.create(make_project("dogs"))
    damage_project(database, "cats", damaged)
    with pytest.raises(StoreError, match="'cats' does not hold together"):
        store.read("cats")
    assert [project.key for project in store.list()] == ["dogs"]


def test_a_change_that_fails_leaves_the_project_as_it_was(store):
    store.create(make_project())
    before = store.read("cats")
    with pytest.raises(InputError, match="no"), store.changing("cats") as connection:
        store.write(replace(before, title="half"), connection)
        assert store.read("cats", connection).title == "half"
        raise InputError("no")
    store.write(replace(before, title="whole"))
    assert store.read("cats").title == "whole"


def test_changes_of_a_project_follow_one_another(home, database, store):
    store.create(make_project(retrain_every=0))

    def grow():
        for _ in range(10):
            with ProjectStore(home, database).changing("cats") as connection:
                project = store.read("cats", connection)
                store.write(replace(project, retrain_every=project.retrain_every + 1), connection)

    threads = [threading.Thread(target=grow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read("cats").retrain_every == 40


def test_a_database_that_cannot_be_opened_has_no_projects(home, caplog):
    (home.root / FILE).write_text("no database at all" * 100)
    store = ProjectStore(home, Database.of_home(home.root))
    assert store.list() == () and "could not be used" in caplog.text
    with pytest.raises(StoreError, match="put a backup back"):
        store.create(make_project())


def test_previews_go_by_content_id(store):
    store.create(make_project())
    assert store.read_preview("cats", make_id(0)) is None
    store.write_preview("cats", make_id(0), b"webp")
    assert store.read_preview("cats", make_id(0)) == b"webp"
    for bad in ("../project", "", "x"):
        with pytest.raises(StoreError, match="no content id"):
            store.read_preview("cats", bad)


def test_uploads_are_copied_under_names_of_ours_and_dropped_alone(home, store, tmp_path):
    store.create(make_project())
    given = tmp_path / "given"
    given.write_bytes(b"bytes")
    folder = store.keep_upload("cats", {"../../x.png": given, "a/x.png": given, "..": given})
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    assert (names, (folder / "file-2").is_file()) == (["a/x.png", "x.png"], True)
    assert home.project("cats") in folder.parents
    names = ("meme (1).png", "e\u0301 & co.png", "字" * 200 + ".png")
    kept = store.keep_upload("cats", dict.fromkeys(names, given))
    found = sorted(path.name for path in kept.iterdir())
    assert found[:2] == ["meme (1).png", "é & co.png"] and found[2].endswith("字.png")
    archive = store.keep_upload("cats", {"memes.zip": given})
    assert archive.name == "memes.zip" and archive.read_bytes() == b"bytes"
    store.drop_upload("cats", archive)
    assert not archive.exists() and folder.is_dir()
    store.drop_upload("cats", given)
    store.drop_upload("cats", folder)
    assert given.is_file() and not folder.exists()


@pytest.mark.parametrize("tasks", ["pridemm", "propaganda", "harmeme", "axiom", "restore"])
def test_projects_of_every_shipped_task_set_read_back_the_same(tasks):
    project = make_project(tasks=tasks, guidelines="# Look\n\n*twice* ü", overlap=3)
    assert from_plain(Project, json.loads(json.dumps(to_plain(project)))) == project


def test_migrations_read_back_the_same():
    assert from_plain(Project, json.loads(json.dumps(to_plain(MIGRATED)))) == MIGRATED


def test_large_pictures_get_smaller_previews():
    image = Image.new("RGB", (3000, 1500), "red")
    preview = Image.open(io.BytesIO(render_preview(image)))
    assert (preview.format, preview.size) == ("WEBP", (PREVIEW_SIDE, PREVIEW_SIDE // 2))
    assert image.size == (3000, 1500)


def test_small_pictures_keep_their_size_and_lose_their_metadata():
    image = Image.new("RGB", (40, 30), "red")
    exif = Image.Exif()
    exif[0x010E] = "where this was taken"
    image.info["exif"] = exif.tobytes()
    preview = Image.open(io.BytesIO(render_preview(image)))
    assert preview.size == (40, 30) and "exif" not in preview.info
