from pathlib import Path

import pytest

from memeclip_core.datasets.formats.text_file import check_characters, decode, read_text
from memeclip_core.errors import DatasetError
from tests.factories.dataset_files import write

FILE = Path("a.csv")


def test_text_is_taken_as_it_is_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "\ufeffé\r\n\0")
    assert read_text(path) == "é\r\n\0"
    assert decode(path.read_bytes(), FILE) == ("é\r\n\0", "")
    with pytest.raises(DatasetError, match="line 2: not UTF-8"):
        read_text(write(tmp_path / "b", b"ok\n\xff\n"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_what_spreadsheets_save_is_read(encoding: str) -> None:
    assert decode("name,é\r\n".encode(encoding), FILE) == ("name,é\r\n", "")


def test_lines_with_accents_in_another_encoding_are_read_and_named() -> None:
    text = "".join(f"a caf{'é' if n % 2 else 'e'} “{n}”\n" for n in range(30))
    assert decode(text.encode("cp1252"), FILE) == (
        text,
        "30 line(s) hold bytes that are not UTF-8 (line 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...); "
        "they were read as Windows-1252.",
    )
    mixed = "one é\n".encode() + "two é\n".encode("cp1252")
    found, note = decode(mixed, FILE)
    assert found == "one é\ntwo é\n" and "1 line(s)" in note and "(line 2)" in note


def test_another_script_is_refused_with_the_lines() -> None:
    data = b"text\nok\n" + bytes(range(0xE0, 0xF0)) + b"\n"
    with pytest.raises(DatasetError, match=r"a\.csv: 1 line\(s\) .*\(line 3\), of another script"):
        decode(data, FILE)


def test_words_inside_lists_are_looked_at() -> None:
    assert check_characters([1, None, ["fine", 2]]) == ""
    assert check_characters([["half \ud83d"]])
