import json
from pathlib import Path

import pytest

from memeclip_core.datasets.formats.json_file import parse_json, unfold
from memeclip_core.datasets.formats.rows import Parsed
from tests.factories.dataset_files import jsonl, write


def parse(path: Path) -> Parsed:
    return parse_json(path.read_bytes(), Path(path.name))


def lines(path: Path) -> list[tuple[int, object]]:
    return [(record.line, record.values["id"]) for record in parse(path).records]


def test_a_list_and_lines_give_the_same_records(tmp_path: Path) -> None:
    items = [{"id": 1, "text": "a\nb"}, {"id": 2, "more": [1, {"x": "]"}]}]
    path = write(tmp_path / "a.jsonl", jsonl(*items))
    assert lines(path) == [(1, 1), (2, 2)]
    path = write(tmp_path / "a.json", json.dumps(items, indent=2))
    assert lines(path) == [(2, 1), (6, 2)]
    assert parse(path).columns == ("id", "text", "more")
    assert lines(write(tmp_path / "b.json", json.dumps(items))) == [(1, 1), (1, 2)]


def test_control_characters_are_part_of_a_text(tmp_path: Path) -> None:
    record = parse(write(tmp_path / "a.jsonl", '{"id": 1, "text": "a\tb\x01\0"}')).records[0]
    assert record.values["text"] == "a\tb\x01\0"


def test_each_bad_line_says_what_is_wrong(tmp_path: Path) -> None:
    bad = ["{", "3", '{"id": ' + "9" * 5000 + "}", "[" * 100_000, '{"id": "\\ud800"}', "\ufeff"]
    parsed = parse(write(tmp_path / "a.jsonl", jsonl({"id": 1}, *bad, "", {"id": 2})))
    assert [record.line for record in parsed.records] == [1, 9]
    assert sorted(parsed.faults) == [2, 3, 4, 5, 6]
    assert "not valid JSON" in parsed.faults[2] and "character 2" in parsed.faults[2]
    assert parsed.faults[3] == "not a JSON object in braces."
    assert "bounds" in parsed.faults[4] and "not valid JSON" in parsed.faults[5]
    assert "half a character" in parsed.faults[6]


def test_a_bad_item_of_a_list_costs_that_item(tmp_path: Path) -> None:
    text = '[\n  {"id": 1},\n  {"id": oops},\n  "word",\n  {"id": 3}\n]'
    parsed = parse(write(tmp_path / "a.json", text))
    assert [(r.line, r.values["id"]) for r in parsed.records] == [(2, 1), (5, 3)]
    assert list(parsed.faults) == [3]
    parsed = parse(write(tmp_path / "b.json", '[\n"word",\n{"id": 3}\n]'))
    assert parsed.faults == {2: "not a JSON object in braces."}


def test_a_list_that_is_cut_off_says_so(tmp_path: Path) -> None:
    parsed = parse(write(tmp_path / "a.json", '[\n{"id": 1},\n{"id": 2}'))
    assert len(parsed.records) == 2
    assert parsed.faults == {3: "the list ends without a bracket: the file is cut off."}
    parsed = parse(write(tmp_path / "b.json", '[\n{"id": 1},\n{"id": '))
    assert [record.line for record in parsed.records] == [2]
    assert "not valid JSON" in parsed.faults[3]


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
