import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256

import pytest

from memeclip_core.errors import DatasetError
from memeclip_core.memes.splits import is_held_out, join_equal, join_pairs, make_folds, make_split


def test_the_first_eight_digits_decide_by_their_remainder_of_five():
    assert is_held_out("00000000" + "f" * 56)
    assert not is_held_out("00000001" + "0" * 56)
    assert not is_held_out("00000004" + "0" * 56)
    assert is_held_out("00000005" + "0" * 56)
    assert is_held_out("ffffffff" + "0" * 56)  # 4294967295 = 5 * 858993459


def test_a_fifth_is_held_out():
    held_out = sum(is_held_out(sha256(str(i).encode()).hexdigest()) for i in range(5000))
    assert 900 < held_out < 1100


def test_rows_that_share_any_key_are_one_group():
    texts = ["a", "b", "a", None, None, "c"]
    images = ["1", "2", "3", "2", None, None]
    assert join_equal(texts) == (0, 1, 0, 3, 4, 5)
    assert join_equal(texts, images) == (0, 1, 0, 1, 4, 5)
    assert join_equal() == ()


def test_pairs_join_through_each_other():
    assert join_pairs(5, [(4, 2), (2, 1)]) == (0, 1, 1, 3, 1)
    assert join_pairs(3, []) == (0, 1, 2)


def rows(n: int) -> tuple[list[list[str]], list[int]]:
    """Nine classes of ten in one, the tenth in the other; every fifth row has a twin."""
    strata = [["rare"] if i % 10 == 0 else ["common"] for i in range(n)]
    return strata, [i - 1 if i % 5 == 3 else i for i in range(n)]


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_are_equal_stratified_and_tear_no_group(folds):
    strata, groups = rows(300)
    dealt = make_folds(strata, groups, folds=folds, seed=0)
    sizes = Counter(dealt)
    assert set(sizes) == set(range(folds))
    assert max(sizes.values()) - min(sizes.values()) <= 2
    rare = Counter(fold for fold, (name,) in zip(dealt, strata, strict=True) if name == "rare")
    assert max(rare.values()) - min(rare.values()) <= 1
    places = {}
    for fold, group in zip(dealt, groups, strict=True):
        assert places.setdefault(group, fold) == fold


def test_a_seed_decides_the_folds_and_nothing_else():
    strata, groups = rows(60)
    once = make_folds(strata, groups, folds=3, seed=1)
    assert make_folds(strata, groups, folds=3, seed=1) == once
    assert make_folds(strata, groups, folds=3, seed=2) != once


def test_another_process_deals_the_same_folds():
    code = (
        "from memeclip_core.memes.splits import make_folds; "
        "strata = [['a', 'b'], ['a'], ['b', 'c'], []] * 20; "
        "print(make_folds(strata, range(80), folds=4, seed=0))"
    )
    dealt = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(dealt) == 1


def test_every_label_of_a_multilabel_row_is_spread():
    strata = [["a", "b"], ["a"], ["b"], []] * 20
    dealt = make_folds(strata, range(80), folds=4, seed=0)
    for name in ("a", "b"):
        held = Counter(f for f, names in zip(dealt, strata, strict=True) if name in names)
        assert set(held.values()) <= {9, 10, 11}
    assert set(Counter(dealt).values()) == {20}


def test_a_split_sets_its_share_aside():
    strata, groups = rows(200)
    aside = make_split(strata, groups, share=0.1, seed=0)
    assert sum(aside) == pytest.approx(20, abs=2)
    rare = sum(a for a, (name,) in zip(aside, strata, strict=True) if name == "rare")
    assert rare == 2
    inside = {g for a, g in zip(aside, groups, strict=True) if a}
    assert inside.isdisjoint(g for a, g in zip(aside, groups, strict=True) if not a)


@pytest.mark.parametrize("folds", [0, 1, 4])
def test_folds_need_groups(folds):
    with pytest.raises(DatasetError, match="there are 3 rows"):
        make_folds([["a"]] * 4, [0, 1, 2, 2], folds=folds, seed=0)


@pytest.mark.parametrize("share", [0, 1, -1, 2])
def test_a_share_is_a_part(share):
    with pytest.raises(DatasetError, match="between 0 and 1"):
        make_split([["a"]], [0], share=share, seed=0)
