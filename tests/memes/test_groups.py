import numpy as np

from memeclip_core.memes.groups import group_memes, key_ids, key_memes
from memeclip_core.memes.splits import NO_KEYS

LONG = "when the kettle sings before the tea leaves are even in the pot on a monday"


def ids(*starts):
    return [start * 64 for start in starts]


def same(groups, a, b):
    return groups[a] == groups[b]


def test_equal_pictures_equal_texts_and_nearly_equal_texts_are_one_group():
    keys = key_memes(
        ids("1", "2", "3", "4", "1", "5"),
        ["tea", "  TEA cup ", "TEA cup", LONG, "other words", f"{LONG}!"],
    )
    (groups,) = group_memes(keys)
    assert same(groups, 0, 4) and same(groups, 1, 2) and same(groups, 3, 5)
    assert len(set(groups.tolist())) == 3


def test_a_group_reaches_through_others_and_across_parts():
    first = key_memes(ids("1", "2"), ["tea", "coffee"])
    second = key_memes(ids("2", "3"), [LONG, "juice"])
    third = key_memes(ids("4"), [LONG.replace("kettle", "kettel")])
    one, two, three = group_memes(first, second, third)
    assert one[1] == two[0] == three[0]
    assert len({*one.tolist(), *two.tolist()}) == 3


def test_memes_without_words_are_like_no_other():
    (groups,) = group_memes(key_memes(ids("1", "2", "3"), ["", " ", "https://x.org"]))
    assert len(set(groups.tolist())) == 3


def test_of_ids_alone_texts_are_known_where_there_is_no_picture():
    old = key_ids(key_memes(["a" * 64], ["tea"]).ids, np.array([True]))
    from memeclip_core.memes.text import text_id

    rows = key_ids([text_id("tea"), "b" * 64], np.array([False, True]))
    memes, found, _ = group_memes(key_memes(ids("1", "b"), ["tea", "x"]), rows, old)
    assert memes.tolist() == found.tolist()


def test_nothing_is_no_group():
    assert group_memes(NO_KEYS)[0].tolist() == []
