"""What was described once is not described again."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.cached_captioner import CachedCaptioner
from memeclip_core.storage.home import Home
from tests.factories.services import CountingCaptioner

RED, BLUE = (Image.new("RGB", (4, 4), color) for color in ((255, 0, 0), (0, 0, 255)))
IDS = ["a" * 64, "b" * 64, "a" * 64]


def test_an_image_is_described_once_however_often_it_stands(tmp_path: Path) -> None:
    captioner, cache = CountingCaptioner(), FeatureCache(Home(tmp_path))
    made = CachedCaptioner(captioner=captioner, cache=cache)
    openers = [lambda: RED, lambda: BLUE, lambda: RED]
    assert made.captions(IDS, openers) == ["a red picture", "a blue picture", "a red picture"]
    assert captioner.images == 2

    def refuse() -> Image.Image:
        raise AssertionError("a known image is not opened")

    again = CachedCaptioner(captioner=captioner, cache=cache)
    assert again.captions(IDS, [refuse] * 3)[1] == "a blue picture"
    assert captioner.images == 2


def test_another_captioner_writes_its_own(tmp_path: Path) -> None:
    cache = FeatureCache(Home(tmp_path))
    first, second = CountingCaptioner(), CountingCaptioner()
    second.fingerprint = "e" * 64
    for captioner in (first, second):
        CachedCaptioner(captioner=captioner, cache=cache).captions(IDS[:1], [lambda: RED])
    assert (first.images, second.images) == (1, 1)


def test_without_a_cache_everything_is_described_each_time() -> None:
    captioner = CountingCaptioner()
    made = CachedCaptioner(captioner=captioner, cache=None)
    for _ in range(2):
        assert made.captions(IDS[:1], [lambda: RED]) == ["a red picture"]
    assert captioner.images == 2
    assert made.captions([], []) == []
    assert made.fingerprint == captioner.fingerprint
