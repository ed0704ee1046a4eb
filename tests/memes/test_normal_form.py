"""Normal forms of long texts are those of the standard library."""

from __future__ import annotations

import random
import unicodedata

import pytest

from memeclip_core.memes.normal_form import LONG, normal_form

MARKS = "\u0301\u0316\u0327\u0344\u0f73\u0f71\uff9e\u3099\u0345\u05b0"
LETTERS = "aé\u1e9b\u0fb2か\uac00\u1100\u1161ﬁ½\ufdfa\ud800 \n"


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_long_text_has_the_same_normal_form(form) -> None:
    draw = random.Random(1)
    for letters in (MARKS, LETTERS, MARKS + LETTERS):
        for length in (LONG // 2, 3 * LONG):
            text = "".join(draw.choice(letters) for _ in range(length))
            assert normal_form(form, text) == unicodedata.normalize(form, text)
