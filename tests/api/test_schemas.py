"""What is sent is checked value by value."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from memeclip_core.api.schemas import Asked, Browsed, Decided, DecidedMany, Filters, Undo
from memeclip_core.records.queue import PENDING, QueueFilter

ID, OTHER = "a" * 64, "b" * 64
GOOD = {"save": "0123abcd-XYZ", "meme": ID, "labels": {"a": ["x", "y"], "b": []}, "version": 3}


def fault(model: Any, **sent: Any) -> str:
    """Return which value of what was sent is refused."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(sent)
    return str(caught.value.errors()[0]["loc"][0])


def test_a_decision_is_taken_as_it_is_sent():
    sent = Decided.model_validate(GOOD)
    assert (sent.labels, sent.seconds, sent.shown) == ({"a": ("x", "y"), "b": ()}, None, False)
    assert fault(Decided, **GOOD, colour="red") == "colour"


@pytest.mark.parametrize("value", [3, ["x"], "x" * 4001, "a\0b", "\ud800"])
def test_texts_have_a_length_and_can_be_stored(value):
    assert Decided.model_validate(GOOD | {"note": "x" * 4000}).note == "x" * 4000
    assert fault(Decided, **GOOD | {"note": value}) == "note"


@pytest.mark.parametrize("value", [None, "", "A" * 64, "a" * 63, "../" + "a" * 61, 7, ID + "\n"])
def test_a_meme_is_a_content_id(value):
    assert fault(Decided, **GOOD | {"meme": value}) == "meme"


@pytest.mark.parametrize("value", [None, [], ID, [ID, "x"], [ID] * 201])
def test_several_memes_are_not_none_and_not_too_many(value):
    many = {"save": "0123abcd", "labels": {}, "version": 1}
    assert DecidedMany.model_validate(many | {"memes": [ID, OTHER]}).memes == (ID, OTHER)
    assert fault(DecidedMany, **many, memes=value) == "memes"


@pytest.mark.parametrize("value", [None, "short", "x" * 65, "with space", "ab/../cd", 12345678])
def test_the_id_of_a_save_has_a_shape(value):
    assert fault(Decided, **GOOD | {"save": value}) == "save"
    if value is not None:
        assert fault(Undo, undo=value) == "undo"


def test_numbers_are_numbers_within_bounds():
    for value in (0, 21, 2.5, "x", None):
        assert fault(Asked, client="tab", count=value) == "count"
    for value in (0, 201):
        assert fault(Browsed, size=value) == "size"
    for value in ("x", float("nan"), float("inf")):
        assert fault(Decided, **GOOD | {"seconds": value}) == "seconds"


MANY = {f"t{n}": [] for n in range(101)}


@pytest.mark.parametrize(
    "value", [None, [], {"a": "x"}, {"a": [1]}, {"a": ["x" * 201]}, {"a": ["x"] * 501}, MANY]
)
def test_labels_are_lists_of_names_by_task(value):
    assert fault(Decided, **GOOD | {"labels": value}) == "labels"


def test_filters_and_orders_are_known_ones():
    assert Asked(client="tab").filters.read == PENDING
    sent = {
        "state": None, "label": ["hate", "Hate"], "label_by": "decision", "text": "cat",
        "annotator": "bob", "model": "m1", "flagged": True, "ids": [ID],
    }  # fmt: skip
    assert Filters.model_validate(sent).read == QueueFilter(
        state=None, label=("hate", "Hate"), label_by="decision", text="cat", annotator="bob",
        model="m1", flagged=True, ids=(ID,),
    )  # fmt: skip
    assert Asked(client="tab", order="entropy").order == "entropy"
    assert fault(Asked, client="tab", order="best") == "order"


@pytest.mark.parametrize(
    "bad",
    [
        {"state": "gone"}, {"label": "hate"}, {"label": ["hate"]}, {"label_by": "me"},
        {"flagged": "perhaps"}, {"text": 3}, {"ids": []}, {"state": ["done"]},
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused(bad):
    assert fault(Filters, **bad) == next(iter(bad))
