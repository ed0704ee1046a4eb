"""Rows to features: through the cache the same numbers, and the same ids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.image import content_id
from memeclip_core.records import Progress
from memeclip_core.service import row_features
from memeclip_core.service.row_features import encode_rows, row_id
from memeclip_core.stores.datasets import Row
from memeclip_core.stores.feature_cache import FeatureCache
from memeclip_core.stores.paths import Home
from tests.service.test_cached_encoder import CountingEncoder


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
    plain = encode_rows(FakeEncoder(), rows(tmp_path), with_tokens=True)
    encoder = CountingEncoder()
    first = encode_rows(encoder, rows(tmp_path), with_tokens=True, cache=cache)
    counts = (encoder.texts, encoder.images)
    second = encode_rows(encoder, rows(tmp_path), with_tokens=True, cache=cache)
    assert (encoder.texts, encoder.images) == counts
    for found in (first, second):
        assert found.ids == plain.ids
        for name in ("image", "text", "has_image", "has_text"):
            assert np.array_equal(getattr(found, name), getattr(plain, name)), name
        for name in ("image_tokens", "text_tokens"):
            assert np.array_equal(getattr(found, name).values, getattr(plain, name).values)
            assert np.array_equal(getattr(found, name).mask, getattr(plain, name).mask)


def test_missing_and_unreadable_are_missing(tmp_path: Path) -> None:
    found = encode_rows(FakeEncoder(), rows(tmp_path), with_tokens=True)
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
