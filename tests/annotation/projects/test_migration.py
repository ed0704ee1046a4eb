"""A label set changes midway: what is kept, what changes, and what must be looked at again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.entry import Entry
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.projects.migration import (
    Migrator,
    carry_given,
    plan_migration,
    preview_migration,
)
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.database.schema import answer, meme
from memeclip_core.errors import ConfigError, InputError, StoreError
from memeclip_core.records.decision import Decision, Person
from memeclip_core.tasks import Label, Task, TaskSet
from tests.factories.project_records import TIME, make_id, make_meme, make_project
from tests.factories.projects import decide as decide_place
from tests.factories.projects import make_cats
from tests.factories.services import HATE
from tests.factories.workbench import shipped_tasks


def make_task(key, *names, kind="multiclass"):
    labels = tuple(Label(name=n, display=n, prompt=n, value=n) for n in names)
    return Task(key=key, title=key.title(), kind=kind, labels=labels, column=key)


OLD = TaskSet(
    key="moods",
    title="Moods",
    tasks=(make_task("mood", "glad", "sad", "odd"), make_task("loud", "no", "yes")),
)
NEW = TaskSet(
    key="moods",
    title="Moods",
    tasks=(make_task("mood", "happy", "sad"), make_task("loud", "no", "yes")),
)
PROJECT = replace(make_project(), key="moods", tasks=OLD)


def decide(number, version=1, **labels):
    return Decision(
        save=f"s{number}",
        annotator="ana",
        time=TIME,
        task_set="moods",
        meme=make_id(number),
        image="",
        text="t",
        text_source="file",
        labels={key: (name,) for key, name in labels.items()},
        note="",
        project="moods",
        version=version,
    )


def plan(tasks, mapping, project=PROJECT):
    return plan_migration(project, tasks, mapping, time=TIME, by="ben")


def test_labels_lead_on_and_what_is_gone_is_looked_at_again():
    successor = plan(NEW, {"mood": {"glad": "happy"}})
    assert (successor.version, successor.tasks) == (2, NEW)
    step = successor.migrations[-1]
    assert step.tasks == {"mood": {"glad": "happy", "odd": None}}
    assert (step.version, step.by) == (2, "ben")
    decisions = [
        decide(0, mood="glad", loud="no"),
        decide(1, mood="sad", loud="yes"),
        decide(2, mood="odd", loud="no"),
        decide(2, mood="odd", loud="yes"),
    ]
    memes = [make_meme(0, given={"mood": ("glad",)}), make_meme(1, given={"mood": ("sad",)})]
    given = [one for own in memes if (one := carry_given(PROJECT, successor, own))]
    preview = preview_migration(PROJECT, successor, decisions, len(given))
    assert (preview.decisions, preview.changed, preview.again, preview.memes_again) == (4, 1, 2, 1)
    assert preview.by_task == {"Mood": (1, 2)} and preview.gone == (("Mood", "odd"),)
    assert preview.given == 1


def test_a_new_task_asks_for_every_decision_again():
    wider = replace(OLD, tasks=(*OLD.tasks, make_task("new", "a", "b")))
    decisions = [decide(0, mood="sad", loud="no")]
    preview = preview_migration(PROJECT, plan(wider, {}), decisions, heads=PROJECT.tasks)
    assert preview.unread == 0
    heads = replace(PROJECT.tasks, tasks=PROJECT.tasks.tasks[1:])
    assert preview_migration(PROJECT, plan(wider, {}), decisions, heads=heads).unread == 1
    assert (preview.changed, preview.again, preview.by_task) == (0, 1, {"New": (0, 1)})


def test_a_task_that_goes_leaves_decisions_whole():
    narrower = replace(OLD, tasks=OLD.tasks[:1])
    preview = preview_migration(PROJECT, plan(narrower, {}), [decide(0, mood="sad", loud="no")])
    assert (preview.changed, preview.again, preview.gone) == (0, 0, ())


def test_tags_that_become_one_choice_are_looked_at_again_where_there_were_several():
    tags = replace(OLD, tasks=(make_task("mood", "glad", "sad", "odd", kind="multilabel"),))
    choice = replace(OLD, tasks=(make_task("mood", "glad", "sad", "odd"),))
    project = replace(PROJECT, tasks=tags)
    both = replace(decide(0), labels={"mood": ("glad", "sad")})
    preview = preview_migration(project, plan(choice, {}, project), [both, decide(1, mood="sad")])
    assert (preview.decisions, preview.again) == (2, 1)


def test_migrations_follow_each_other():
    second = plan(NEW, {"mood": {"glad": "happy"}})
    again = replace(NEW, tasks=(make_task("mood", "fine", "sad"), NEW.tasks[1]))
    third = plan(again, {"mood": {"happy": "fine"}}, second)
    assert third.version == 3
    assert third.migrate({"mood": ("glad",)}, 1) == {"mood": ("fine",)}
    assert third.migrate({"mood": ("happy",)}, 2) == {"mood": ("fine",)}


@pytest.mark.parametrize(
    ("tasks", "mapping", "said"),
    [
        (NEW, {"mood": {"angry": "sad"}}, "'mood' has no label 'angry'; it has glad, sad, odd"),
        (NEW, {"mood": {"glad": "glad"}}, "leads 'glad' to 'glad'; the new set has happy, sad"),
        (NEW, {"size": {"a": "b"}}, "no task 'size'; there are mood, loud"),
        (replace(NEW, key="other"), {}, "it must stay 'moods'"),
    ],
)
def test_what_leads_nowhere_is_named(tasks, mapping, said):
    with pytest.raises(ConfigError, match=said):
        plan(tasks, mapping)


def test_all_faults_are_named_at_once():
    with pytest.raises(ConfigError) as caught:
        plan(NEW, {"size": {}, "mood": {"angry": "x"}})
    assert all(word in str(caught.value) for word in ("'size'", "'angry'", "'x'"))


def test_the_same_set_is_no_migration():
    with pytest.raises(InputError, match="Nothing would change"):
        plan(OLD, {})


def test_imported_labels_follow():
    successor = plan(NEW, {"mood": {"glad": "happy"}})
    gold = make_meme(0, given={"mood": ("glad",)}, gold=True)
    assert carry_given(PROJECT, successor, gold).given == {"mood": ("happy",)}
    lost = make_meme(1, given={"mood": ("odd",)}, gold=True)
    assert carry_given(PROJECT, successor, lost) == replace(lost, given={}, gold=False)
    assert carry_given(PROJECT, successor, make_meme(2, given={"loud": ("no",)})) is None
    assert carry_given(PROJECT, successor, make_meme(3)) is None


def without_oppose():
    tasks = shipped_tasks("pridemm")
    stance = tasks.task("stance")
    fewer = replace(stance, labels=stance.labels[:2])
    return replace(tasks, tasks=tuple(fewer if t.key == "stance" else t for t in tasks))


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 2)
    decide_place(tiny_studio, 0, HATE)
    return tiny_studio


def test_a_migration_that_fails_half_way_leaves_nothing(studio, monkeypatch):
    who, projects = studio.owner(), studio.projects
    log = studio.settings.home / "corrections.csv"
    before = log.read_bytes()
    write = ProjectStore.write
    monkeypatch.setattr(
        ProjectStore, "write", lambda *given: (_ for _ in ()).throw(StoreError("full"))
    )
    with pytest.raises(StoreError, match="full"):
        projects.migrate(who, "cats", without_oppose(), {})
    assert projects.project(who, "cats").version == 1 and log.read_bytes() == before
    monkeypatch.setattr(ProjectStore, "write", write)
    preview = projects.migrate(who, "cats", without_oppose(), {})
    assert projects.project(who, "cats").version == 2
    rows = log.read_bytes().removeprefix(before)
    assert rows.count(b'"return"') == preview.again > 0


def test_two_changes_at_once_are_one_and_a_refusal(studio):
    who, projects = studio.owner(), studio.projects
    projects.migrate(who, "cats", without_oppose(), {}, version=1)
    with pytest.raises(InputError, match="version 2 by now"):
        projects.migrate(who, "cats", shipped_tasks("pridemm"), {}, version=1)
    back = projects.migrate(who, "cats", shipped_tasks("pridemm"), {}, version=2)
    assert back.project.version == 3


def test_project_memes_and_log_change_together(home, database):
    """On both kinds of database: the label set, what is sent back, what it adds up to."""
    store = ProjectStore(home, database)
    log = DecisionLog(database=database, home=home, project=store.find)
    store.create(PROJECT)
    store.add(
        "moods",
        [
            make_meme(0, given={"mood": ("glad",)}, gold=True),
            make_meme(1, given={"mood": ("odd",)}, gold=True),
            make_meme(2),
        ],
    )
    ann, boss = Person(name="ann", role="annotator"), Person(name="boss", role="admin")
    corrector = Corrector(log=log, images=None, reader=None, project=store.find)
    for number, mood in enumerate(["glad", "odd"]):
        corrector.decide(ann, OLD, make_entry(number, mood))
    migrator = Migrator(store=store, log=log, task_sets=lambda key: OLD)
    moves = {"mood": {"glad": "happy"}}
    preview = migrator.preview(boss, PROJECT, NEW, moves)
    assert (preview.decisions, preview.changed, preview.again, preview.given) == (2, 1, 1, 2)
    assert migrator.migrate(boss, "moods", NEW, moves, 1).project == store.read("moods")
    assert (store.read("moods").version, store.read("moods").tasks) == (2, NEW)
    rows = store.memes("moods").rows
    assert [(row.given, row.gold) for row in rows] == [
        ({"mood": ("happy",)}, True), ({}, False), ({}, False),
    ]  # fmt: skip
    with log.read() as connection:
        open_ = [row.open for row in connection.execute(select(meme).order_by(meme.c.place))]
        moods = select(answer.c.meme, answer.c.labels).where(answer.c.task == "mood")
        answers = dict(connection.execute(moods).all())
        sent = History.of(connection, "moods", "moods", make_id(1)).standing("ann").returned
    assert open_[0] is False and open_[2] is True
    assert answers == {make_id(0): ("happy",)}
    assert sent is not None and sent.note.endswith("Please decide again: Mood.")


def make_entry(number, mood):
    return Entry(
        save=f"save-{number:08d}",
        action="label",
        meme=make_id(number),
        labels={"mood": (mood,), "loud": ("no",)},
        project="moods",
        version=1,
    )
