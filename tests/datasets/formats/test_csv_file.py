from pathlib import Path

from memeclip_core.datasets.formats.csv_file import parse_csv
from memeclip_core.datasets.formats.rows import Parsed
from tests.factories.dataset_files import write


def parse(path: Path) -> Parsed:
    return parse_csv(path.read_bytes(), Path(path.name))


def test_cells_are_words_and_rows_know_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '\ufeffa,b\r\n\r\nNA,"two\r\nlines, ""quoted"""\r\n,\0\r\n')
    parsed = parse(path)
    assert parsed.columns == ("a", "b")
    assert [(r.line, r.values) for r in parsed.records] == [
        (3, {"a": "NA", "b": 'two\r\nlines, "quoted"'}),
        (5, {"a": "", "b": "\0"}),
    ]
    assert parsed.faults == {}


def test_an_open_quote_does_not_swallow_the_rows_below(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b\n1,x\n2,"open\n3,y\n4,"z"\n5,w,extra\n6,"ok\nok"\n')
    parsed = parse(path)
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
    parsed = parse(write(tmp_path / "a.tsv", "a\tb\n1,5\t2\n"))
    assert parsed.records[0].values == {"a": "1,5", "b": "2"}
