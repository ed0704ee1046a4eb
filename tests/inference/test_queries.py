"""Texts that were read are found again by picture and reader."""

from __future__ import annotations

from memeclip_core.inference import queries
from memeclip_core.ocr.base import OcrResult
from memeclip_core.records.meme import Word

FOUND = OcrResult(
    text='a "cat"\nü',
    words=(Word(text="a", box=(0.5, 1.0, 2.25, 3.0), confidence=0.75),),
    engine="rapidocr",
    unread=2,
)


def test_what_was_read_reads_back_the_same_and_stays(database):
    with database.write() as connection:
        assert queries.select_reading(connection, "m", "r") is None
        queries.insert_reading(connection, "m", "r", FOUND)
        queries.insert_reading(connection, "m", "r", OcrResult(text="", words=(), engine="none"))
        assert queries.select_reading(connection, "m", "r") == FOUND
        assert queries.select_reading(connection, "m", "other") is None
        assert queries.select_reading(connection, "n", "r") is None
