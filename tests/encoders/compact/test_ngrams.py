import math
import zlib

import numpy as np
import pytest

from memeclip_core.encoders.compact.ngrams import BUCKETS, NgramIndex, count_ngrams, index_ngrams


def word(gram: str) -> int:
    return zlib.crc32(gram.encode()) % BUCKETS


def piece(gram: str) -> int:
    return BUCKETS + word(gram)


def test_words_pairs_and_pieces_are_counted_without_regard_to_case():
    words, pieces = count_ngrams("Ab ab!")
    assert words == {word("ab"): 2, word("!"): 1, word("ab ab"): 1, word("ab !"): 1}
    in_ab = {piece(gram): 2 for gram in (" a", "ab", "b ", " ab", "ab ", " ab ")}
    in_mark = {piece(gram): 1 for gram in (" !", "! ", " ! ")}
    assert pieces == in_ab | in_mark


def test_a_text_without_signs_has_nothing_to_count():
    assert [len(counts) for counts in count_ngrams(" \n ")] == [0, 0]


def test_any_string_can_be_hashed():
    words, _ = count_ngrams("\ud800 \U0001f600")
    assert len(words) == 3


def test_the_index_keeps_what_enough_texts_contain():
    index = index_ngrams(["cat cat", "cat", "dog"], min_words=2, min_pieces=3)
    assert index.buckets.tolist() == [word("cat")]
    assert index.idf == pytest.approx([math.log(4 / 3) + 1])


def test_weights_are_damped_counts_times_idf_at_unit_length_per_family():
    buckets = np.array(sorted([word("cat"), word("dog"), piece("ca")]))
    idf = np.where(buckets == word("dog"), 2.0, 1.0).astype(np.float32)
    places, weights = NgramIndex(buckets, idf).weigh("cat cat dog unknown")
    found = dict(zip(buckets[places].tolist(), weights.tolist(), strict=True))
    cat, dog = 1 + math.log(2), 2.0
    length = math.hypot(cat, dog)
    assert found == pytest.approx(
        {word("cat"): cat / length, word("dog"): dog / length, piece("ca"): 1.0}
    )


def test_unknown_words_have_no_weight():
    places, weights = NgramIndex(np.array([5]), np.ones(1, np.float32)).weigh("nothing here")
    assert (len(places), len(weights)) == (0, 0)


def test_known_words_are_those_that_are_counted_whole():
    index = index_ngrams(["a cat", "a dog"], min_words=1, min_pieces=1)
    assert index.count_known("A cat, a mouse: 12!") == (4, 3)
    assert index.count_known("12 !") == (0, 0)
