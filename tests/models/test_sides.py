import numpy as np

from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.memes.splits import NO_KEYS
from memeclip_core.models.learnt import HELD_OUT, LEARNT, Learnt
from memeclip_core.models.sides import deal_sides, record_sides

# By their ids alone, "0…" and "5…" are held out, "1…", "2…" and "3…" are not.
KEPT, KEPT_TOO, OTHER, ANOTHER = "0" * 64, "00000005" + "0" * 56, "1" * 64, "2" * 64
LONG = "when the kettle sings before the tea leaves are even in the pot on a monday"
NEAR = f"{LONG}!!"


def deal(memes, rows=(), split=(), before=None):
    """Deal (id, text) pairs; return the sides by name, one letter for each meme, and who stays."""
    sides = deal_sides(
        key_memes(*zip(*memes, strict=True)),
        key_memes(*zip(*rows, strict=True)) if rows else NO_KEYS,
        np.array(split, np.uint8),
        before or Learnt(),
    )
    masks = {"l": sides.learn, "c": sides.choose, "h": sides.held_out, "a": sides.aside}
    letters = "".join(
        next(name for name, mask in masks.items() if mask[place]) for place in range(len(memes))
    )
    assert sum(masks.values()).tolist() == [1] * len(memes)
    return letters, sides.stay.tolist()


def met(*memes):
    keys = key_memes([meme for meme, _, _ in memes], [text for _, text, _ in memes])
    return Learnt(keys=keys, sides=np.array([side for *_, side in memes], np.uint8))


def test_a_fifth_is_held_out_as_the_ids_say():
    assert deal([(KEPT, "a"), (OTHER, "b"), (ANOTHER, "c")]) == ("hll", [])


def test_a_group_follows_the_meme_that_was_decided_first():
    assert deal([(KEPT, LONG), (OTHER, NEAR)])[0] == "hh"
    assert deal([(OTHER, LONG), (KEPT, NEAR)])[0] == "ll"


def test_a_text_that_most_memes_have_is_learnt_from():
    same = [(KEPT, "x"), *((f"{i:064x}", "x") for i in range(1, 5))]
    assert deal(same)[0] == "h" * 5
    assert deal([*same, (OTHER, "x")])[0] == "l" * 6
    others = [(f"{i:08x}" + "0" * 56, "word" * i) for i in range(6, 35)]
    assert deal([*same, (OTHER, "x"), *others])[0][:6] == "h" * 6


def test_rows_like_corrected_memes_leave_and_what_was_trained_on_is_not_held_out():
    rows = [(KEPT, "w"), (ANOTHER, "same text"), ("4" * 64, NEAR), ("6" * 64, "x")]
    memes = [(KEPT, "re-read"), (KEPT_TOO, "same text"), ("a" * 64, LONG)]
    assert deal(memes, rows, [0, 0, 0, 0]) == ("lll", [False, False, False, True])


def test_memes_of_the_validation_rows_stay_validation():
    assert deal([(KEPT, "a"), (OTHER, "b")], [(OTHER, "b"), (ANOTHER, "c")], [1, 1]) == (
        "hc", [False, True],
    )  # fmt: skip


def test_a_group_on_both_splits_is_learnt_from():
    rows = [(OTHER, LONG), (ANOTHER, NEAR)]
    assert deal([("a" * 64, LONG)], rows, [1, 0]) == ("l", [False, False])


def test_a_side_is_kept_whatever_comes_after():
    before = met((KEPT, LONG, HELD_OUT), (OTHER, "b", LEARNT))
    memes = [(ANOTHER, NEAR), (KEPT, LONG), (KEPT_TOO, "b"), (OTHER, "b")]
    assert deal(memes, before=before)[0] == "hhll"


def test_what_was_held_out_is_no_evidence_once_it_is_like_something_learnt():
    before = met((KEPT, "b", HELD_OUT), (OTHER, "c", LEARNT))
    # The texts of both were read anew, and are nearly the same now.
    assert deal([(OTHER, LONG), (KEPT, NEAR), (ANOTHER, NEAR)], before=before)[0] == "lal"


def test_what_was_met_is_recorded_and_what_was_met_before_is_kept():
    memes = key_memes([KEPT, OTHER, ANOTHER], ["a", "b", "c"])
    before = met((OTHER, "old", HELD_OUT), ("7" * 64, "z", LEARNT))
    sides = deal_sides(memes, NO_KEYS, np.zeros(0, np.uint8), before)
    found = record_sides(memes, sides, np.array([True, True, False]), before)
    assert dict(zip(found.keys.ids, found.sides.tolist(), strict=True)) == {
        KEPT: HELD_OUT, OTHER: HELD_OUT, "7" * 64: LEARNT,
    }  # fmt: skip
    assert len(found.keys.texts) == len(found.keys.sketches) == 3
