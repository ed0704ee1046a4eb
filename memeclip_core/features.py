"""What an encoder makes of memes: aligned arrays with masks for what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """The features of N memes by one encoder.

    Attributes:
        ids: N content ids.
        image: (N, image_dim) float32; zeros where ``has_image`` is false.
        text: (N, text_dim) float32; zeros where ``has_text`` is false.
        has_image, has_text: bool (N,).
        fingerprint: of the encoder.

    Raises:
        ValueError: if the lengths differ.
    """

    ids: tuple[str, ...]
    image: np.ndarray
    text: np.ndarray
    has_image: np.ndarray
    has_text: np.ndarray
    fingerprint: str

    def __post_init__(self) -> None:
        lengths = {
            len(self.ids),
            len(self.image),
            len(self.text),
            len(self.has_image),
            len(self.has_text),
        }
        if len(lengths) != 1:
            raise ValueError(f"features of different lengths: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: np.ndarray | Sequence[int]) -> Features:
        """Return the rows at these places, in this order."""
        places = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            ids=tuple(self.ids[i] for i in places),
            image=self.image[places],
            text=self.text[places],
            has_image=self.has_image[places],
            has_text=self.has_text[places],
        )

    def without_image(self) -> Features:
        """Return the same rows with every image missing."""
        return replace(
            self, image=np.zeros_like(self.image), has_image=np.zeros_like(self.has_image)
        )

    def without_text(self) -> Features:
        """Return the same rows with every text missing."""
        return replace(self, text=np.zeros_like(self.text), has_text=np.zeros_like(self.has_text))


def stack_features(parts: Sequence[Features]) -> Features:
    """Return all rows of one or more Features of the same encoder, in order.

    Raises:
        ValueError: if there are no parts or their encoders differ.
    """
    if not parts:
        raise ValueError("there are no features to stack")
    fingerprints = {part.fingerprint for part in parts}
    if len(fingerprints) > 1:
        raise ValueError(f"features of different encoders: {sorted(fingerprints)}")
    return Features(
        ids=tuple(i for part in parts for i in part.ids),
        image=np.concatenate([part.image for part in parts]),
        text=np.concatenate([part.text for part in parts]),
        has_image=np.concatenate([part.has_image for part in parts]),
        has_text=np.concatenate([part.has_text for part in parts]),
        fingerprint=parts[0].fingerprint,
    )


def feature_key(content_id: str, text: str, fingerprint: str) -> str:
    """Return the cache key of one meme's features: content, text and encoder decide.

    The fingerprint holds the preprocessing's version, so a change of either is a miss.
    """
    digest = hashlib.sha256()
    for part in (content_id, text, fingerprint):
        raw = part.encode("utf-8", errors="surrogatepass")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()
