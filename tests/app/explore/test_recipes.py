"""How things are worked out: what they are made of decides when they are made anew."""

import pytest

from memeclip_core.app.explore import recipes
from memeclip_core.errors import LabelError
from tests.factories.explored import COLLECTION, COUNT, NEAR_PICTURE, quiet


@pytest.fixture
def book(explored):
    return explored.explore._works.recipes


@pytest.fixture
def contents(explored):
    return explored.explore._library.open(COLLECTION)


def test_features_and_maps_depend_on_memes_and_encoder_and_copies_on_memes_alone(
    explored, book, contents
):
    own = explored.explore._finder.engines.encoder().fingerprint
    stamps = {
        name: book.find(contents, name, None).stamp
        for name in ("features", "map fused pca", "near", "suspects hate")
    }
    assert stamps["features"] == stamps["map fused pca"] == f"{contents.digest} {own}"
    assert stamps["near"] == contents.digest
    assert stamps["suspects hate"].startswith(stamps["features"])


def test_an_unknown_task_is_refused_before_anything_is_worked_out(book, contents):
    with pytest.raises(LabelError):
        book.find(contents, "suspects mood", None)


def test_pictures_are_compared_by_what_is_seen(book, contents):
    steps = []
    made = book.find(contents, "near", None).make(steps.append)
    groups = made.arrays["near_picture"]
    assert groups[NEAR_PICTURE[0]] == groups[NEAR_PICTURE[1]]
    assert len(set(groups.tolist())) == COUNT - 1
    assert len(set(made.arrays["picture"].tolist())) == COUNT
    assert [step.message for step in steps] == [
        "reading pictures", "comparing pictures", "comparing texts",
    ]  # fmt: skip


def test_suspects_are_looked_for_anew_after_many_decisions_or_much_time(monkeypatch):
    facts = {"number": 100, "time": 1000.0}
    monkeypatch.setattr(recipes.time, "time", lambda: 1001.0)
    assert recipes._is_fresh(100, facts) and recipes._is_fresh(149, facts)
    assert not recipes._is_fresh(150, facts)
    monkeypatch.setattr(recipes.time, "time", lambda: 1000.0 + recipes.LASTS)
    assert recipes._is_fresh(100, facts) and not recipes._is_fresh(101, facts)


def test_progress_that_ends_the_work_is_heard(book, contents):
    def stop(progress):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        book.find(contents, "near", None).make(stop)
    with pytest.raises(InterruptedError):
        book.find(contents, "features", None).make(stop)
    assert quiet(None) is None
