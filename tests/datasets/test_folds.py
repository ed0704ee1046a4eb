from collections import Counter

import pytest

from memeclip_core.config import ROOT
from memeclip_core.datasets.folds import fold_rows, group_rows, split_rows
from memeclip_core.datasets.reader import Row
from memeclip_core.errors import DatasetError
from memeclip_core.storage.task_files import read_task_set

AXIOM = read_task_set(ROOT / "assets" / "tasks" / "axiom.yaml")
NAMES = AXIOM.task("anxiety").names
LONG = "one does not simply walk into the kitchen and eat the whole cake at once"


def row(n: int, text: str, label: str = "Nervousness") -> Row:
    labels = {"meme_anxiety_category": (label,)}
    return Row(name=str(n), image=None, text=text, labels=labels, split="train", line=n)


def test_the_same_meme_is_one_group_by_text_or_by_image():
    rows = [row(1, LONG), row(2, LONG.upper()), row(3, f"{LONG} again"), row(4, "x"), row(5, "")]
    assert group_rows(rows) == (0, 0, 0, 3, 4)
    assert group_rows(rows, [None, None, "i", None, "i"]) == (0, 0, 0, 3, 0)


def test_folds_hold_every_class_alike_and_share_no_meme():
    rows = [row(i, f"meme {i // 2 if i % 9 == 1 else 1000 + i}", NAMES[i % 6]) for i in range(240)]
    rows += [row(1000 + i, LONG + "!" * i, NAMES[0]) for i in range(6)]
    folds = fold_rows(AXIOM, rows, folds=5, seed=0)
    assert folds == fold_rows(AXIOM, rows, folds=5, seed=0)
    assert len(set(folds[-6:])) == 1
    for name in NAMES:
        held = Counter(
            f
            for f, r in zip(folds, rows, strict=True)
            if r.labels["meme_anxiety_category"] == (name,)
        )
        assert max(held.values()) - min(held.values()) <= 2
    aside = split_rows(AXIOM, rows, share=0.2, seed=0)
    assert sum(aside) == pytest.approx(49, abs=3)


def test_an_unknown_label_is_named():
    with pytest.raises(DatasetError, match="line 3, column meme_anxiety_category"):
        fold_rows(AXIOM, [row(3, "x", "Joy")], folds=2, seed=0)
