"""What a browser sends is checked value by value."""

from __future__ import annotations

import pytest

from memeclip_core.errors import ConfigError, InputError
from memeclip_core.records.queue import PENDING, QueueFilter
from memeclip_core.ui.pages.label.payload import LONGEST_LOOK, Payload

ID = "a" * 64
OTHER = "b" * 64


@pytest.mark.parametrize("sent", [None, [], "x", 3])
def test_a_payload_is_an_object(sent):
    with pytest.raises(InputError, match="object"):
        Payload.of(sent)


def test_texts_have_a_length_and_can_be_stored():
    assert Payload({"a": "x"}).text("a") == "x"
    assert Payload({}).text("a", default="") == ""
    for value in (None, 3, ["x"], "x" * 201, "a\0b", "\ud800"):
        with pytest.raises(InputError, match="'a'"):
            Payload({"a": value}).text("a")
    assert Payload({"note": "x" * 2000}).note() == "x" * 2000
    with pytest.raises(InputError, match="2001"):
        Payload({"note": "x" * 2001}).note()


@pytest.mark.parametrize("value", [None, "", "A" * 64, "a" * 63, "../" + "a" * 61, 7, ID + "\n"])
def test_a_meme_is_a_content_id(value):
    assert Payload({"meme": ID}).meme() == ID
    with pytest.raises(InputError, match="content ids"):
        Payload({"meme": value}).meme()


def test_several_memes_are_named_once_each_and_not_too_many():
    assert Payload({"memes": [ID, OTHER, ID]}).memes() == (ID, OTHER)
    for value in (None, [], ID, [ID, "x"], [ID] * 201):
        with pytest.raises(InputError, match="memes"):
            Payload({"memes": value}).memes()


@pytest.mark.parametrize("value", [None, "short", "x" * 65, "with space", "ab/../cd", 12345678])
def test_the_id_of_a_save_has_a_shape(value):
    assert Payload({"save": "0123abcd-XYZ"}).save() == "0123abcd-XYZ"
    with pytest.raises(InputError, match="'save'"):
        Payload({"save": value}).save()


def test_numbers_are_numbers_within_bounds():
    assert Payload({"n": 3}).whole("n", 1, 5) == 3
    assert Payload({}).whole("n", 1, 5, default=2) == 2
    for value in (0, 6, 2.0, "3", True, None):
        with pytest.raises(InputError, match="from 1 to 5"):
            Payload({"n": value}).whole("n", 1, 5)
    assert Payload({}).seconds() is None
    assert Payload({"seconds": 2}).seconds() == 2.0
    assert Payload({"seconds": -4}).seconds() == 0.0
    assert Payload({"seconds": 1e12}).seconds() == LONGEST_LOOK
    for value in ("3", True, float("nan"), float("inf")):
        with pytest.raises(InputError, match="number"):
            Payload({"seconds": value}).seconds()


def test_yes_and_no_are_not_guessed():
    assert Payload({"on": False}).yes("on") is False
    assert Payload({}).yes("on", default=True) is True
    for value in (None, 1, "true"):
        with pytest.raises(InputError, match="true or false"):
            Payload({"on": value}).yes("on")


def test_labels_are_lists_of_names_by_task():
    assert Payload({"labels": {"a": ["x", "y"], "b": []}}).labels() == {"a": ("x", "y"), "b": ()}
    many = {f"t{n}": [] for n in range(101)}
    for value in (None, [], {"a": "x"}, {"a": [1]}, {"a": ["x" * 201]}, {"a": ["x"] * 501}, many):
        with pytest.raises(InputError, match="'labels'"):
            Payload({"labels": value}).labels()


def test_filters_and_orders_are_known_ones():
    assert Payload({}).filters() == PENDING
    assert Payload({}).order() is None
    assert Payload({"order": "entropy"}).order() == "entropy"
    sent = {
        "state": None, "label": ["hate", "Hate"], "labelBy": "decision", "text": "cat",
        "annotator": "bob", "model": "m1", "flagged": True, "memes": [ID],
    }  # fmt: skip
    assert Payload({"filters": sent}).filters() == QueueFilter(
        state=None, label=("hate", "Hate"), label_by="decision", text="cat", annotator="bob",
        model="m1", flagged=True, ids=(ID,),
    )  # fmt: skip
    with pytest.raises(InputError, match="order"):
        Payload({"order": "best"}).order()
    for bad in (
        {"state": "gone"}, {"label": "hate"}, {"label": ["hate"]}, {"labelBy": "me"},
        {"flagged": "yes"}, {"text": 3}, {"memes": []}, {"state": ["done"]},
    ):  # fmt: skip
        with pytest.raises((InputError, ConfigError)):
            Payload({"filters": bad}).filters()
