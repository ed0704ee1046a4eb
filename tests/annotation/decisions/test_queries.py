"""The log in the database: rows come back as they were, in order, and quickly."""

import pytest

from memeclip_core.annotation.decisions import bulk, queries
from memeclip_core.annotation.decisions.queries import Tally
from memeclip_core.database.engine import Database
from memeclip_core.errors import StoreError
from tests.factories.corrections import NASTY, row


def saves_of(rows):
    return [one.save for _, one in rows]


def test_rows_come_back_as_they_were_with_numbers_that_grow(database):
    rows = [
        row(
            event=f"e{n}", save=f"s{n}", text=text, note=text, project="p", version=n, seconds=2.5,
            predicted=("a", text), labels=(text,), probability=0.1 * n, target="bob",
            verdict="unaided",
        )
        for n, text in enumerate(NASTY)
    ]  # fmt: skip
    with database.write("decisions") as connection:
        queries.append_rows(connection, rows[:3])
        queries.append_rows(connection, rows[3:])
    with database.read() as connection:
        found = queries.select_rows(connection)
    assert [one for _, one in found] == rows
    assert [number for number, _ in found] == sorted({number for number, _ in found})


def test_what_is_in_the_log_already_is_left_out(database):
    with database.write() as connection:
        queries.append_missing(connection, [row(event="e1"), row(event="e2", save="s2")])
        queries.append_missing(
            connection,
            [row(event="e2", save="other"), row(event="e3", save="s2"), row(event="e4", save="s4")],
        )
        found = queries.select_rows(connection)
    assert [one.event for _, one in found] == ["e1", "e2", "e4"]


def test_a_row_that_stands_already_is_refused_and_none_is_written(database):
    with database.write() as connection:
        queries.append_rows(connection, [row()])
    with pytest.raises(StoreError), database.write() as connection:
        queries.append_rows(connection, [row(event="e2", save="s2"), row(event="e3")])
    with database.read() as connection:
        assert len(queries.select_rows(connection)) == 1


def test_an_id_of_two_people_or_projects_stands_for_two_saves(database):
    with database.write() as connection:
        queries.append_rows(
            connection,
            [row(), row(event="e2", annotator="bob"), row(event="e3", project="p")],
        )
        assert len(queries.select_saves(connection, ["s1"])["s1"]) == 3


def test_rows_are_found_by_save_meme_task_set_and_person(tables):
    first = tables.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    second = tables.save("bob", "m1", project="q", hate=["Hate"])
    third = tables.save("ann", "m2", project="p", hate=["Hate"])
    other = tables.save("ann", "m1", task_set="other", tags=["x"])
    tables.undo(first)
    ask = tables.ask
    found = ask(queries.select_saves, [first, third, "none"])
    assert {save: len(rows) for save, rows in found.items()} == {first: 4, third: 1}
    assert saves_of(ask(queries.select_meme, "p", "m1")) == [first] * 4
    assert saves_of(ask(queries.select_meme, "", "m1")) == [other]
    memes = ask(queries.select_memes, "toys", ["m1", "m2"], "p")
    assert {meme: saves_of(rows) for meme, rows in memes.items()} == {
        "m1": [first] * 4, "m2": [third],
    }  # fmt: skip
    assert saves_of(ask(queries.select_memes, "toys", ["m1"])["m1"]) == [
        first, first, second, first, first,
    ]  # fmt: skip
    assert saves_of(ask(queries.select_last, "toys", 3)) == [third, first, first]
    assert saves_of(ask(queries.select_last, "toys", 9, "bob")) == [second]
    assert saves_of(ask(queries.select_last, "other", 9)) == [other]
    assert ask(queries.select_last, "toys", 0) == []


def test_a_long_log_comes_in_pieces(tables, monkeypatch):
    monkeypatch.setattr(queries, "_PIECE", 4)
    for number in range(8):
        tables.save("ann", f"m{number}", project="pq"[number % 2], hate=["Hate"])

    def pieces(after=0):
        with tables.database.read() as connection:
            found = queries.iterate_rows(connection, after)
            return [[one.event for _, one in piece] for piece in found]

    assert pieces() == [[f"e{n}" for n in range(4)], [f"e{n}" for n in range(4, 8)]]
    third = tables.ask(queries.find_number, "e2")
    assert pieces(third) == [[f"e{n}" for n in range(3, 7)], ["e7"]]
    events = tables.ask(lambda connection: list(queries.iterate_events(connection)))
    assert [event for piece in events for _, event in piece] == [f"e{n}" for n in range(8)]
    assert pieces(after=tables.ask(queries.last_number)) == []


def test_each_row_says_whether_its_save_counts(tables, monkeypatch):
    monkeypatch.setattr(queries, "_PIECE", 3)
    first = tables.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    second = tables.save("ann", "m1", project="p", hate=["No Hate"])
    other = tables.save("bob", "m1", hate=["Hate"])
    final = tables.act("adjudicate", "rev", "m1", project="p", hate=["Hate"])
    flag = tables.act("flag", "rev", "m1", project="p")
    tables.save("bob", "m1", task_set="other", tags=["x"])

    def counts():
        found = tables.ask(lambda c: list(queries.iterate_counting(c, "toys")))
        return [(row.save, counts) for piece in found for row, counts in piece]

    assert counts() == [
        (first, False), (first, False), (second, True), (other, True), (final, True), (flag, False),
    ]  # fmt: skip
    tables.undo(second)
    tables.undo(final)
    assert counts()[:5] == [
        (first, True), (first, True), (second, False), (other, True), (final, False),
    ]  # fmt: skip


def test_the_last_number_says_how_far_a_log_is(tables):
    assert tables.ask(queries.last_number) == 0
    assert tables.ask(queries.find_number, "e0") is None
    tables.save("ann", "m1", hate=["Hate"])
    tables.save("ann", "m1", task_set="other", tags=["x"])
    first, last = (tables.ask(queries.find_number, event) for event in ("e0", "e1"))
    assert tables.ask(queries.last_number) == last > first
    assert tables.ask(queries.last_number, "toys") == first
    assert tables.ask(queries.last_number, "none") == 0


def test_what_changed_since_is_told_once_for_each_meme(tables):
    def touched(since):
        found = tables.ask(queries.select_touched, "toys", since)
        assert [number for _, number in found] == sorted(number for _, number in found)
        return [meme for meme, _ in found]

    tables.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    at = tables.ask(queries.last_number)
    assert touched(at) == []
    second = tables.save("bob", "m2", project="p", hate=["Hate"])
    tables.save("ann", "m2", project="p", hate=["Hate"])
    tables.act("flag", "ann", "m3", project="p")
    tables.save("ann", "m9", project="other", hate=["Hate"])
    assert touched(at) == ["m2", "m3", "m9"]
    assert touched(0) == ["m1", "m2", "m3", "m9"]
    at = tables.ask(queries.last_number)
    tables.undo(second)
    assert touched(at) == ["m2"]


def test_what_a_person_can_take_back_comes_last_first(tables):
    def undoable(limit=9, project="p", who="ann"):
        return tables.ask(
            queries.find_undoable, project=project, task_set="toys", annotator=who, limit=limit
        )

    assert undoable() == []
    one = tables.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    tables.act("draft", "ann", "m2", project="p", tags=["x"])
    two = tables.act("skip", "ann", "m2", project="p")
    tables.save("bob", "m1", project="p", hate=["Hate"])
    tables.save("ann", "m1", project="q", hate=["Hate"])
    three = tables.act("adjudicate", "ann", "m1", project="p", hate=["Hate"])
    tables.act("return", "ann", "m1", project="p", to="bob")
    four = tables.act("flag", "ann", "m3", project="p")
    five = tables.act("unflag", "ann", "m3", project="p")
    assert undoable() == [five, four, three, two, one]
    assert undoable(2) == [five, four]
    tables.undo(two)
    tables.undo(five)
    assert undoable(3) == [four, three, one]
    tables.undo(one)
    assert undoable() == [four, three]


def test_a_save_that_was_completed_later_keeps_its_place(tables):
    one = tables.act("label", "ann", "m1", project="p", hate=["Hate"])
    two = tables.save("ann", "m2", project="p", hate=["Hate"])
    tables.act("label", "ann", "m1", project="p", save=one, tags=["x"])
    found = tables.ask(
        queries.find_undoable, project="p", task_set="toys", annotator="ann", limit=5
    )
    assert found == [two, one]


def test_how_much_there_is_is_kept(tables):
    def tally(project="p"):
        return tables.ask(queries.read_tally, project, "toys")

    assert tally() == Tally()
    tables.save("ann", "m1", project="p", hate=["Hate"])
    tables.save("bob", "m1", project="p", hate=["Hate"])
    settled = tables.act("adjudicate", "rev", "m1", project="p", hate=["Hate"])
    tables.act("adjudicate", "rev", "m2", project="p", hate=["Hate"])
    tables.act("flag", "ann", "m3", project="p")
    tables.save("ann", "m1", hate=["Hate"])
    assert tally() == Tally(decisions=2, memes=2, adjudicated=2, flagged=1)
    tables.undo(settled)
    tables.act("unflag", "ann", "m3", project="p")
    assert tally() == Tally(decisions=2, memes=2, adjudicated=1)
    found = tables.ask(queries.read_tallies, "toys")
    assert found == {"": Tally(decisions=1, memes=1), "p": tally()}


def explain(database, query, *arguments, **named):
    """Return how SQLite looks for what a query asks."""
    asked = []
    with database.read() as connection:
        driver = connection.connection.driver_connection
        driver.set_trace_callback(asked.append)
        query(connection, *arguments, **named)
        driver.set_trace_callback(None)
        plans = [driver.execute(f"EXPLAIN QUERY PLAN {statement}") for statement in asked]
        return [row[3] for plan in plans for row in plan]


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        (queries.select_saves, [["a", "b"]]),
        (queries.select_memes, ["toys", ["m1"], "p"]),
        (queries.select_memes, ["toys", ["m1"]]),
        (queries.select_meme, ["p", "m1"]),
        (queries.select_last, ["toys", 5]),
        (queries.select_last, ["toys", 5, "ann"]),
        (queries.find_number, ["e1"]),
        (queries.last_number, ["toys"]),
        (queries.select_touched, ["toys", 7]),
        (bulk.select_counting, ["toys", ["m1"]]),
        (queries.find_undoable, []),
        (queries.read_tally, ["p", "toys"]),
    ],
)
def test_what_is_asked_often_does_not_grow_with_the_log(tmp_path, query, arguments):
    database = Database.of_home(tmp_path)
    place = {"project": "p", "task_set": "toys", "annotator": "ann", "limit": 3}
    steps = explain(database, query, *arguments, **({} if arguments else place))
    database.close()
    assert [step for step in steps if step.startswith("SCAN")] == []
    assert any(step.startswith("SEARCH") for step in steps)
    if query in (queries.select_memes, queries.select_meme, bulk.select_counting):
        # A meme's rows are found by the meme, not among those of its project.
        searches = [step for step in steps if step.startswith("SEARCH decision")]
        assert searches and all("(meme=?" in step for step in searches)
    few = query in (
        queries.select_saves,
        queries.select_meme,
        queries.select_memes,
        bulk.select_counting,
        queries.select_touched,
    )
    assert few or "USE TEMP B-TREE FOR ORDER BY" not in steps
