"""A captioner behind the disk cache: an image is described once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PIL import Image

from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.encoders.captioning import Captioner
from memeclip_core.encoders.features import feature_key


class CachedCaptioner:
    """Captions of images; the page's cache has the same keys."""

    def __init__(self, *, captioner: Captioner, cache: FeatureCache | None) -> None:
        self._captioner = captioner
        self._cache = cache

    @property
    def fingerprint(self) -> str:
        """The captioner's."""
        return self._captioner.fingerprint

    def captions(
        self, ids: Sequence[str], open_image: Sequence[Callable[[], Image.Image]]
    ) -> list[str]:
        """Return a caption per image; only what has none yet is opened.

        Args:
            ids: content ids.
            open_image: for each, what decodes it.
        """
        known = {own: self._get(own) for own in ids}
        missing = {own: ids.index(own) for own, caption in known.items() if caption is None}
        if missing:
            images = [open_image[place]() for place in missing.values()]
            for own, caption in zip(missing, self._captioner.write_captions(images), strict=True):
                self._put(own, caption)
                known[own] = caption
        return [known[own] or "" for own in ids]

    def _key(self, content_id: str) -> str:
        return feature_key(content_id, "", self._captioner.fingerprint)

    def _get(self, content_id: str) -> str | None:
        return None if self._cache is None else self._cache.get_text(self._key(content_id))

    def _put(self, content_id: str, caption: str) -> None:
        if self._cache is not None:
            self._cache.put_text(self._key(content_id), caption)
