import pytest

from memeclip_core.datasets.formats.json_shapes import unfold


@pytest.mark.parametrize(
    ("whole", "records"),
    [
        ({"id": 1, "text": "t"}, None),
        ({}, None),
        ({"id": 1, "text": "t", "boxes": [{"x": 1}]}, None),
        ({"labels": ["a"], "text": "t"}, None),
        ({"data": [{"a": 1}, 2]}, [{"a": 1}, "not a JSON object in braces."]),
        ({"about": "x", "memes": [{"a": 1}]}, [{"a": 1}]),
        ({"rows": [{"row_idx": 0, "row": {"a": 1}}]}, [{"a": 1}]),
        ({"train": [{"a": 1}], "test": [{"a": 2}]},
         [{"split": "train", "a": 1}, {"split": "test", "a": 2}]),
        ({"7": {"text": "t"}, "8": {"text": "u"}},
         [{"id": "7", "text": "t"}, {"id": "8", "text": "u"}]),
        ({"text": {"0": "t", "1": "u"}, "x": {"1": 2}},
         [{"text": "t", "x": None}, {"text": "u", "x": 2}]),
        ({"text": {"m1": "t"}}, [{"text": "t"}]),
        ({"text": ["t", "u"], "x": [1, 2]}, [{"text": "t", "x": 1}, {"text": "u", "x": 2}]),
        ({"columns": ["a", "b"], "data": [[1, 2], [3]]},
         [{"a": 1, "b": 2}, "not a list of 2 values, as many as there are columns."]),
    ],
)  # fmt: skip
def test_an_object_is_its_records_or_a_record_itself(
    whole: dict[str, object], records: list[object] | None
) -> None:
    assert unfold(whole) == records


def test_no_list_of_several_is_left_out() -> None:
    one, two = {"text": "a"}, {"text": "b"}
    assert unfold({"train": [one], "val": [two], "classes": [{"number": 0}]}) == [
        {"split": "train", **one},
        {"split": "val", **two},
    ]
    assert unfold({"hateful": [one], "benign": [two]}) == [
        {"list": "hateful", **one},
        {"list": "benign", **two},
    ]
    assert unfold({"version": 1, "data": {"train": [one], "test": [two]}}) == [
        {"split": "train", **one},
        {"split": "test", **two},
    ]
