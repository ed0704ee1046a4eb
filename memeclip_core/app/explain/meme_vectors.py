"""What the encoder makes of one meme, as a record and as a file of NumPy."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np

from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.features import Features
from memeclip_core.records.explanation import Vectors

ARRAYS: Final = ("image", "text", "shared_image", "shared_text")
FACTS: Final = ("meme", "encoder", "fingerprint")


def describe_vectors(encoder: Encoder, features: Features) -> Vectors:
    """Return the vectors of one meme (N = 1)."""
    image = features.image if features.has_image[0] else None
    text = features.text if features.has_text[0] else None
    shared = bool(encoder.shared_dim)
    return Vectors(
        meme=features.ids[0],
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        image=_list(image),
        text=_list(text),
        shared_image=_list(encoder.share_images(image) if shared and image is not None else None),
        shared_text=_list(encoder.share_texts(text) if shared and text is not None else None),
    )


def pack_vectors(found: Vectors) -> bytes:
    """Return the same as an ``.npz`` file: float32 arrays, and whose they are as strings."""
    own = {name: getattr(found, name) for name in ARRAYS}
    arrays: dict[str, Any] = {name: np.array(getattr(found, name)) for name in FACTS}
    arrays |= {name: np.array(row, np.float32) for name, row in own.items() if row is not None}
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


def _list(rows: np.ndarray | None) -> tuple[float, ...] | None:
    return None if rows is None else tuple(map(float, rows[0]))
