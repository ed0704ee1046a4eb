"""Two linear maps into a space that images and texts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from memeclip_core.encoders.features import unit_rows
from memeclip_core.errors import EncoderError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """Maps from either tower's features into S shared dimensions, all float32.

    Attributes:
        image_map: (image width, S).
        image_offset: (S,).
        text_map: (width of the text features that it reads, S).
        text_offset: (S,).
    """

    image_map: np.ndarray
    image_offset: np.ndarray
    text_map: np.ndarray
    text_offset: np.ndarray

    @property
    def dim(self) -> int:
        """S, the width of the shared space."""
        return len(self.image_offset)

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Map (B, image width) to unit rows (B, S)."""
        return unit_rows(features @ self.image_map + self.image_offset)

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Map (B, text width) to unit rows (B, S)."""
        return unit_rows(features @ self.text_map + self.text_offset)


def to_arrays(alignment: Alignment) -> dict[str, np.ndarray]:
    """Return the arrays that make up an alignment, for a file."""
    return {field.name: getattr(alignment, field.name) for field in fields(alignment)}


def from_arrays(arrays: Mapping[str, np.ndarray]) -> Alignment:
    """Build an alignment from the arrays of ``to_arrays``.

    Raises:
        EncoderError: if one is missing.
    """
    missing = [field.name for field in fields(Alignment) if field.name not in arrays]
    if missing:
        raise EncoderError(f"The compact encoder's alignment lacks {', '.join(missing)}.")
    return Alignment(**{field.name: arrays[field.name] for field in fields(Alignment)})
