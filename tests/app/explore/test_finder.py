"""Searches that lack what they take are refused before anything is read."""

import pytest

from memeclip_core.app.explore.finder import Search, find_words
from memeclip_core.errors import InputError
from tests.factories.dataset_files import write
from tests.factories.explored import COLLECTION, COUNT, picture, quiet
from tests.factories.projects import import_all


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


def test_a_search_that_compares_nothing_says_why(explored, tmp_path):
    own, who = explored.explore, explored.owner()
    explored.projects.create(who, key="texts", title="Texts", task_set="pridemm")
    import_all(explored, "texts", write(tmp_path / "texts.csv", "text,hate\nno cat,0\na cat,1\n"))
    found = own.search(who, "project:texts", how="picture", image=picture(1), on_progress=quiet)
    assert (found.ids, found.compared) == ((), 0) and "No meme here has a picture" in found.note
    found = own.search(who, COLLECTION, how="picture", image=picture(1), on_progress=quiet)
    assert found.ids and found.note == ""
