from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memeclip_core.annotation.decisions import gathering
from memeclip_core.annotation.decisions.gathering import Gatherer, digest_labels
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.database.engine import Database
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


def make_project(**rules):
    return Project(key="p", title="P", tasks=TOYS, created=NOW, by="ann", **rules)


def test_the_page_and_all_projects_teach_together(store, log):
    log.save("ann", "a1", hate=["Hate"])
    log.save("ann", "a2", project="p", hate=["Hate"])
    log.save("bob", "a1", project="q", hate=["No Hate"])
    log.save("ann", "a3", task_set="other", tags=["x"])
    found = gatherer(store).gather(TOYS)
    assert [(item.meme, item.labels, item.status) for item in found.labelled()] == [
        ("a1", {}, "tie"), ("a2", {"hate": ("Hate",)}, "single"),
    ]  # fmt: skip
    assert len(found) == len(found.memes()) == 2


def test_people_count_once_however_many_places_they_decided_a_meme_in(store, log):
    log.save("ann", "a1", project="p", hate=["Hate"])
    log.save("bob", "a1", project="p", hate=["No Hate"])
    log.save("bob", "a1", project="q", hate=["Hate"])
    log.save("bob", "a1", hate=["No Hate"])
    (found,) = gatherer(store).gather(TOYS).labelled()
    assert (found.status, found.votes) == ("tie", {"hate": (("Hate",), ("No Hate",))})
    log.save("eve", "a1", project="q", hate=["Hate"])
    (found,) = gatherer(store).gather(TOYS).labelled()
    assert (found.labels, found.status) == ({"hate": ("Hate",)}, "majority")


def test_an_adjudication_wins_over_later_decisions_elsewhere(store, log):
    log.act("adjudicate", "rev", "a1", project="p", hate=["Unclear"])
    log.save("ann", "a1", hate=["Hate"])
    (found,) = gatherer(store).gather(TOYS).labelled()
    assert found.labels == {"hate": ("Unclear",)}


def test_only_what_is_new_is_worked_out(store, log, monkeypatch):
    worked = []
    original = gathering.digest_labels
    monkeypatch.setattr(
        gathering, "digest_labels", lambda item: worked.append(item.meme) or original(item)
    )
    gather = gatherer(store)
    for meme in ("a1", "a2", "a3"):
        log.save("ann", meme, project="p", hate=["Hate"])
    first = gather.gather(TOYS)
    assert worked == ["a1", "a2", "a3"]
    listed = first.labelled()
    assert gather.gather(TOYS).labelled() is listed
    last = log.save("bob", "a2", project="p", hate=["No Hate"])
    log.act("flag", "bob", "a3", project="p")
    assert gather.gather(TOYS) is first
    assert worked == ["a1", "a2", "a3", "a2"]
    assert [item.meme for item in first.labelled()] == ["a2", "a3", "a1"]
    log.undo(last)
    assert gather.gather(TOYS).labelled() == listed
    assert len(first.digests()) == 3


def test_a_meme_that_nobody_decides_any_more_is_gone(store, log):
    gather = gatherer(store)
    save = log.save("ann", "a1", hate=["Hate"])
    assert len(gather.gather(TOYS)) == 1
    log.undo(save)
    found = gather.gather(TOYS)
    assert (len(found), found.unread, found.labelled(), found.digests()) == (
        0, 0, (), frozenset(),
    )  # fmt: skip


def test_memes_come_in_the_order_in_which_they_were_first_decided(store, log):
    gather = gatherer(store)
    log.save("ann", "a2", project="q", hate=["Hate"])
    log.save("ann", "a1", hate=["Hate"])
    log.save("bob", "a2", project="q", hate=["Hate"])
    assert [item.meme for item in gather.gather(TOYS).oldest_first()] == ["a2", "a1"]
    log.save("ann", "a0", hate=["Hate"])
    for found in (gather.gather(TOYS), gatherer(store).gather(TOYS)):
        assert [item.meme for item in found.oldest_first()] == ["a2", "a1", "a0"]


def test_a_label_that_was_renamed_still_teaches_heads_that_know_its_old_name(store, log):
    log.save("ann", "a1", project="p", hate=["Hate"])
    renamed = {"hate": {"Hate": "Hostile"}, "tags": {"x": "ex"}}
    step = Migration(version=2, tasks=renamed, time=NOW, by="ann")
    moved = make_project(version=2, migrations=(step,))
    log.save("ann", "a2", project="p", version=2, hate=["Hostile"], tags=["ex", "new"])
    log.save("ann", "a3", project="p", version=2, hate=["Unheard"])
    found = gatherer(store, [moved]).gather(TOYS)
    assert [(item.meme, item.labels) for item in found.oldest_first()] == [
        ("a1", {"hate": ("Hate",)}), ("a2", {"hate": ("Hate",), "tags": ("x",)}),
    ]  # fmt: skip
    assert found.unread == 2
    log.save("ann", "a3", project="p", version=2, hate=["Hostile"])
    log.save("ann", "a2", project="p", version=2, hate=["Hostile"], tags=["ex"])
    assert gatherer(store, [moved]).gather(TOYS).unread == 0


def test_decisions_of_an_older_label_set_are_read_as_they_are_now(store, log):
    log.save("ann", "a1", project="p", hate=["Bad"])
    log.save("ann", "a2", project="p", hate=["Lost"], tags=["x"])
    steps = {"hate": {"Bad": "Hate", "Lost": None}}
    moved = make_project(
        version=2, migrations=(Migration(version=2, tasks=steps, time=NOW, by="ann"),)
    )
    before = gatherer(store, [make_project()]).gather(TOYS)
    assert [item.labels for item in before.labelled()] == [{"tags": ("x",)}]
    after = gatherer(store, [moved]).gather(TOYS)
    assert [item.labels for item in after.labelled()] == [{"tags": ("x",)}, {"hate": ("Hate",)}]


def test_a_new_version_of_a_project_is_read_anew(store, log):
    projects = {"p": make_project()}
    gather = Gatherer(log=store, project=lambda key, connection: projects.get(key))
    log.save("ann", "a1", project="p", hate=["Bad"])
    assert len(gather.gather(TOYS)) == 0
    step = Migration(version=2, tasks={"hate": {"Bad": "Hate"}}, time=NOW, by="ann")
    projects["p"] = make_project(version=2, migrations=(step,))
    assert len(gather.gather(TOYS)) == 1


def test_a_home_that_cannot_be_made_has_no_decisions(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    home = Home(tmp_path / "file")
    log = DecisionLog(database=Database.of_home(home.root), home=home)
    assert gatherer(log).gather(TOYS).labelled() == ()


def test_a_place_that_is_new_leaves_what_is_known(store, log, monkeypatch):
    projects = {"p": make_project()}
    gather = Gatherer(log=store, project=lambda key, connection: projects.get(key))
    log.save("ann", "a1", project="p", hate=["Hate"])
    first = gather.gather(TOYS)
    log.save("ann", "a2", project="q", hate=["Hate"])
    assert gather.gather(TOYS) is first
    assert len(first) == 2


def test_a_digest_changes_with_text_and_labels_alone():
    assert digest_labels(MEME) == digest_labels(replace(MEME, note="n", annotators=("bob",)))
    for other in (
        replace(MEME, labels={"hate": ("No Hate",)}),
        replace(MEME, text="coffee"),
        replace(MEME, meme="a2"),
    ):
        assert digest_labels(other) != digest_labels(MEME)
