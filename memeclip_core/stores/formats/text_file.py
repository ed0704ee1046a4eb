"""The bytes of a dataset's file as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from memeclip_core.errors import DatasetError

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TORN = re.compile("[\ud800-\udfff]")


def read_text(path: Path) -> str:
    """Return a UTF-8 file's text with its line ends as they are; a byte order mark is dropped.

    Raises:
        DatasetError: if it cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DatasetError(f"{path}, line {line}: not UTF-8. Save the file as UTF-8.") from None


def decode_torn(data: bytes, path: Path) -> str:
    """Return a file's text, with a lone surrogate for every byte that is not UTF-8.

    A record that holds one is then left out by ``check_characters``, and the rest is read.

    Raises:
        DatasetError: if it is UTF-16.
    """
    if data.startswith(_UTF16) or b"\0" in data[:4]:
        raise DatasetError(f"{path}, line 1: UTF-16, not UTF-8. Save the file as UTF-8.")
    return data.decode("utf-8-sig", errors="surrogateescape")


def check_characters(values: Iterable[object]) -> str:
    """Return why a record's words are no text, or ""; lists of words are looked through."""
    for value in values:
        words = value if isinstance(value, list) else [value]
        if any(isinstance(word, str) and _TORN.search(word) for word in words):
            return "holds bytes that are not UTF-8, or half a character."
    return ""
