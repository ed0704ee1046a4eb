import json
from pathlib import Path

from memeclip_core.datasets.formats.json_file import parse_json
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
