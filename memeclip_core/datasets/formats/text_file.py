"""The bytes of a file as text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from pathlib import Path

from memeclip_core.errors import DatasetError

SHOWN = 10
"""How many lines a message names."""

_TORN = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


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


def decode(data: bytes, path: Path) -> tuple[str, str]:
    """Return a dataset's text and, if it is not UTF-8 throughout, a sentence that says how it was
    read, or "".

    UTF-16, which spreadsheets save, is read as such. Single bytes that are no UTF-8 are read as
    Windows-1252, which is what they are in Western files: to leave their lines out would lose just
    those with accents.

    Raises:
        DatasetError: naming the lines, if it is in another encoding.
    """
    wide = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not wide and b"\0" in data[:4] and data[:4].count(b"\0") == 2:
        wide = "utf-16-be" if data[0] == 0 else "utf-16-le"
    try:
        return data.decode(wide or "utf-8-sig"), ""
    except UnicodeDecodeError:
        if wide:
            raise DatasetError(f"{path}: damaged {wide.upper()}. Save it as UTF-8.") from None
    text = data.decode("utf-8-sig", errors="surrogateescape")
    torn = {n: line for n, line in enumerate(text.split("\n"), start=1) if _TORN.search(line)}
    named = ", ".join(str(n) for n in list(torn)[:SHOWN])
    lines = f"{len(torn)} line(s) hold bytes that are not UTF-8 (line {named}"
    lines += ", ...)" if len(torn) > SHOWN else ")"
    strange = sum(len(_TORN.findall(line)) for line in torn.values())
    letters = sum(char.isalpha() for line in torn.values() for char in line)
    if strange > letters:
        raise DatasetError(f"{path}: {lines}, of another script. Save the file as UTF-8.")
    return _TORN.sub(_read_western, text), f"{lines}; they were read as Windows-1252."


def check_characters(values: Iterable[object]) -> str:
    """Return why a record's words are no text, or ""; lists of words are looked through."""
    for value in values:
        words = value if isinstance(value, list) else [value]
        if any(isinstance(word, str) and _TORN.search(word) for word in words):
            return "holds half a character."
    return ""


def _read_western(match: re.Match[str]) -> str:
    byte = bytes([ord(match[0]) - 0xDC00])
    try:
        return byte.decode("cp1252")
    except UnicodeDecodeError:
        return byte.decode("latin-1")
