"""A report before it is HTML or Markdown."""

from __future__ import annotations

from memeclip_core.experiments.reports.document import Shown, Table


def test_a_table_without_memes_lacks_their_columns_in_every_row() -> None:
    rows = (("1", "", "a"), ("2", Shown(text="secret"), "b"))
    table = Table(title="t", header=("row", "meme", "note"), rows=rows).without_memes()
    assert (table.title, table.header) == ("t", ("row", "note"))
    assert table.rows == (("1", "a"), ("2", "b"))
