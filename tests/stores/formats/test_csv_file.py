from pathlib import Path

import pytest

from memeclip_core.errors import DatasetError
from memeclip_core.stores.formats.csv_file import parse_csv, read_csv_rows
from tests.stores.formats.files import write


def test_cells_are_words_and_rows_know_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '\ufeffa,b\r\n\r\nNA,"two\r\nlines, ""quoted"""\r\n,\0\r\n')
    columns, rows = read_csv_rows(path)
    assert columns == ("a", "b")
    assert rows == [(3, {"a": "NA", "b": 'two\r\nlines, "quoted"'}), (5, {"a": "", "b": "\0"})]
    parsed = parse_csv(path)
    assert [(r.line, r.values) for r in parsed.records] == rows
    assert parsed.faults == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "line 1: the column 'a' is missing. Needed: a. Found: nothing."),
        ("b\n1\n", "line 1: the column 'a' is missing. Needed: a. Found: b."),
        ("a,a\n", "line 1: the column 'a' stands there twice"),
        ("a,b\n1\n", "line 2: 1 cells under 2 columns"),
        ('a\n"1\n', "line 2: not valid CSV"),
        (b"a\n1\n\xff\n", "line 3: not UTF-8"),
    ],
)
def test_a_list_must_be_right_to_the_last_cell(
    tmp_path: Path, content: str | bytes, why: str
) -> None:
    path = write(tmp_path / "a.csv", content)
    with pytest.raises(DatasetError) as caught:
        read_csv_rows(path, ("a",))
    assert why in str(caught.value)


def test_an_open_quote_does_not_swallow_the_rows_below(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b\n1,x\n2,"open\n3,y\n4,"z"\n5,w,extra\n6,"ok\nok"\n')
    parsed = parse_csv(path)
    assert [(r.line, r.values["a"]) for r in parsed.records] == [
        (2, "1"),
        (4, "3"),
        (5, "4"),
        (7, "6"),
    ]
    assert sorted(parsed.faults) == [3, 6]
    assert "not valid CSV" in parsed.faults[3]
    assert "3 cells under 2 columns" in parsed.faults[6]


def test_a_tsv_file_has_tabs(tmp_path: Path) -> None:
    parsed = parse_csv(write(tmp_path / "a.tsv", "a\tb\n1,5\t2\n"))
    assert parsed.records[0].values == {"a": "1,5", "b": "2"}
