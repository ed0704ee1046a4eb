"""What is read and written of many memes at once; see also ``test_states`` and ``test_queries``."""

from memeclip_core.annotation.decisions import bulk
from tests.factories.logs import TableLog


def test_all_memes_of_a_place_come_with_their_rows(database):
    tables = TableLog(database)
    tables.save("ann", "m2", project="p", hate=["Hate"])
    tables.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    tables.save("bob", "m2", project="p", hate=["No Hate"])
    tables.save("ann", "m3", project="q", hate=["Hate"])
    (piece,) = tables.ask(lambda connection: list(bulk.iterate_memes(connection, "toys", "p")))
    assert {meme: [row.annotator for _, row in rows] for meme, rows in piece.items()} == {
        "m1": ["ann", "ann"], "m2": ["ann", "bob"],
    }  # fmt: skip


def test_decisions_that_count_come_from_everywhere_oldest_first(database):
    tables = TableLog(database)
    tables.save("ann", "m1", project="p", hate=["Hate"])
    tables.save("bob", "m1", hate=["Hate"], tags=["x"])
    taken = tables.save("cat", "m1", hate=["Hate"])
    tables.undo(taken)
    tables.act("adjudicate", "rev", "m1", project="p", hate=["Unclear"])
    tables.save("ann", "m1", project="p", hate=["No Hate"])
    found = tables.ask(bulk.select_counting, "toys", ["m1", "m2"])
    assert [(one.annotator, one.action, one.labels) for one in found["m1"]] == [
        ("bob", "label", {"hate": ("Hate",), "tags": ("x",)}),
        ("rev", "adjudicate", {"hate": ("Unclear",)}),
        ("ann", "label", {"hate": ("No Hate",)}),
    ]
    assert list(found) == ["m1"]
