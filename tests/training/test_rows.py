import numpy as np
import pytest
from torch import nn

from memeclip_core.heads.model import TaskHead
from memeclip_core.training.rows import MISSING, Examples, LabelledRows, take_examples
from tests.factories.heads import make_features

ROWS = LabelledRows(
    features=make_features(3),
    labels={
        "colour": np.array([2, MISSING, 0]),
        "tags": np.array([[0, 0], [MISSING, MISSING], [1, 0]]),
    },
)


COLOUR = TaskHead(kind="multiclass", labels=("red", "green", "blue"), module=nn.Identity())


def test_unlabelled_rows_are_left_out():
    assert ROWS.for_task("colour").tolist() == [0, 2]
    # Row 0 is labelled: it has none of the tags.
    assert ROWS.for_task("tags").tolist() == [0, 2]


def test_take_keeps_labels_beside_their_features():
    one = ROWS.take(np.array([2]))
    assert one.features.ids == (ROWS.features.ids[2],)
    assert one.labels["colour"].tolist() == [0]
    assert len(one) == 1


def test_examples_hide_what_a_head_must_not_read():
    examples = take_examples(ROWS, "colour", COLOUR, "text")
    assert examples.labels.tolist() == [2, 0]
    assert not examples.features.has_image.any()
    assert examples.features.has_text.all()


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="3 rows, but 2 labels"):
        Examples(features=make_features(3), kind="multiclass", labels=np.zeros(2), num_classes=2)
