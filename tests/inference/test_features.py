import numpy as np
import pytest
from PIL import Image

from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.encoders.features import Needs
from memeclip_core.errors import EncoderError
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.records.meme import Meme
from memeclip_core.storage.home import Home
from tests.factories.services import CountingCaptioner, CountingEncoder

TOKENS, WORDS, CAPTIONS = Needs(tokens=True), Needs(words=True), Needs(captions=True)
RED = Image.new("RGB", (4, 4), (255, 0, 0))


@pytest.fixture
def counting():
    return CountingEncoder()


@pytest.fixture
def captioner():
    return CountingCaptioner()


@pytest.fixture
def encoder(tmp_path, counting, captioner):
    engines = Engines(
        encoder_name="fake",
        make_encoder=lambda: counting,
        make_ocr=FakeOcr,
        make_captioner=lambda: captioner,
    )
    return MemeEncoder(engines=engines, cache=FeatureCache(Home(tmp_path)))


def meme(text="tea", content="a"):
    return Meme(id=content * 64, filename="f", text=text, text_source="user")


def test_both_modalities_as_the_encoder_gives_them(encoder):
    features = encoder.features(meme(), RED, reads="image+text")
    assert features.ids == ("a" * 64,)
    assert features.image.tolist() == [[1.0, 0.0, 0.0, 1.0]]
    # e, t, a: one of three characters each; o, i, n: none.
    third = np.float32(1 / 3)
    assert features.text.tolist() == [[third, third, third, 0.0, 0.0, 0.0, 1.0]]
    assert (features.has_image.tolist(), features.has_text.tolist()) == ([True], [True])


@pytest.mark.parametrize(
    ("reads", "image", "text"),
    [("text", False, True), ("image", True, False), ("image+text", True, True)],
)
def test_what_heads_do_not_read_is_not_encoded(encoder, counting, reads, image, text):
    features = encoder.features(meme(), RED, reads=reads)
    assert (features.has_image[0], features.has_text[0]) == (image, text)
    assert (counting.images, counting.texts) == (int(image), int(text))
    assert features.image.any() == image
    assert features.text.any() == text


def test_a_missing_modality_is_a_mask_and_zeros(encoder):
    features = encoder.features(meme(" \n"), None, reads="image+text")
    assert not features.has_image[0]
    assert not features.has_text[0]
    assert not features.image.any()
    assert not features.text.any()


def test_a_new_text_leaves_the_image_alone_and_back_again_costs_nothing(encoder, counting):
    for text in ("one", "two", "one"):
        encoder.features(meme(text), RED, reads="image+text")
    encoder.features(meme("one", "b"), RED, reads="image+text")
    assert (counting.images, counting.texts) == (2, 2)


def test_sequences_come_when_heads_read_them_and_from_the_cache_again(encoder, counting):
    features = encoder.features(meme("tea on"), RED, reads="image+text", needs=TOKENS)
    assert features.image_tokens.mask.tolist() == [[True, True]]
    assert features.text_tokens.mask.tolist() == [[True, True]]
    counts = (counting.images, counting.texts)
    again = encoder.features(meme("tea on"), RED, reads="image+text", needs=TOKENS)
    assert (counting.images, counting.texts) == counts
    assert np.array_equal(again.text_tokens.values, features.text_tokens.values)
    text = encoder.features(meme("tea on"), RED, reads="text", needs=TOKENS)
    assert text.image_tokens.mask.shape == (1, 0)
    assert encoder.features(meme(), RED, reads="image+text").image_tokens is None


def test_ids_of_words_come_when_a_head_reads_them(encoder, counting):
    features = encoder.features(meme("tea"), RED, reads="image+text", needs=WORDS)
    assert features.word_ids.values.tolist() == [counting.encode_words(["tea"])[0].tolist()]
    nothing = encoder.features(meme(""), RED, reads="image+text", needs=WORDS)
    assert nothing.word_ids.mask.shape == (1, 0)
    assert encoder.features(meme(), RED, reads="image+text").word_ids is None


def test_a_caption_stands_in_front_of_the_text(encoder, counting, captioner):
    features = encoder.features(meme("tea"), RED, reads="image+text", needs=CAPTIONS)
    expected = counting.encode_texts(["a red picture\ntea"])
    assert np.array_equal(features.text, expected)
    assert features.captioner == captioner.fingerprint
    plain = encoder.features(meme("tea"), RED, reads="image+text")
    assert np.array_equal(plain.text, counting.encode_texts(["tea"]))
    assert plain.captioner == ""


def test_an_image_is_described_once_and_without_a_text_its_caption_is_the_text(encoder, captioner):
    for text in ("", "tea", "on"):
        features = encoder.features(meme(text), RED, reads="image+text", needs=CAPTIONS)
        assert features.has_text.tolist() == [True]
    assert captioner.images == 1
    alone = encoder.features(meme(""), None, reads="image+text", needs=CAPTIONS)
    assert alone.has_text.tolist() == [False]
    assert captioner.images == 1


def test_without_a_captioner_there_are_no_captions(tmp_path, counting):
    engines = Engines(encoder_name="fake", make_encoder=lambda: counting, make_ocr=FakeOcr)
    bare = MemeEncoder(engines=engines, cache=FeatureCache(Home(tmp_path)))
    with pytest.raises(EncoderError, match="no captioner is named"):
        bare.features(meme(), RED, reads="image+text", needs=CAPTIONS)


def test_variants_go_through_each_tower_once_and_equal_memes_alone(encoder, counting):
    green = Image.new("RGB", (4, 4), (0, 255, 0))
    memes = [
        (meme("tea", "a"), RED),
        (meme("eat", "b"), green),
        (meme("tea", "b"), green),
        (meme("", "c"), None),
    ]
    found = encoder.variants(memes, reads="image+text")
    assert (counting.images, counting.texts) == (2, 2)
    for row, (one, picture) in enumerate(memes):
        alone = encoder.features(one, picture, reads="image+text")
        for name in ("image", "text", "has_image", "has_text"):
            assert (getattr(found, name)[row] == getattr(alone, name)[0]).all()
    assert (counting.images, counting.texts) == (2, 2)


def test_variants_are_remembered_and_not_kept_on_the_disk(encoder, counting, tmp_path):
    encoder.variants([(meme(), RED)], reads="image+text")
    assert list(tmp_path.rglob("*.f32")) == []
    encoder.variants([(meme(), RED)], reads="image+text")
    assert (counting.images, counting.texts) == (1, 1)


def test_variants_have_what_else_heads_need(encoder):
    memes = [(meme("a tea", "a"), RED), (meme("", "b"), None)]
    found = encoder.variants(memes, reads="image+text", needs=Needs(tokens=True, words=True))
    assert found.image_tokens.mask.sum(axis=1).tolist() == [2, 0]
    assert found.text_tokens.mask.sum(axis=1).tolist() == [2, 0]
    assert found.word_ids.mask.sum(axis=1).tolist() == [5, 0]


def test_what_was_encoded_before_is_recalled_and_nothing_is_encoded(encoder, counting):
    encoder.features(meme("tea", "a"), RED, reads="image+text")
    seen = counting.images, counting.texts
    memes = [meme("tea", "a"), meme("other", "a"), meme("tea", "b"), meme("", "a")]
    found = encoder.recall(memes, reads="image+text")
    assert found.ids == ("a" * 64, "a" * 64)
    assert (found.has_text.tolist(), found.has_image.tolist()) == ([True, False], [True, True])
    assert encoder.recall(memes, reads="text").has_text.tolist() == [True, True, False]
    assert (counting.images, counting.texts) == seen


class Clocked(FakeEncoder):
    """A call with texts takes 10 seconds, and 1 for each word but a first; a picture takes 7."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr("memeclip_core.inference.features.time.perf_counter", lambda: self.now)

    def encode_texts(self, texts):
        self.now += 10 + sum(len(text.split()) - 1 for text in texts)
        return super().encode_texts(texts)

    def encode_images(self, images):
        self.now += 7 * len(images)
        return super().encode_images(images)


def test_an_estimate_is_what_encoding_then_takes_however_long_the_texts_are(monkeypatch, tmp_path):
    clocked = Clocked(monkeypatch)
    engines = Engines(
        encoder_name="fake", make_encoder=lambda: clocked, make_ocr=lambda: FakeOcr(text="")
    )
    encoder = MemeEncoder(engines=engines, cache=FeatureCache(Home(tmp_path)))
    for words in (2, 10, 200):
        texts = [" ".join([f"w{n}", *["word"] * (words - 1)]) for n in range(40)]
        told = encoder.estimate(texts[0], RED, texts=40, pictures=3, batch=20)
        before = clocked.now
        for start in (0, 20):
            some = [(meme(text, "a"), None) for text in texts[start : start + 20]]
            encoder.variants(some, reads="text")
        assert told - 3 * 7 == clocked.now - before


def test_an_estimate_encodes_nothing_that_is_not_asked_for_and_measures_once(encoder, counting):
    assert encoder.estimate("a tea", RED, texts=0, pictures=0, batch=16) == 0.0
    assert (counting.images, counting.texts) == (0, 0)
    assert encoder.estimate("warm tea", RED, texts=10, pictures=0, batch=16) > 0
    measured = counting.texts
    assert counting.images == 0
    assert encoder.estimate("cold tea", RED, texts=10, pictures=0, batch=16) > 0
    assert counting.texts == measured
    assert encoder.estimate("warm tea", None, texts=0, pictures=5, batch=16) == 0.0
