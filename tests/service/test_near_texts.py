import itertools
import random

from memeclip_core.service.near_texts import _grams, fold_text, group_near_texts

LONG = "one does not simply walk into the kitchen and eat the whole cake at once"


def test_case_punctuation_and_blanks_do_not_count():
    assert fold_text(" It's\n\tME -- again!") == "it s me again"
    assert fold_text("?! …") == ""
    assert group_near_texts([LONG, LONG.upper(), f"{LONG} !!"]) == (0, 0, 0)


def test_a_letter_read_differently_is_near_and_another_sentence_is_not():
    other = "when you open the fridge and somebody has left an empty box in it"
    misread = LONG.replace("simply", "simpIy")
    assert group_near_texts([LONG, other, misread]) == (0, 1, 0)


def test_texts_without_letters_are_like_no_other():
    assert group_near_texts(["", "!", "!", "", "a", "a"]) == (0, 1, 2, 3, 4, 4)
    assert group_near_texts([]) == ()


def test_the_prefix_filter_skips_no_pair():
    random.seed(3)
    words = ["cat", "dog", "cake", "monday", "again", "never", "tea"]
    texts = [" ".join(random.choices(words, k=random.randint(1, 9))) for _ in range(120)]
    sets = [_grams(fold_text(text)) for text in texts]
    for threshold in (0.5, 0.7, 0.9):
        groups = group_near_texts(texts, threshold=threshold)
        near = [
            (a, b)
            for a, b in itertools.combinations(range(len(texts)), 2)
            if len(sets[a] & sets[b]) >= threshold * len(sets[a] | sets[b])
        ]
        assert near
        assert all(groups[a] == groups[b] for a, b in near)
        joined = sum(groups.count(g) > 1 for g in groups)
        assert joined == len({i for pair in near for i in pair})
