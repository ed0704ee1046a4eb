"""Rows to features: through the cache the same numbers, and the same ids."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memeclip_core.datasets import row_features
from memeclip_core.datasets.reader import Row, read_dataset
from memeclip_core.datasets.row_features import encode_rows, row_id
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.encoders.features import Needs
from memeclip_core.errors import EncoderError, UnsupportedError
from memeclip_core.memes.image import content_id
from memeclip_core.memes.text import text_hash
from memeclip_core.records.job import Progress
from memeclip_core.storage.home import Home
from tests.factories.dataset_files import jsonl, propaganda, write
from tests.factories.services import BareEncoder, CountingCaptioner, CountingEncoder

TOKENS = Needs(tokens=True)


def rows(folder: Path) -> list[Row]:
    Image.new("RGB", (24, 16), (0, 255, 0)).save(folder / "green.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return [
        Row(name="a", image=folder / "green.png", text="eat tea", labels={}, split="", line=1),
        Row(name="b", image=folder / "broken.png", text="eat", labels={}, split="", line=2),
        Row(name="c", image=None, text="  ", labels={}, split="", line=3),
    ]


def test_the_cache_changes_no_number(tmp_path: Path) -> None:
    cache = FeatureCache(Home(tmp_path / "home"))
    plain = encode_rows(FakeEncoder(), rows(tmp_path), needs=TOKENS)
    encoder = CountingEncoder()
    first = encode_rows(encoder, rows(tmp_path), needs=TOKENS, cache=cache)
    counts = (encoder.texts, encoder.images)
    second = encode_rows(encoder, rows(tmp_path), needs=TOKENS, cache=cache)
    assert (encoder.texts, encoder.images) == counts
    for found in (first, second):
        assert found.ids == plain.ids
        for name in ("image", "text", "has_image", "has_text"):
            assert np.array_equal(getattr(found, name), getattr(plain, name)), name
        for name in ("image_tokens", "text_tokens"):
            assert np.array_equal(getattr(found, name).values, getattr(plain, name).values)
            assert np.array_equal(getattr(found, name).mask, getattr(plain, name).mask)


def test_missing_and_unreadable_are_missing(tmp_path: Path) -> None:
    found = encode_rows(FakeEncoder(), rows(tmp_path), needs=TOKENS)
    assert found.has_image.tolist() == [True, False, False]
    assert found.has_text.tolist() == [True, True, False]
    assert found.ids[0] == content_id((tmp_path / "green.png").read_bytes())
    assert found.ids[1] == row_id(rows(tmp_path)[1])
    assert found.image_tokens is not None and found.text_tokens is not None
    assert found.image_tokens.mask.sum(axis=1).tolist() == [2, 0, 0]
    assert found.text_tokens.mask.sum(axis=1).tolist() == [2, 1, 0]


def test_without_images_none_is_read(tmp_path: Path) -> None:
    found = encode_rows(FakeEncoder(), rows(tmp_path), with_images=False)
    assert not found.has_image.any()
    assert found.image_tokens is None


def test_a_kill_costs_one_batch(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(row_features, "BATCH", 1)
    cache, encoder = FeatureCache(Home(tmp_path / "home")), CountingEncoder()

    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    try:
        encode_rows(encoder, rows(tmp_path), cache=cache, on_progress=stop)
    except KeyboardInterrupt:
        assert encoder.texts == 1
    encode_rows(encoder, rows(tmp_path), cache=cache)
    assert (encoder.texts, encoder.images) == (2, 1)


def test_words_have_ids_where_a_head_reads_them(tmp_path: Path) -> None:
    found = encode_rows(FakeEncoder(), rows(tmp_path), needs=Needs(words=True))
    ids = FakeEncoder().encode_words(["eat tea", "eat"])
    assert found.word_ids is not None
    assert found.word_ids.mask.sum(axis=1).tolist() == [7, 3, 0]
    assert found.word_ids.values[0].tolist() == ids[0].tolist()
    assert found.word_ids.values[1, :3].tolist() == ids[1].tolist()


def test_captions_stand_in_front_of_texts_and_are_written_once(tmp_path: Path) -> None:
    cache, captioner = FeatureCache(Home(tmp_path / "home")), CountingCaptioner()
    captions = Needs(captions=True)
    for _ in range(2):
        found = encode_rows(
            CountingEncoder(), rows(tmp_path), needs=captions, captioner=captioner, cache=cache
        )
    assert captioner.images == 1
    assert found.captioner == captioner.fingerprint
    texts = ["a green picture\neat tea", "eat"]
    assert np.array_equal(found.text[:2], FakeEncoder().encode_texts(texts))
    assert found.has_text.tolist() == [True, True, False]
    # The rows are the same memes, with or without captions.
    assert found.ids == encode_rows(FakeEncoder(), rows(tmp_path)).ids


def test_what_cannot_be_given_is_refused_before_anything_is_encoded(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    with pytest.raises(EncoderError, match="no captioner is named"):
        encode_rows(encoder, rows(tmp_path), needs=Needs(captions=True))
    assert (encoder.texts, encoder.images) == (0, 0)
    for needs in (Needs(tokens=True), Needs(words=True)):
        with pytest.raises(UnsupportedError, match="'bare'"):
            encode_rows(BareEncoder(), rows(tmp_path), needs=needs)


def test_rows_are_encoded_with_what_they_have(tmp_path: Path) -> None:
    data = BytesIO()
    Image.new("RGB", (16, 16), "red").save(data, format="PNG")
    write(tmp_path / "images" / "x.png", data.getvalue())
    write(tmp_path / "images" / "broken.png", b"broken")
    lines = (
        propaganda(labels=["Doubt"]),
        propaganda(text="", image="gone.png", labels=[]),
        propaganda(text="words", image="broken.png"),
    )
    rows = read_dataset(write(tmp_path / "val.jsonl", jsonl(*lines))).rows
    steps: list[Progress] = []
    features = encode_rows(FakeEncoder(), rows, on_progress=steps.append)
    assert features.has_image.tolist() == [True, False, False]
    assert features.has_text.tolist() == [True, False, True]
    assert features.ids == (content_id(data.getvalue()), row_id(rows[1]), text_hash("words"))
    assert (steps[-1].done, steps[-1].total) == (3, 3)
    assert not encode_rows(FakeEncoder(), rows, with_images=False).has_image.any()
