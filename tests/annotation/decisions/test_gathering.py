import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memeclip_core.annotation.decisions import gathering
from memeclip_core.annotation.decisions.gathering import Gatherer
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.database.engine import Database
from memeclip_core.models.lessons import count_lessons, digest_labels, select_digests
from memeclip_core.records.decision import Labelled
from memeclip_core.records.project import Migration, Project
from memeclip_core.storage.home import Home
from tests.factories.logs import TOYS, Log

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MEME = Labelled(
    meme="a1", image="", text="tea", text_source="user", labels={"hate": ("Hate",)}, time=NOW,
    annotators=("ann",), note="",
)  # fmt: skip


@pytest.fixture
def store(database, home):
    return DecisionLog(database=database, home=home)


@pytest.fixture
def log(store):
    """A log whose rows go into the store."""

    class Written(Log):
        def _follow(self):
            store.add(self.fresh())

    return Written()


def gatherer(store, projects=()):
    known = {project.key: project for project in projects}
    return Gatherer(log=store, project=lambda key, connection: known.get(key))


def count(store, gather):
    gather.catch_up(TOYS)
    with store.read() as connection:
        return count_lessons(connection, TOYS.key)


def make_project(**rules):
    return Project(key="p", title="P", tasks=TOYS, created=NOW, by="ann", **rules)


def test_the_page_and_all_projects_teach_together(store, log):
    log.save("ann", "a1", hate=["Hate"])
    log.save("ann", "a2", project="p", hate=["Hate"])
    log.save("bob", "a1", project="q", hate=["No Hate"])
    log.save("ann", "a3", task_set="other", tags=["x"])
    found = gatherer(store).labelled(TOYS)
    assert [(item.meme, item.labels, item.status) for item in found] == [
        ("a1", {}, "tie"), ("a2", {"hate": ("Hate",)}, "single"),
    ]  # fmt: skip
    counts = count(store, gatherer(store))
    assert (counts.decided, counts.tied, counts.unread) == (2, 1, 0)


def test_people_count_once_however_many_places_they_decided_a_meme_in(store, log):
    log.save("ann", "a1", project="p", hate=["Hate"])
    log.save("bob", "a1", project="p", hate=["No Hate"])
    log.save("bob", "a1", project="q", hate=["Hate"])
    log.save("bob", "a1", hate=["No Hate"])
    (found,) = gatherer(store).labelled(TOYS)
    assert (found.status, found.votes) == ("tie", {"hate": (("Hate",), ("No Hate",))})
    log.save("eve", "a1", project="q", hate=["Hate"])
    (found,) = gatherer(store).labelled(TOYS)
    assert (found.labels, found.status) == ({"hate": ("Hate",)}, "majority")


def test_an_adjudication_wins_over_later_decisions_elsewhere(store, log):
    log.act("adjudicate", "rev", "a1", project="p", hate=["Unclear"])
    log.save("ann", "a1", hate=["Hate"])
    (found,) = gatherer(store).labelled(TOYS)
    assert found.labels == {"hate": ("Unclear",)}


def test_only_what_is_new_is_worked_out(store, log, monkeypatch):
    worked = []
    original = gathering._fold_meme
    monkeypatch.setattr(
        gathering, "_fold_meme", lambda meme, *rest: worked.append(meme) or original(meme, *rest)
    )
    for meme in ("a1", "a2", "a3"):
        log.save("ann", meme, project="p", hate=["Hate"])
    gatherer(store).catch_up(TOYS)
    assert worked == ["a1", "a2", "a3"]
    last = log.save("bob", "a2", project="p", hate=["No Hate"])
    log.act("flag", "bob", "a3", project="p")
    # Another process, or this one after a start, goes on where it was left.
    assert gatherer(store).catch_up(TOYS).number == len(log.rows)
    gatherer(store).catch_up(TOYS)
    assert worked == ["a1", "a2", "a3", "a2", "a3"]
    assert [item.meme for item in gatherer(store).labelled(TOYS)] == ["a2", "a3", "a1"]
    log.undo(last)
    assert [item.meme for item in gatherer(store).labelled(TOYS)] == ["a3", "a2", "a1"]
    with store.read() as connection:
        assert len(select_digests(connection, TOYS.key)) == 3


def test_much_that_is_new_is_taken_in_in_the_background(store, log, monkeypatch):
    monkeypatch.setattr(gathering, "AT_ONCE", 2)
    monkeypatch.setattr(gathering, "_PART", 2)
    begun, go_on = threading.Event(), threading.Event()
    original = gathering._fold_meme

    def fold(*arguments):
        begun.set()
        assert go_on.wait(30)
        return original(*arguments)

    monkeypatch.setattr(gathering, "_fold_meme", fold)
    for number in range(5):
        log.save("ann", f"a{number}", hate=["Hate"])
    gather = gatherer(store)
    assert (found := gather.catch_up(TOYS)).left == 5 and found.number == 0
    assert begun.wait(30)
    assert gather.catch_up(TOYS).left == 5
    go_on.set()
    assert gather.catch_up(TOYS, wait=True).left == 0
    assert count(store, gather).decided == 5
    assert len(gather._threads) == 1


def test_a_meme_that_nobody_decides_any_more_is_gone(store, log):
    gather = gatherer(store)
    save = log.save("ann", "a1", hate=["Hate"])
    assert count(store, gather).decided == 1
    assert gather.find(TOYS, ["a1"])["a1"].labels == {"hate": ("Hate",)}
    log.undo(save)
    counts = count(store, gather)
    assert (counts.decided, counts.unread, gather.labelled(TOYS)) == (0, 0, ())
    assert gather.find(TOYS, ["a1", "unheard of"]) == {}


def test_memes_are_found_by_id_without_reading_others(store, log):
    gather = gatherer(store)
    assert gather.find(TOYS, ["a1"]) == {}
    for meme in ("a1", "a2", "a3"):
        log.save("ann", meme, hate=["Hate"])
    found = gather.find(TOYS, ["a3", "unheard of", "a1"])
    assert list(found) == ["a3", "a1"]
    assert [found[item.meme] for item in gather.labelled(TOYS) if item.meme != "a2"] == [
        *found.values()
    ]


def test_memes_come_in_the_order_in_which_they_were_first_decided(store, log):
    gather = gatherer(store)
    log.save("ann", "a2", project="q", hate=["Hate"])
    log.save("ann", "a1", hate=["Hate"])
    log.save("bob", "a2", project="q", hate=["Hate"])
    assert [item.meme for item in gather.labelled(TOYS, newest=False)] == ["a2", "a1"]
    log.save("ann", "a0", hate=["Hate"])
    for again in (gather, gatherer(store)):
        found = again.labelled(TOYS, newest=False)
        assert [item.meme for item in found] == ["a2", "a1", "a0"]


def test_a_label_that_was_renamed_still_teaches_heads_that_know_its_old_name(store, log):
    log.save("ann", "a1", project="p", hate=["Hate"])
    renamed = {"hate": {"Hate": "Hostile"}, "tags": {"x": "ex"}}
    step = Migration(version=2, tasks=renamed, time=NOW, by="ann")
    moved = make_project(version=2, migrations=(step,))
    log.save("ann", "a2", project="p", version=2, hate=["Hostile"], tags=["ex", "new"])
    log.save("ann", "a3", project="p", version=2, hate=["Unheard"])
    found = gatherer(store, [moved]).labelled(TOYS, newest=False)
    assert [(item.meme, item.labels) for item in found] == [
        ("a1", {"hate": ("Hate",)}), ("a2", {"hate": ("Hate",), "tags": ("x",)}),
    ]  # fmt: skip
    assert count(store, gatherer(store, [moved])).unread == 2
    log.save("ann", "a3", project="p", version=2, hate=["Hostile"])
    log.save("ann", "a2", project="p", version=2, hate=["Hostile"], tags=["ex"])
    assert count(store, gatherer(store, [moved])).unread == 0


def test_decisions_of_an_older_label_set_are_read_as_they_are_now(store, log):
    log.save("ann", "a1", project="p", hate=["Bad"])
    log.save("ann", "a2", project="p", hate=["Lost"], tags=["x"])
    steps = {"hate": {"Bad": "Hate", "Lost": None}}
    moved = make_project(
        version=2, migrations=(Migration(version=2, tasks=steps, time=NOW, by="ann"),)
    )
    before = gatherer(store, [make_project()]).labelled(TOYS)
    assert [item.labels for item in before] == [{"tags": ("x",)}]
    after = gatherer(store, [moved]).labelled(TOYS)
    assert [item.labels for item in after] == [{"tags": ("x",)}, {"hate": ("Hate",)}]


def test_a_new_version_of_a_project_is_read_anew(store, log):
    projects = {"p": make_project()}
    gather = Gatherer(log=store, project=lambda key, connection: projects.get(key))
    log.save("ann", "a1", project="p", hate=["Bad"])
    assert count(store, gather).decided == 0
    step = Migration(version=2, tasks={"hate": {"Bad": "Hate"}}, time=NOW, by="ann")
    projects["p"] = make_project(version=2, migrations=(step,))
    assert count(store, gather).decided == 1


def test_a_home_that_cannot_be_made_has_no_decisions(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    home = Home(tmp_path / "file")
    log = DecisionLog(database=Database.of_home(home.root), home=home)
    assert gatherer(log).labelled(TOYS) == ()


def test_a_place_that_is_new_leaves_what_is_known(store, log, monkeypatch):
    projects = {"p": make_project()}
    gather = Gatherer(log=store, project=lambda key, connection: projects.get(key))
    log.save("ann", "a1", project="p", hate=["Hate"])
    gather.catch_up(TOYS)
    worked, original = [], gathering._fold_meme
    monkeypatch.setattr(
        gathering, "_fold_meme", lambda meme, *rest: worked.append(meme) or original(meme, *rest)
    )
    log.save("ann", "a2", project="q", hate=["Hate"])
    assert count(store, gather).decided == 2
    assert worked == ["a2"]


def test_a_digest_changes_with_text_and_labels_alone():
    assert digest_labels(MEME) == digest_labels(replace(MEME, note="n", annotators=("bob",)))
    for other in (
        replace(MEME, labels={"hate": ("No Hate",)}),
        replace(MEME, text="coffee"),
        replace(MEME, meme="a2"),
    ):
        assert digest_labels(other) != digest_labels(MEME)
