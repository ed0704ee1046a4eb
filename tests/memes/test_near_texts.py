import itertools
import random

import numpy as np

from memeclip_core.memes.near_texts import (
    _grams,
    fold_text,
    group_near_texts,
    pair_near_sketches,
    sketch_text,
)
from memeclip_core.memes.splits import join_pairs

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


def test_sketches_connect_what_is_nearly_equal_and_nothing_else():
    base = "when the kettle sings before the tea leaves are even in the pot on a monday"
    texts = [base, f"{base}!", base.replace("monday", "mondays"), base[::-1], "", "tea", "teas"]
    sketches = np.stack([sketch_text(text) for text in texts])
    pairs = set(pair_near_sketches(sketches))
    assert join_pairs(len(texts), pairs) == (0, 0, 0, 3, 4, 5, 6)
    assert not sketches[4].any()
    assert list(pair_near_sketches(sketches[:0])) == []


def test_two_sketches_agree_about_as_far_as_the_texts_overlap():
    words = [f"word{n:03d}" for n in range(200)]
    first, second = " ".join(words[:150]), " ".join(words[50:])
    grams = [{text[i : i + 5] for i in range(len(text) - 4)} for text in (first, second)]
    overlap = len(grams[0] & grams[1]) / len(grams[0] | grams[1])
    agree = (sketch_text(first) == sketch_text(second)).mean()
    assert abs(agree - overlap) < 0.13
