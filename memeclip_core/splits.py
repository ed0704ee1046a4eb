"""Which corrected memes are never trained on."""

from __future__ import annotations

HELD_OUT_OF = 5
"""One corrected meme in this many is held out."""


def is_held_out(meme_id: str) -> bool:
    """Say whether a meme belongs to the fifth that retraining only measures on.

    The answer depends on the content id alone, so a duplicate falls on the same side, and no
    later correction moves a meme across.

    Args:
        meme_id: SHA-256 in hexadecimal.
    """
    return int(meme_id[:8], 16) % HELD_OUT_OF == 0
