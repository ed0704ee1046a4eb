"""Features of collections: from the cache where they are there, and encoded where not."""

import numpy as np
import pytest

from memeclip_core.app.explore.features import FeatureReader
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.memes.image import ImageLimits
from tests.factories.explored import BARE, COLLECTION, COUNT, draw, quiet, text
from tests.factories.services import CountingEncoder

DATASET = "dataset:memes.csv"


class Engines:
    def __init__(self, encoder):
        import threading

        self._encoder, self.encoding = encoder, threading.Lock()

    def encoder(self):
        return self._encoder


@pytest.fixture
def encoder():
    return CountingEncoder()


@pytest.fixture
def reader(explored, encoder, home):
    return FeatureReader(
        library=explored.explore._library,
        engines=Engines(encoder),
        cache=FeatureCache(home),
        limits=ImageLimits(),
    )


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_features_are_the_encoders_own(reader, encoder, collection):
    contents = reader.library.open(collection)
    found = reader.read(contents, quiet)
    assert found.has_image.all() and len(found) == COUNT
    assert found.has_text.sum() == COUNT - (collection == DATASET)
    own = encoder.encode_images([draw(3)]), encoder.encode_texts([text(3)])
    assert np.allclose(found.image[3], own[0][0], atol=1e-3)
    assert np.allclose(found.text[3], own[1][0], atol=1e-3)
    assert collection == COLLECTION or not found.text[BARE].any()


def test_what_was_encoded_once_is_not_encoded_again(reader, encoder):
    reader.read(reader.library.open(COLLECTION), quiet)
    images, texts = encoder.images, encoder.texts
    reader.read(reader.library.open(COLLECTION), quiet)
    reader.read(reader.library.open(DATASET), quiet)
    assert (encoder.images, encoder.texts) == (images, texts)


def test_a_picture_that_cannot_be_read_is_a_missing_one(reader, monkeypatch):
    library = type(reader.library)
    read = library.read_image

    def damaged(self, contents, place):
        return b"no picture" if place == 5 else read(self, contents, place)

    monkeypatch.setattr(library, "read_image", damaged)
    found = reader.read(reader.library.open(COLLECTION), quiet)
    assert np.flatnonzero(~found.has_image).tolist() == [5]


def test_progress_is_told_and_may_end_it(reader):
    def stop(progress):
        if progress.done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        reader.read(reader.library.open(COLLECTION), stop)
