from dataclasses import FrozenInstanceError

import pytest

from memeclip_core.records.meme import Meme


def test_records_are_values():
    one = Meme(id="m", filename="f", text="", text_source="none")
    assert one == Meme(id="m", filename="f", text="", text_source="none")
    with pytest.raises(FrozenInstanceError):
        one.text = "other"
