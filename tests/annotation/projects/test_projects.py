"""``Projects`` as people use it: roles, rules, export, migration, fresh predictions."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import update

from memeclip_core.annotation.exchange.exports import ExportOrder
from memeclip_core.annotation.projects.projects import MAX_GUIDELINES, check_rules
from memeclip_core.config import Settings
from memeclip_core.database.schema import job as table
from memeclip_core.datasets.label_mapping import label_names
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.errors import ConfigError, InputError, JobError, PermissionDenied
from memeclip_core.models.checkpoints import read_checkpoint, write_checkpoint
from memeclip_core.records.decision import Person
from tests.factories.people import add_user
from tests.factories.project_records import ids_of
from tests.factories.projects import (
    decide,
    forget_predictions,
    import_all,
    make_cats,
    predictions,
    read_history,
    read_resolved,
    settle,
    stale,
    suggestions,
    wait_for,
    write_pictures,
)
from tests.factories.services import HATE, NO_HATE
from tests.factories.studios import build_tiny_studio
from tests.factories.workbench import shipped_tasks


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 5)
    return tiny_studio


def export(studio, format, tmp_path, **options):
    who = studio.owner()
    job = wait_for(studio, "cats", studio.projects.start_export(who, "cats", format, **options))
    assert job.state == "done", job.reason
    return studio.projects.export_file(who, "cats", job.id, tmp_path / "downloads")


# --- roles ----------------------------------------------------------------------------------------


CALLS = {
    "annotator": [
        lambda p, who: p.list(who),
        lambda p, who: p.project(who, "cats"),
        lambda p, who: p.facts(who, "cats"),
        lambda p, who: p.jobs(who, "cats"),
        lambda p, who: p.job(who, "cats", "x"),
    ],
    "reviewer": [
        lambda p, who: p.start_export(who, "cats", "csv"),
        lambda p, who: p.export_file(who, "cats", "x", None),
        lambda p, who: p.stop(who, "cats", "x"),
    ],
    "admin": [
        lambda p, who: p.create(who, key="dogs", title="D", task_set="pridemm"),
        lambda p, who: p.change(who, "cats", title="C"),
        lambda p, who: p.start_import(who, "cats", None),
        lambda p, who: p.resume_import(who, "cats", "x"),
        lambda p, who: p.keep_upload(who, "cats", {}),
        lambda p, who: p.preview_migration(who, "cats", shipped_tasks("pridemm"), {}),
        lambda p, who: p.migrate(who, "cats", shipped_tasks("pridemm"), {}),
        lambda p, who: p.predict(who, "cats"),
    ],
}
LADDER = ("visitor", "annotator", "reviewer", "admin")


@pytest.mark.parametrize("needed", CALLS)
def test_every_call_checks_the_role_before_anything_else(studio, needed):
    for role in LADDER[: LADDER.index(needed)]:
        for call in CALLS[needed]:
            with pytest.raises(PermissionDenied):
                call(studio.projects, Person(name="eve", role=role))


def test_a_name_that_the_users_file_does_not_know_is_nobody(tmp_path, tiny_checkpoints):
    users = tmp_path / "users.json"
    add_user(users, name="ann", role="annotator", password="long enough")
    studio = build_tiny_studio(
        Settings(home=tmp_path / "h", encoder="fake", checkpoints=tiny_checkpoints, auth=users)
    )
    with pytest.raises(PermissionDenied):
        studio.projects.create(
            Person(name="ann", role="admin"), key="x", title="X", task_set="pridemm"
        )
    with pytest.raises(PermissionDenied):
        studio.projects.list(Person(name="eve", role="admin"))


def test_an_unknown_project_is_one_sentence(studio):
    who, projects = studio.owner(), studio.projects
    for call in (
        lambda key: projects.project(who, key),
        lambda key: projects.facts(who, key),
        lambda key: projects.change(who, key, title="t"),
        lambda key: projects.start_export(who, key, "csv"),
        lambda key: projects.jobs(who, key),
        lambda key: suggestions(projects, key, "0" * 64),
    ):
        for key in ("dogs", "../cats", ""):
            with pytest.raises(InputError, match=r"no project|cannot be the key"):
                call(key)


# --- rules ----------------------------------------------------------------------------------------


def test_a_project_is_created_changed_and_found_again(studio, tiny_settings):
    who, projects = studio.owner(), studio.projects
    made = projects.create(
        who, key="dogs", title="Dogs", task_set="harmeme", overlap=2, guidelines="# G"
    )
    assert made.tasks == shipped_tasks("harmeme") and (made.overlap, made.by) == (2, "local")
    changed = projects.change(who, "dogs", hidden_share="0.5", order="random")
    assert changed == replace(made, hidden_share=0.5, order="random")
    again = build_tiny_studio(tiny_settings).projects
    assert [project.key for project in again.list(who)] == ["cats", "dogs"]
    assert again.project(who, "dogs") == changed


def test_a_rule_of_no_use_changes_nothing(studio):
    who, projects = studio.owner(), studio.projects
    before = projects.project(who, "cats")
    for rules in ({"overlap": 0}, {"overlap": "x"}, {"by": "y"}, {"tasks": None}, {"order": "a"}):
        with pytest.raises(ConfigError):
            projects.change(who, "cats", **rules)
    assert projects.project(who, "cats") == before
    for task_set in ("nothing", "../../tasks/pridemm.yaml"):
        with pytest.raises(ConfigError, match="no task set"):
            projects.create(who, key="dogs", title="D", task_set=task_set)


def test_facts_count_what_people_did(studio):
    decide(studio, 0, HATE)
    decide(studio, 1, NO_HATE)
    decide(studio, 1, NO_HATE, Person(name="ben", role="admin"))
    facts = studio.projects.facts(studio.owner(), "cats")
    assert (facts.memes, facts.decided, facts.decisions, facts.stale) == (5, 2, 3, 0)
    assert facts.jobs == () and facts.adjudicated == 0


# --- exports --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["pridemm-csv", "csv", "jsonl", "imagefolder"])
def test_an_export_reads_back_and_can_be_imported_again(studio, tmp_path, format):
    decide(studio, 0, HATE)
    decide(studio, 1, NO_HATE)
    decide(studio, 1, HATE, Person(name="eve", role="reviewer"), action="adjudicate")
    path = export(studio, format, tmp_path)
    tasks = shipped_tasks("pridemm")
    if format == "imagefolder":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "out")
            card = archive.read("README.md").decode()
        assert "2 memes, 2 of them labelled" in card and "| Hateful? | Hate (`1`) | 2 |" in card
        assert "a cat" not in card
        path = tmp_path / "out"
    rows = read_dataset(path).rows
    found = [{t.key: label_names(t, row) for t in tasks} for row in rows]
    assert found == [HATE, HATE]
    who = studio.owner()
    studio.projects.create(who, key="again", title="A", task_set="pridemm")
    images = studio.settings.home / "images" if format != "imagefolder" else None
    job = import_all(studio, "again", path, gold=True, images=images)
    assert job.counts["added"] == 2
    again = studio.projects._store.memes("again").rows
    cats = studio.projects._store.memes("cats").rows
    assert [(m.id, m.text, m.given, m.gold) for m in again] == [
        (m.id, m.text, HATE, True) for m in cats[:2]
    ]


def test_memes_that_nobody_decided_come_along_on_request(studio, tmp_path):
    decide(studio, 2, NO_HATE)
    for format in ("pridemm-csv", "csv"):
        for unlabelled, count in ((False, 1), (True, 5)):
            text = export(studio, format, tmp_path, unlabelled=unlabelled).read_text("utf-8")
            lines = list(csv.DictReader(io.StringIO(text, newline="")))
            assert len(lines) == count
            assert sorted(line["hate"] for line in lines) == [""] * (count - 1) + ["0"]


def test_a_stopped_export_leaves_a_part_that_says_so(studio, tmp_path, monkeypatch):
    monkeypatch.setattr("memeclip_core.annotation.exchange.exports.REPORTED_EVERY", 1)
    who, projects = studio.owner(), studio.projects
    first = export(studio, "csv", tmp_path, unlabelled=True)
    seen = []
    write = projects._exporter._row

    def stop_half_way(*arguments):
        seen.append(arguments)
        if len(seen) == 3:
            (job,) = (j for j in projects.jobs(who, "cats") if j.live)
            projects.stop(who, "cats", job.id)
        return write(*arguments)

    monkeypatch.setattr(projects._exporter, "_row", stop_half_way)
    job = wait_for(studio, "cats", projects.start_export(who, "cats", "csv", unlabelled=True))
    assert job.state == "cancelled" and job.file.endswith("-partial.csv")
    part = projects.export_file(who, "cats", job.id, tmp_path / "downloads")
    assert len(read_dataset(part).rows) == 3 and first.is_file()


def test_what_is_no_export_cannot_be_downloaded(studio, tmp_path):
    (job,) = studio.projects.jobs(studio.owner(), "cats")
    with pytest.raises(JobError, match="no file"):
        studio.projects.export_file(studio.owner(), "cats", job.id, tmp_path)
    with pytest.raises(InputError, match="Unknown export"):
        studio.projects.start_export(studio.owner(), "cats", "xml")


# --- migration ------------------------------------------------------------------------------------


def merge_stances():
    tasks = shipped_tasks("pridemm")
    stance = tasks.task("stance")
    neutral, support, _ = stance.labels
    sided = replace(support, name="Takes a side", display="Takes a side", value="1")
    merged = replace(stance, labels=(neutral, sided))
    moves = {"stance": {"Support": "Takes a side", "Oppose": "Takes a side"}}
    new = tuple(merged if task.key == "stance" else task for task in tasks)
    return replace(tasks, tasks=new), moves


def test_a_label_set_changes_midway_and_nothing_is_lost(studio, tmp_path):
    who, projects = studio.owner(), studio.projects
    decide(studio, 0, HATE)
    decide(studio, 1, NO_HATE)
    tasks, moves = merge_stances()
    preview = projects.preview_migration(who, "cats", tasks, moves)
    assert (preview.decisions, preview.changed, preview.again) == (2, 1, 0)
    assert projects.project(who, "cats").version == 1
    log = (studio.settings.home / "corrections.csv").read_bytes()
    with pytest.raises(InputError, match="Look at the preview again"):
        projects.migrate(who, "cats", tasks, moves, version=7)
    projects.migrate(who, "cats", tasks, moves, version=1)
    assert (studio.settings.home / "corrections.csv").read_bytes() == log
    assert projects.project(who, "cats").version == 2
    memes = ids_of(projects._store.memes("cats"))
    found = read_resolved(studio, memes[0])
    assert found.labels == {**HATE, "stance": ("Takes a side",)}
    rows = read_dataset(export(studio, "csv", tmp_path)).rows
    assert [label_names(tasks.task("stance"), row) for row in rows] == [
        ("Takes a side",),
        ("Neutral",),
    ]


def test_decisions_that_miss_a_task_go_back_to_whoever_made_them(studio):
    who, projects = studio.owner(), studio.projects
    ben = Person(name="ben", role="admin")
    decide(studio, 0, HATE)
    decide(studio, 0, NO_HATE, ben)
    decide(studio, 1, NO_HATE)
    tasks = shipped_tasks("pridemm")
    stance = tasks.task("stance")
    fewer = replace(stance, labels=stance.labels[:2])
    tasks = replace(tasks, tasks=tuple(fewer if t.key == "stance" else t for t in tasks))
    preview = projects.migrate(who, "cats", tasks, {})
    assert (preview.again, preview.memes_again, preview.gone) == (1, 1, (("Stance", "Oppose"),))
    first, second = ids_of(projects._store.memes("cats"))[:2]

    def standing(name, meme):
        return read_history(studio, meme).standing(name)

    returned = standing("local", first).returned
    assert returned.note == "The label set has changed. Please decide again: Stance."
    assert standing("local", first).state == "pending" and standing("ben", first).state == "done"
    assert standing("local", second).state == "done"
    decide(studio, 0, {**HATE, "stance": ("Neutral",)})
    assert standing("local", first).state == "done"


def test_suggestions_follow_a_new_label_set(studio):
    who, projects = studio.owner(), studio.projects
    (meme, *_) = ids_of(projects._store.memes("cats"))
    before = suggestions(projects, "cats", meme)["stance"].probabilities
    tasks, moves = merge_stances()
    projects.migrate(who, "cats", tasks, moves)
    settle(studio)
    after = suggestions(projects, "cats", meme)
    assert list(after["stance"].probabilities) == ["Neutral", "Takes a side"]
    assert after["stance"].probabilities["Takes a side"] == pytest.approx(
        before["Support"] + before["Oppose"], abs=1e-5
    )
    assert list(after) == list(tasks.keys)


# --- predictions ----------------------------------------------------------------------------------


@pytest.fixture
def newer(studio):
    """Put a second model in the catalogue and return its version."""
    shipped = studio.settings.checkpoints / "pridemm-fake"
    model = read_checkpoint(shipped)
    heads = {
        key: replace(head, temperature=head.temperature * 2) for key, head in model.heads.items()
    }
    newer = replace(model, version="pridemm-fake-r1", origin="retrained", heads=heads)
    write_checkpoint(studio.settings.home / "models" / newer.version, newer)
    return newer.version


def test_a_promotion_and_a_roll_back_refresh_the_predictions(studio, newer):
    who, projects = studio.owner(), studio.projects
    (meme, *_) = ids_of(projects._store.memes("cats"))
    old = suggestions(projects, "cats", meme)
    studio.promote(who, newer)
    settle(studio)
    assert stale(projects, "cats") == 0
    fresh = suggestions(projects, "cats", meme)
    assert {s.model for s in fresh.values()} == {newer}
    assert fresh["hate"].probabilities != old["hate"].probabilities
    assert suggestions(projects, "cats", meme, "pridemm-fake") == old
    studio.roll_back(who, "pridemm")
    settle(studio)
    assert suggestions(projects, "cats", meme) == old
    kinds = [job.kind for job in projects.jobs(who, "cats")]
    assert kinds == ["predict", "import"]  # rolling back found everything computed already


def test_what_was_promoted_while_the_page_was_off_is_noticed(studio, newer, tiny_settings):
    studio.promote(studio.owner(), newer)
    settle(studio)
    forget_predictions(studio, model=newer)
    again = build_tiny_studio(tiny_settings)
    assert again.projects.facts(again.owner(), "cats").stale == 5
    predictions(again.projects, "cats")
    settle(again)
    assert stale(again.projects, "cats") == 0
    assert predictions(again.projects, "cats").model == newer


def test_missing_predictions_can_be_asked_for(studio):
    who = studio.owner()
    assert studio.projects.predict(who, "cats") is None
    forget_predictions(studio)
    job = wait_for(studio, "cats", studio.projects.predict(who, "cats"))
    assert job.state == "done" and job.counts == {"predicted": 5}
    assert stale(studio.projects, "cats") == 0


def test_only_what_stopped_can_go_on(studio, tmp_path):
    (job,) = studio.projects.jobs(studio.owner(), "cats")
    with pytest.raises(JobError, match="no import that could go on: it is done"):
        studio.projects.resume_import(studio.owner(), "cats", job.id)
    failed = import_all(studio, "cats", tmp_path / "gone")
    assert failed.state == "failed"
    write_pictures(tmp_path / "gone", 1, start=99)
    again = studio.projects.resume_import(studio.owner(), "cats", failed.id)
    assert wait_for(studio, "cats", again).counts["added"] == 1


def test_an_export_that_a_kill_cut_is_done_by_the_next_server(studio, tiny_settings, tmp_path):
    """It is done again as it was asked for; until then nobody sees it as done."""
    who, jobs = studio.owner(), studio.projects._jobs
    order = ExportOrder(format="csv", unlabelled=True)
    handle = jobs.claim(who, "export", "cats", arguments=order.arguments)
    with jobs._database.write() as connection:
        connection.execute(update(table).values(worker="gone|1|00000000|ab", beat=1.0))
    jobs._forget(handle.job.id)
    again = build_tiny_studio(tiny_settings)
    job = again.projects.job(who, "cats", handle.job.id)
    assert (job.state, job.file) == ("queued", "")
    again.projects.warm_up()
    job = wait_for(again, "cats", job)
    assert job.state == "done" and job.counts == {"rows": 5}
    path = again.projects.export_file(who, "cats", job.id, tmp_path / "downloads")
    with path.open(newline="") as file:
        assert len(list(csv.reader(file))) == 6


def test_an_import_is_not_done_before_its_upload_is_dropped(studio, tmp_path, monkeypatch):
    who, dropping, go = studio.owner(), threading.Event(), threading.Event()
    store = studio.projects._store
    drop = store.drop_upload

    def slow(key, path):
        dropping.set()
        go.wait(20)
        drop(key, path)

    monkeypatch.setattr(store, "drop_upload", slow)
    (picture,) = write_pictures(tmp_path / "more", 1, start=77).iterdir()
    upload = studio.projects.keep_upload(who, "cats", {"a.png": picture})
    job = studio.projects.start_import(who, "cats", upload)
    assert dropping.wait(20)
    assert studio.projects.job(who, "cats", job.id).state == "running"
    go.set()
    assert wait_for(studio, "cats", job).state == "done" and not upload.exists()


def test_numbers_take_their_own_types():
    rules = check_rules({"overlap": 2.0, "hidden_share": "0.25", "order": "random", "closed": True})
    assert rules == {"overlap": 2, "hidden_share": 0.25, "order": "random", "closed": True}
    assert isinstance(rules["overlap"], int)


def test_every_fault_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        check_rules(
            {
                "overlap": 1.5,
                "hidden_share": "many",
                "order": "alphabet",
                "colour": "red",
                "title": " ",
                "guidelines": "x" * (MAX_GUIDELINES + 1),
                "retrain_every": None,
                "closed": "no",
            }
        )
    for word in (
        "overlap is '1.5', which is no whole number",
        "hidden_share is 'many', which is no number",
        "order is 'alphabet'; allowed are margin",
        "there is no rule 'colour'",
        "the title is empty",
        "the guidelines are longer",
        "retrain_every is 'None'",
        "closed is 'no', which is no yes or no",
    ):
        assert word in str(caught.value)
