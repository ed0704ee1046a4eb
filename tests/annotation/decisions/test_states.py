"""What the decisions on memes add up to, as the tables have it."""

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, select, update

from memeclip_core.annotation.decisions.queries import find_undoable, read_tally
from memeclip_core.annotation.decisions.states import Place, rebuild, settle
from memeclip_core.database.schema import answer, item, mark, meme, project, tally
from memeclip_core.records.project import Migration, Project
from tests.factories.logs import START, TOYS, TableLog

MEMES = ("m1", "m2", "m3")
RULES = Project(key="p", title="P", tasks=TOYS, created=START, by="ann", overlap=2)


def read(log, table):
    """Return a table's rows by key, without what only says when."""
    keys = [column.name for column in table.primary_key if column.name != "task_set"]
    with log.database.read() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(table))]
    assert {row.pop("task_set") for row in rows} <= {"toys"}
    return {tuple(row.pop(key) for key in keys): row for row in rows}


def states(log, *, when=True):
    found = {table.name: read(log, table) for table in (item, answer, mark, tally)}
    if not when:
        for row in (*found["item"].values(), *found["mark"].values()):
            row.pop("changed", None)
            row.pop("since", None)
    return found


def empty(log):
    with log.database.write() as connection:
        for table in (item, answer, mark, tally):
            connection.execute(delete(table))


def put_memes(log, *names):
    with log.database.write() as connection:
        connection.execute(
            insert(project),
            {
                "key": "p", "title": "", "task_set": "toys", "overlap": 1, "overlap_share": 1.0,
                "hidden_share": 0.0, "ordering": "import", "lease_minutes": 1, "retrain_every": 0,
                "break_minutes": 0, "version": 1, "created": START, "by": "", "salt": "",
            },
        )  # fmt: skip
        rows = [
            {
                "project": "p", "id": name, "place": place, "filename": "", "text": "",
                "words": "", "text_source": "none", "image": "", "given": {}, "split": "",
                "added": START,
            }
            for place, name in enumerate(names)
        ]  # fmt: skip
        connection.execute(insert(meme), rows)


def change_rules(log, rules):
    """Rebuild under other rules, of which the projects have written what they say of each meme."""
    with log.database.write() as connection:
        connection.execute(update(meme).values(wanted=rules.overlap))
        rebuild(connection, Place(project="p", task_set="toys", rules=rules))


def open_memes(log):
    with log.database.read() as connection:
        found = connection.execute(select(meme.c.id).where(meme.c.open).order_by(meme.c.place))
        return list(found.scalars())


@pytest.fixture
def tables(database):
    return TableLog(database, RULES)


def test_a_meme_is_complete_with_as_many_people_as_it_needs(tables):
    put_memes(tables, *MEMES)
    tables.save("ann", "m1", project="p", hate=["Hate"])
    assert read(tables, item)["p", "m1"] == {
        "decided": 1, "awaited": 0, "flags": 0, "adjudicated": "", "complete": False,
        "settled": False, "changed": 1,
    }  # fmt: skip
    assert open_memes(tables) == ["m1", "m2", "m3"]
    last = tables.save("bob", "m1", project="p", hate=["Hate"])
    row = read(tables, item)["p", "m1"]
    assert (row["decided"], row["complete"], row["settled"], row["changed"]) == (2, True, True, 2)
    assert open_memes(tables) == ["m2", "m3"]
    tables.undo(last)
    assert open_memes(tables) == ["m1", "m2", "m3"]


def test_a_tie_is_complete_and_not_settled_until_a_reviewer_decides(tables):
    put_memes(tables, *MEMES)
    tables.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    tables.save("bob", "m1", project="p", hate=["No Hate"], tags=["x", "y"])
    found = read(tables, item)["p", "m1"]
    assert (found["complete"], found["settled"]) == (True, False)
    assert read(tables, answer) == {
        ("p", "m1", "hate"): {"labels": None, "status": "tie", "dispute": 1.0},
        ("p", "m1", "tags"): {"labels": None, "status": "tie", "dispute": pytest.approx(2 / 3)},
    }
    settled = tables.act("adjudicate", "rev", "m1", project="p", hate=["Unclear"])
    found = read(tables, item)["p", "m1"]
    assert (found["complete"], found["settled"], found["adjudicated"]) == (True, True, settled)
    assert read(tables, answer) == {
        ("p", "m1", "hate"): {"labels": ("Unclear",), "status": "adjudicated", "dispute": 0.0},
    }
    one = tables.act("adjudicate", "rev", "m2", project="p", hate=["Hate"])
    assert open_memes(tables) == ["m3"]
    tables.undo(one)
    assert open_memes(tables) == ["m2", "m3"]


def test_one_answer_is_not_disputed_and_two_equal_ones_are_undisputed(tables):
    tables.save("ann", "m1", project="p", hate=["Hate"], tags=[])
    row = {"labels": ("Hate",), "status": "single", "dispute": None}
    assert read(tables, answer) == {
        ("p", "m1", "hate"): row, ("p", "m1", "tags"): {**row, "labels": ()},
    }  # fmt: skip
    tables.save("bob", "m1", project="p", hate=["Hate"])
    assert read(tables, answer)["p", "m1", "hate"] == {
        "labels": ("Hate",), "status": "unanimous", "dispute": 0.0,
    }  # fmt: skip


def test_what_a_meme_is_to_people_and_since_when(tables):
    tables.act("draft", "ann", "m1", project="p", tags=["x"])
    assert read(tables, mark)["p", "m1", "ann"] == {
        "state": "draft", "save": "", "flagged": False, "returned": False, "since": 1,
    }  # fmt: skip
    tables.save("ann", "m1", project="p", hate=["Hate"])
    again = tables.save("ann", "m1", project="p", hate=["Hate"])
    tables.act("flag", "ann", "m1", project="p", note="odd")
    assert read(tables, mark)["p", "m1", "ann"] == {
        "state": "done", "save": again, "flagged": True, "returned": False, "since": 2,
    }  # fmt: skip
    tables.act("return", "rev", "m1", project="p", to="ann")
    marks = read(tables, mark)
    assert marks["p", "m1", "ann"] == {
        "state": "pending", "save": "", "flagged": True, "returned": True, "since": 5,
    }  # fmt: skip
    assert marks["p", "m1", "rev"]["state"] == "pending"
    assert read(tables, item)["p", "m1"]["awaited"] == 1
    tables.act("adjudicate", "rev", "m1", project="p", hate=["Hate"])
    assert read(tables, item)["p", "m1"]["flags"] == 0
    assert not read(tables, mark)["p", "m1", "ann"]["flagged"]


def test_the_page_counts_one_person_and_keeps_no_answers(tables):
    tables.save("ann", "m1", hate=["Hate"])
    row = read(tables, item)["", "m1"]
    assert (row["complete"], row["settled"]) == (True, True)
    assert read(tables, mark)["", "m1", "ann"]["state"] == "done"
    assert read(tables, answer) == {}


def test_a_project_that_is_gone_still_has_states(tables):
    tables.save("ann", "m1", project="gone", hate=["Hate"])
    with tables.database.write() as connection:
        settle(connection, tables.place("gone"), ["m1", "nothing happened to it"])
    assert list(read(tables, item)) == [("gone", "m1")]
    assert read(tables, answer) == {}


def test_after_a_change_of_the_label_set_answers_read_in_the_new_one(tables):
    put_memes(tables, *MEMES)
    tables.save("ann", "m1", project="p", hate=["Hate"], tags=["x"])
    tables.save("bob", "m1", project="p", hate=["Hate"], tags=["x"])
    step = Migration(
        version=2, tasks={"hate": {"Hate": None}, "tags": {"x": "y"}}, time=START, by="root"
    )
    moved = replace(RULES, version=2, migrations=(step,), overlap=3)
    change_rules(tables, moved)
    assert read(tables, answer) == {
        ("p", "m1", "tags"): {"labels": ("y",), "status": "unanimous", "dispute": 0.0}
    }
    assert open_memes(tables) == ["m1", "m2", "m3"]
    change_rules(tables, replace(moved, overlap=1))
    assert open_memes(tables) == ["m2", "m3"]


def test_memes_that_came_after_their_decisions_are_closed_by_a_rebuild(tables):
    tables.act("adjudicate", "rev", "m2", project="p", hate=["Hate"])
    put_memes(tables, *MEMES)
    with tables.database.write() as connection:
        connection.execute(update(meme).where(meme.c.id == "m3").values(open=False))
        rebuild(connection, Place(project="p", task_set="toys", rules=RULES))
    assert open_memes(tables) == ["m1", "m3"]


def act_at_random(log, chance):
    """Do one thing that a person can do; return its save."""
    who, meme_id = chance.choice(("ann", "bob")), chance.choice(MEMES)
    action = chance.choice(
        ("label", "label", "label", "draft", "skip", "flag", "unflag", "adjudicate", "return")
    )
    labels = {"hate": [chance.choice(("Hate", "No Hate"))], "tags": chance.sample("xyz", k=1)}
    if action == "return":
        return log.act(action, "rev", meme_id, project="p", note="look again", to=who)
    if action in ("skip", "flag", "unflag"):
        return log.act(action, who, meme_id, project="p", note="why")
    who = "rev" if action == "adjudicate" else who
    return log.act(action, who, meme_id, project="p", **labels)


def look(log):
    """Return all that is to be said of the memes, the order in which it came aside."""
    histories = [log.history(name) for name in MEMES]
    found = drop_the_untouched(states(log, when=False))
    found["said"] = [
        (one.decisions, one.flags, one.adjudicated, one.awaited, one.resolve(TOYS))
        for one in histories
    ]
    for who in ("ann", "bob", "rev"):
        place = {"project": "p", "task_set": "toys", "annotator": who, "limit": 99}
        found[who] = [one.standing(who) for one in histories], log.ask(find_undoable, **place)
    return found


def drop_the_untouched(found):
    """Leave out what says only that something was done and taken back."""
    found["item"] = {
        key: row
        for key, row in found["item"].items()
        if any(row[name] for name in ("decided", "awaited", "flags", "adjudicated"))
    }
    found["mark"] = {
        key: row
        for key, row in found["mark"].items()
        if row["state"] != "pending" or row["flagged"] or row["returned"]
    }
    found["tally"] = {key: row for key, row in found["tally"].items() if any(row.values())}
    return found


@pytest.mark.parametrize("seed", range(8))
def test_an_undo_after_any_log_gives_the_states_before(tables, seed):
    chance = random.Random(seed)
    kept, saves = [], []
    for _ in range(25):
        kept.append(look(tables))
        saves.append(act_at_random(tables, chance))
        if tables.rows[-1].action == "draft":
            # A draft is overwritten by the next one and never taken back.
            kept.clear()
            saves.clear()
    for save in reversed(saves):
        tables.undo(save)
        assert look(tables) == kept.pop()


@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_is_what_a_rebuild_makes_of_the_log(tables, seed):
    chance = random.Random(seed)
    saves = []
    for _ in range(40):
        saves.append(act_at_random(tables, chance))
        if chance.random() < 0.2:
            tables.undo(saves.pop(chance.randrange(len(saves))))
    before = states(tables)
    rows = [read(tables, item)[("p", name)] for name in MEMES if ("p", name) in before["item"]]
    found = tables.ask(read_tally, "p", "toys")
    assert found.decisions == sum(row["decided"] for row in rows)
    assert found.memes == sum(bool(row["decided"] or row["adjudicated"]) for row in rows)
    assert found.flagged == sum(bool(row["flags"]) for row in rows)
    empty(tables)
    with tables.database.write() as connection:
        rebuild(connection, tables.place("p"))
    assert states(tables) == before


@pytest.mark.parametrize("seed", range(6))
def test_what_is_kept_is_what_each_memes_history_says(tables, seed):
    chance, saves, since, people = random.Random(seed), [], {}, set()

    def note_changes():
        for meme_id in MEMES:
            for who in people:
                state = tables.history(meme_id).standing(who).state
                if since.get((meme_id, who), ("pending", 0))[0] != state:
                    since[meme_id, who] = state, len(tables.rows)

    for _ in range(40):
        saves.append(act_at_random(tables, chance))
        people |= {tables.rows[-1].annotator, tables.rows[-1].target or tables.rows[-1].annotator}
        note_changes()
        if chance.random() < 0.2:
            tables.undo(saves.pop(chance.randrange(len(saves))))
            note_changes()
    items, marks = read(tables, item), read(tables, mark)
    assert {who for _, _, who in marks} == people
    for meme_id in MEMES:
        found = tables.history(meme_id)
        own = [found.standing(who) for who in sorted(people)]
        decisions = sorted((one.decision for one in own if one.decision), key=lambda d: d.revision)
        assert found.decisions == tuple(decisions)
        assert {flag.annotator for flag in found.flags} == {
            who for who in people if found.standing(who).flag is not None
        }
        row = items["p", meme_id]
        adjudicated = "" if found.adjudicated is None else found.adjudicated.save
        assert (row["decided"], row["flags"], row["awaited"], row["adjudicated"]) == (
            len(decisions), len(found.flags), len(found.awaited), adjudicated,
        )  # fmt: skip
        for who in people:
            if (row := marks.get(("p", meme_id, who))) is not None:
                one = found.standing(who)
                assert row["state"] == one.state
                assert row["save"] == ("" if one.decision is None else one.decision.save)
                assert row["flagged"] == (one.flag is not None)
                assert row["returned"] == (one.returned is not None) == (who in found.awaited)
                if (meme_id, who) in since:
                    assert row["since"] == since[meme_id, who][1]


def test_nobody_sees_half_a_save(tables):
    torn, stop = [], threading.Event()

    def watch():
        while not stop.is_set():
            for decision in tables.history("m1").decisions:
                if set(decision.labels) != {"hate", "tags"}:
                    torn.append(decision)

    readers = [threading.Thread(target=watch) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(30):
        tables.save(f"a{number % 5}", "m1", project="p", hate=["Hate"], tags=["x"])
    stop.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert read(tables, item)["p", "m1"]["decided"] == 5


def test_the_log_decides_rather_than_its_clocks(tables):
    tables.save("ann", "m1", project="p", hate=["Hate"])
    early = replace(
        tables.rows[0], event="x", save="sx", labels=("No Hate",),
        time=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    tables.rows.append(early)
    tables._follow()
    assert read(tables, answer)["p", "m1", "hate"]["labels"] == ("No Hate",)
