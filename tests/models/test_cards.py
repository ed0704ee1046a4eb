"""What a starter's card says of it."""

from __future__ import annotations

import json

import pytest

from memeclip_core.models.cards import read_card
from memeclip_core.records.model import ModelCard

WHOLE = {"use": "For people.", "data": "Memes.", "source": "A paper.", "limits": ["Few.", "Old."]}


def test_a_card_is_read(tmp_path):
    (tmp_path / "card.json").write_text(json.dumps(WHOLE))
    assert read_card(tmp_path) == ModelCard(
        use="For people.", data="Memes.", source="A paper.", limits=("Few.", "Old.")
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"use": "x"}', json.dumps(WHOLE)[:-9]])
def test_a_damaged_card_is_none(tmp_path, text):
    (tmp_path / "card.json").write_text(text)
    assert read_card(tmp_path) is None


def test_a_model_without_a_card_has_none(tmp_path):
    assert read_card(tmp_path) is None
