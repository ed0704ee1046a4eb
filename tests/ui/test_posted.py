"""Values as a browser may send them."""

from types import SimpleNamespace

import pytest

from memeclip_core.errors import InputError
from memeclip_core.ui.posted import read_event, read_key, read_words

ODD = (None, 7, ["cats"], {"a": 1}, True)


@pytest.mark.parametrize("value", [*ODD, ""])
def test_no_project_is_one_sentence(value):
    with pytest.raises(InputError, match="Choose a project first"):
        read_key(value)


def test_what_is_sent_well_is_taken():
    assert (read_key("cats"), read_words(" a b ")) == ("cats", " a b ")
    assert read_event(SimpleNamespace(_data={"index": 1})) == {"index": 1}


@pytest.mark.parametrize("value", ODD)
def test_what_is_no_text_is_none(value):
    assert read_words(value) == ""


@pytest.mark.parametrize("value", [None, 7, "x", ["x"]])
def test_a_press_without_data_is_empty(value):
    assert read_event(SimpleNamespace(_data=value)) == {}
