"""Searches that lack what they take are refused before anything is read."""

import pytest

from memeclip_core.app.explore.finder import Search, find_words
from memeclip_core.errors import InputError
from tests.factories.explored import COLLECTION, COUNT


def test_words_are_looked_for_in_name_and_text_whatever_their_case(explored):
    contents = explored.explore._library.open(COLLECTION)
    found = find_words(contents, Search(how="words", text="TEA 12.png"))
    assert found.ids == (contents.ids[12],) and found.scores == (1.0,)
    many = find_words(contents, Search(how="words", text=".png", n=4))
    assert many.ids == contents.ids[:4] and many.total == COUNT - 1


@pytest.mark.parametrize("how", ["words", "meaning", "picture", "like"])
def test_each_kind_takes_its_own(how):
    with pytest.raises(InputError):
        Search(how=how)
