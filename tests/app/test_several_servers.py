"""Servers with homes of their own, one database and one image store between them."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import CheckpointError, StoreError
from tests.factories.projects import decide, make_cats, predictions, settle, wait_for
from tests.factories.services import HATE, NO_HATE, correct_some, make_image
from tests.factories.stores import StandIn, list_names, open_store
from tests.factories.studios import build_tiny_studio
from tests.factories.workbench import shipped_tasks


@pytest.fixture
def database(postgres):
    if postgres is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["memory", "file", "standin"])
def servers(request, database, tiny_settings, tmp_path):
    """Two studios; whatever one of them writes to its home, the other does not see."""
    with open_store(request.param, tmp_path) as store:
        shared = replace(tiny_settings, database_url=database, image_store=store)
        studios = [build_tiny_studio(replace(shared, home=tmp_path / name)) for name in ("a", "b")]
        yield studios
        for studio in studios:
            studio._retrainer.jobs._database.close()


def own_images(studio):
    return list_names("", studio.settings.home / "images")


def test_what_one_imports_the_other_shows_predicts_and_exports(servers, tmp_path):
    here, there = servers
    make_cats(here, tmp_path / "in", 5)
    settle(here)
    memes = here.projects._store.memes("cats").rows
    kept = list_names(here.settings.image_store, tmp_path)
    assert kept == sorted(meme.image for meme in memes)
    assert own_images(here) == own_images(there) == []
    for meme in memes:
        shown = there.queue.preview(there.owner(), "cats", meme.id)
        assert shown and shown == here.queue.preview(here.owner(), "cats", meme.id)
    # The other home has no features: they are computed from the images' bytes.
    before = predictions(here.projects, "cats")
    model = there._catalogue.load(before.model)
    project = there.projects._store.read("cats")
    found = there.projects._precomputation._predict(project, model, before.model, memes)
    np.testing.assert_allclose(found.vectors, before.vectors, atol=0.005)
    decide(here, 0, HATE)
    decide(there, 1, NO_HATE)
    who = there.owner()
    job = wait_for(there, "cats", there.projects.start_export(who, "cats", "imagefolder"))
    assert job.state == "done", job.reason
    path = there.projects.export_file(who, "cats", job.id, tmp_path / "downloads")
    with zipfile.ZipFile(path) as archive:
        pictures = {name for name in archive.namelist() if name.startswith("images/")}
        assert pictures == {f"images/{meme.image}" for meme in memes[:2]}
        data = archive.read(f"images/{memes[0].image}")
    assert data == (tmp_path / "in" / memes[0].filename).read_bytes()


def test_what_is_corrected_at_one_is_learnt_at_the_other(servers):
    here, there = servers
    correct_some(here, range(6))
    pictures = {sha256(make_image(number)).hexdigest(): number for number in range(6)}
    for meme, number in pictures.items():
        assert there._corrector.saved_image(meme) == make_image(number)
    model = there._catalogue.load("pridemm-fake")
    for item in there._corrector.labelled(shipped_tasks("pridemm")):
        features = there._retrainer.encode(item, model)
        data = make_image(pictures[item.meme])
        expected = FakeEncoder().encode_images([there._reader.load(data).image])
        np.testing.assert_array_equal(features.image, expected)
    job = there.retrain(there.owner(), "pridemm")
    assert job.state == "done", job.reason
    counts = job.counts
    assert (counts["corrected"], counts["skipped"]) == (6, 0)
    assert counts["learnt"] + counts["held_out"] == 6


def test_a_retrained_model_answers_only_where_its_folder_is(servers):
    """As the documentation says, which has all homes share it."""
    here, there = servers
    correct_some(there, range(6))
    job = there.retrain(there.owner(), "pridemm")
    there.promote(there.owner(), job.candidate, although_worse=True)
    data = make_image(1)
    assert there.predict(data, "a.png", task_set="pridemm").model == job.candidate
    with pytest.raises(CheckpointError, match="The active model 'pridemm-fake-r1' is gone"):
        here.predict(data, "a.png", task_set="pridemm")
    own = here.settings.home / "models"
    own.rmdir()
    own.symlink_to(there.settings.home / "models")
    assert here.predict(data, "a.png", task_set="pridemm").model == job.candidate
    here.roll_back(here.owner(), "pridemm")
    for studio in servers:
        assert studio.predict(data, "a.png", task_set="pridemm").model == "pridemm-fake"


def test_a_deletion_at_one_takes_the_images_that_no_row_names(servers, tmp_path):
    here, there = servers
    make_cats(here, tmp_path / "in", 3)
    settle(here)
    memes = here.projects._store.memes("cats").rows
    data = (tmp_path / "in" / memes[0].filename).read_bytes()
    # The page's own decision names the first one, too.
    found = there.predict(data, "0.png", task_set="pridemm", text="words")
    there.correct(there.owner(), prediction=found, data=data, labels=HATE, note="")
    who = here.owner()
    job = wait_for(here, "cats", here.projects.start_export(who, "cats", "everything"))
    assert job.state == "done", job.reason
    here.projects.deletions.make(who, "cats", confirm="cats")
    assert list_names(here.settings.image_store, tmp_path) == [memes[0].image]
    assert there._corrector.saved_image(memes[0].id) == data


@pytest.mark.parametrize("servers", ["standin"], indirect=True)
def test_while_the_store_is_away_nothing_is_saved_and_predictions_go_on(servers):
    here, there = servers
    correct_some(here, range(2))
    StandIn.fault = "down"
    with pytest.raises(StoreError, match="Try again in a moment"):
        correct_some(here, [2])
    assert there.predict(make_image(0), "0.png", task_set="pridemm").model == "pridemm-fake"
    StandIn.fault = ""
    correct_some(here, [2])
    assert there.status("pridemm").corrected == 3
