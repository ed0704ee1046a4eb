"""Collections in one form, whatever they are of."""

import pytest

from memeclip_core.errors import NotFound
from tests.factories.explored import BARE, COLLECTION, COUNT, ids_of, label, picture, text

DATASET = "dataset:memes.csv"


@pytest.fixture
def library(explored):
    return explored.explore._library


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_memes_come_in_the_order_of_import_with_what_came_along(library, collection):
    contents = library.open(collection)
    assert len(contents) == COUNT and contents.has_image.all()
    assert [text for place, text in enumerate(contents.texts) if place != BARE] == [
        text(number) for number in range(COUNT) if number != BARE
    ]
    assert [one["hate"] for one in contents.given] == [(label(n),) for n in range(COUNT)]
    assert contents.tasks.key == "pridemm"
    assert len(set(contents.ids)) == COUNT


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_pictures_are_read_and_known_by_their_content(library, collection):
    contents = library.open(collection)
    assert library.read_image(contents, 3) == picture(3)
    assert library.identify_image(contents, 3) == ids_of_project(library)[3]


def ids_of_project(library):
    return library.open(COLLECTION).ids


def test_a_collection_is_read_once_until_it_changes(library):
    assert library.open(COLLECTION) is library.open(COLLECTION)
    assert library.open(DATASET) is library.open(DATASET)


def test_ids_may_be_shortened_and_each_meme_comes_once(explored):
    contents = explored.explore._library.open(COLLECTION)
    ids = ids_of(explored)
    assert contents.find([ids[5][:12], ids[2], ids[5]]) == [5, 2]
    assert contents.locate([ids[3], "none"]).tolist() == [3, -1]
    for bad in (ids[0][:11], ids[0][:12] + "x", "", "0" * 64):
        with pytest.raises(NotFound):
            contents.find([bad])


def test_what_is_no_collection_is_not_opened(library):
    for key in ("project:none", "dataset:../secret", "memes", ""):
        with pytest.raises(NotFound):
            library.open(key)
