from pathlib import Path

import pytest

from memeclip_core.errors import DatasetError
from memeclip_core.stores.formats.text_file import check_characters, decode_torn, read_text
from tests.stores.formats.files import write


def test_text_is_taken_as_it_is_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "\ufeffé\r\n\0")
    assert read_text(path) == decode_torn(path.read_bytes(), path) == "é\r\n\0"


def test_bytes_that_are_no_text_are_marked_or_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a", b"ok\n\xff\n")
    lines = decode_torn(path.read_bytes(), path).split("\n")
    assert check_characters(lines[:1]) == ""
    assert "not UTF-8" in check_characters(lines)
    with pytest.raises(DatasetError, match="line 2: not UTF-8"):
        read_text(path)


def test_words_inside_lists_are_looked_at(tmp_path: Path) -> None:
    assert check_characters([1, None, ["fine", 2]]) == ""
    assert check_characters([["half \ud83d"]])
