from types import SimpleNamespace

import pytest

from memeclip_core.encoders.base import ask_prompts, ask_tokens, count_fitting
from memeclip_core.errors import UnsupportedError

PLAIN = SimpleNamespace(name="plain", image_dim=4)


def test_an_encoder_without_sequences_says_so():
    with pytest.raises(UnsupportedError, match=r"'plain' gives one vector .* no sequences"):
        ask_tokens(PLAIN)


def test_an_encoder_without_a_text_tower_to_write_into_says_so():
    with pytest.raises(UnsupportedError, match=r"'plain' has no text tower .*/clip-vit-large"):
        ask_prompts(PLAIN)


def test_words_fit_until_one_does_not():
    assert count_fitting([1, 2, 3, 1], 6) == 3
    assert count_fitting([1, 2, 3, 1], 5) == 2
    assert count_fitting([], 5) == 0
