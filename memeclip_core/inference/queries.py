"""The SQL of texts that were read from pictures, by content id and the reader's fingerprint."""

from __future__ import annotations

from sqlalchemy import Connection, select

from memeclip_core.database.schema import reading
from memeclip_core.database.upsert import insert_missing
from memeclip_core.ocr.base import OcrResult
from memeclip_core.records.schemas import from_plain, to_plain


def select_reading(connection: Connection, meme: str, reader: str) -> OcrResult | None:
    """Return what a reader found on a picture, or ``None`` if it did not read it yet."""
    found = select(reading.c.found).where(reading.c.meme == meme, reading.c.reader == reader)
    plain = connection.execute(found).scalar()
    return None if plain is None else from_plain(OcrResult, plain)


def insert_reading(connection: Connection, meme: str, reader: str, found: OcrResult) -> None:
    """Keep what a reader found on a picture."""
    row = {"meme": meme, "reader": reader, "found": to_plain(found)}
    insert_missing(connection, reading, [row])
