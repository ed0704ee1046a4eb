"""The demo shows every page at work, and nothing of it reaches what is real."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from sqlalchemy import select

from memeclip_core.annotation.projects.demo import ADA, BEN, CLEO
from memeclip_core.database.engine import Database
from memeclip_core.database.schema import metadata
from memeclip_core.errors import ConfigError, InputError, JobError, PermissionDenied
from memeclip_core.records.decision import Person
from memeclip_core.records.project import DEMO
from memeclip_core.storage.images import ImageStore
from tests.factories.projects import make_project
from tests.factories.studios import build_tiny_studio, read_log

NO = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("Humour",)}


@pytest.fixture
def demo(tiny_studio):
    return tiny_studio.demo.make(tiny_studio.owner())


def decide(studio, project, place=-1):
    """Decide the last meme that is left to do, or another one from the end."""
    who = studio.owner()
    meme = studio.queue.browse(who, project.key).rows[place].id
    save = f"save-{project.key}-{meme[:8]}"
    studio.queue.save(who, project.key, save=save, meme=meme, labels=NO, version=1)


def test_it_has_samples_votes_a_dispute_a_flag_and_something_left_to_do(tiny_studio, demo):
    who = tiny_studio.owner()
    facts = tiny_studio.projects.facts(who, demo.key)
    assert (facts.memes, facts.decided, facts.flagged, facts.stale) == (10, 7, 1, 0)
    assert facts.model == "pridemm-fake"
    assert tiny_studio.review.disagreements(who, demo.key, blind=False).total == 2
    board = tiny_studio.review.dashboard(who, demo.key)
    assert [one.name for one in board.people] == [ADA, BEN, CLEO]
    assert sum(task.confirmed + task.corrected for task in board.tasks) > 0
    assert len(board.days) > 1 and board.agreement is not None
    assert len(tiny_studio.queue.next(who, demo.key, client="tab", count=3)) == 3


def test_an_earlier_one_that_goes_beside_it_takes_no_picture_along(tiny_studio, monkeypatch):
    keep = ImageStore.keep

    def keep_and_lose(store, content_id, *rest):
        name = keep(store, content_id, *rest)
        store.discard([content_id])
        return name

    monkeypatch.setattr(ImageStore, "keep", keep_and_lose)
    who = tiny_studio.owner()
    made = tiny_studio.demo.make(who)
    memes = tiny_studio.projects._store.memes(made.key).rows
    pictured = [meme for meme in memes if meme.image]
    assert pictured and all(tiny_studio.saved_image(who, meme.id) for meme in pictured)


def test_it_says_everywhere_that_it_is_a_demo(tiny_studio, demo):
    assert demo.title.startswith("Demo:") and "demo" in demo.tasks.title
    assert all("made up" in name for name in (ADA, BEN, CLEO))
    renamed = tiny_studio.projects.change(tiny_studio.owner(), demo.key, title="Real work")
    assert renamed.title == "Demo: Real work"


def test_there_is_one_and_it_is_shown_after_all_others(tiny_studio, demo, tmp_path):
    who = tiny_studio.owner()
    assert tiny_studio.demo.make(who).key == demo.key
    make_project(tiny_studio, tmp_path / "pictures", count=1)
    assert [one.demo for one in tiny_studio.projects.list(who)] == [True, False]


def test_nothing_that_is_decided_in_it_teaches_or_is_written_into_a_file(tiny_studio, demo):
    who = tiny_studio.owner()
    decide(tiny_studio, demo)
    status = tiny_studio.status("pridemm")
    assert (status.corrected, status.new) == (0, 0)
    assert tiny_studio.corrections(who, "pridemm") == ()
    assert tiny_studio.history(who, "pridemm") == ()
    assert tiny_studio.start_retrain(who, "pridemm").state == "refused"
    assert read_log(tiny_studio) == []
    assert b"demo" not in tiny_studio.export_decisions(who, "pridemm")


def test_decisions_on_real_memes_stand_in_the_file_as_ever(tiny_studio, demo, tmp_path):
    make_project(tiny_studio, tmp_path / "pictures", count=2)
    own = tiny_studio.projects.project(tiny_studio.owner(), "colours")
    for project in (demo, own, demo, own):
        decide(tiny_studio, project)
    assert {row["project"] for row in read_log(tiny_studio)} == {"colours"}
    assert len(read_log(tiny_studio)) == 6
    path = tmp_path / "all.csv"
    tiny_studio.write_log(tiny_studio.owner(), path)
    with path.open(newline="", encoding="utf-8") as file:
        assert {row["task_set"] for row in csv.DictReader(file)} == {"pridemm"}
    # Another start finds file and database at one.
    again = build_tiny_studio(tiny_studio.settings)
    assert again.status("pridemm").corrected == 2
    assert list(tiny_studio.settings.home.glob("corrections-*")) == []


def test_a_demo_never_starts_a_retraining(tiny_studio, demo):
    who = tiny_studio.owner()
    tiny_studio.projects.change(who, demo.key, retrain_every=1)
    decide(tiny_studio, demo)
    [counter] = tiny_studio.loop.counters(who, "pridemm")
    assert (counter.demo, counter.left, counter.since) == (True, None, 20)
    assert tiny_studio.jobs("pridemm") == ()


def test_removing_it_leaves_no_row_and_no_folder(tiny_studio, demo, tmp_path):
    who = tiny_studio.owner()
    make_project(tiny_studio, tmp_path / "pictures", count=1)
    before = count_rows(tiny_studio)
    other = tiny_studio.projects.project(who, "colours")
    decide(tiny_studio, other)
    decide(tiny_studio, demo)
    tiny_studio.demo.remove(who)
    left = count_rows(tiny_studio)
    assert [one.key for one in tiny_studio.projects.list(who)] == ["colours"]
    assert (left["project"], left["meme"], left["label_set"]) == (1, 1, 1)
    assert (left["decision"], before["decision"]) == (3, 3 * 19 + 1)
    assert not (tiny_studio.settings.home / "projects" / demo.key).exists()
    assert [row["project"] for row in read_log(tiny_studio)] == ["colours"] * 3
    with pytest.raises(InputError, match="no demo"):
        tiny_studio.demo.remove(who)
    assert tiny_studio.demo.make(who).key != demo.key


def count_rows(studio):
    with Database.of_home(studio.settings.home).read() as connection:
        found = {
            table.name: len(connection.execute(select(table)).all())
            for table in metadata.sorted_tables
        }
    return found


def test_it_is_not_removed_while_something_is_worked_out_for_it(tiny_studio, demo):
    jobs, who = tiny_studio.demo.precomputation.jobs, tiny_studio.owner()
    handle = jobs.claim(who, "predict", demo.key)
    with pytest.raises(JobError, match="is being worked on"):
        tiny_studio.demo.remove(who)
    jobs.finish(handle, "done", "")
    tiny_studio.demo.remove(who)


def test_without_a_model_of_use_it_has_votes_all_the_same(tiny_settings, tmp_path):
    studio = build_tiny_studio(replace(tiny_settings, checkpoints=tmp_path / "none"))
    made = studio.demo.make(studio.owner())
    assert studio.projects.facts(studio.owner(), made.key).decided == 7


def test_any_label_set_can_be_shown(tiny_settings):
    for key in ("propaganda", "axiom"):
        studio = build_tiny_studio(
            replace(tiny_settings, tasks=(key,), home=tiny_settings.home.parent / key)
        )
        made = studio.demo.make(studio.owner())
        assert made.tasks.key == DEMO + key
        assert studio.review.disagreements(studio.owner(), made.key).total == 2


def test_it_takes_an_admin(tiny_studio, demo, tiny_settings):
    with pytest.raises(PermissionDenied):
        tiny_studio.demo.remove(Person(name="ann", role="annotator"))
    public = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    with pytest.raises(PermissionDenied):
        public.demo.make(public.owner())


def test_no_other_project_is_taken_for_one(tiny_studio, demo):
    with pytest.raises(ConfigError, match="begins"):
        tiny_studio.projects.create(
            tiny_studio.owner(), key="mine", title="Mine", task_set=demo.tasks
        )
