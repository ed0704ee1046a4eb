"""Decisions, counted, start a retraining by themselves; its flips are shown to reviewers."""

import threading
import time
from dataclasses import replace
from hashlib import sha256

import pytest

from memeclip_core.annotation import loop as looping
from memeclip_core.errors import InputError, JobError, NotFound, PermissionDenied
from memeclip_core.models import retraining_steps
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.records.decision import Person
from tests.factories.decision_logs import rows_of
from tests.factories.people import add_user
from tests.factories.projects import import_all, make_cats, predictions, stale, write_pictures
from tests.factories.studios import build_tiny_studio
from tests.factories.waits import until

HATE = {
    "hate": ("Hate",),
    "target": ("Individual",),
    "stance": ("Oppose",),
    "humour": ("Humour",),
}
NO_HATE = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}
ENDED = ("done", "failed", "refused", "cancelled")


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """Try again at once."""
    monkeypatch.setattr(looping, "RETRY_SECONDS", 0.0)


def label(studio, count, labels=None, key="cats"):
    """Save so many decisions, every second one hateful unless told otherwise."""
    who = studio.owner()
    for number in range(count):
        (item,) = studio.queue.next(who, key, count=1, client="tab")
        studio.queue.save(
            who,
            key,
            save=f"save-{item.meme.id[:16]}",
            meme=item.meme.id,
            labels=labels or (HATE if number % 2 else NO_HATE),
            version=item.version,
        )


def wait(studio, count, task_set="pridemm"):
    """Return the jobs once there are so many and all have ended."""

    def ended():
        jobs = studio.jobs(task_set)
        return len(jobs) == count and all(job.state in ENDED for job in jobs)

    until(ended, "the jobs did not end")
    rest(studio)
    return studio.jobs(task_set)


def rest(studio):
    """Wait until a save may start the next retraining."""
    until(lambda: not studio.loop._starting and not studio._retrainer.jobs.busy)


def read_cats(studio):
    return studio.projects.project(studio.owner(), "cats")


def left(studio):
    return studio.loop.to_retraining(read_cats(studio))


def settle():
    """Let threads that should not be there show themselves."""
    time.sleep(0.3)


def test_every_n_decisions_a_retraining_starts_by_itself(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 16, retrain_every=6)
    assert left(tiny_studio) == 6
    label(tiny_studio, 5)
    assert left(tiny_studio) == 1
    settle()
    assert tiny_studio.jobs("pridemm") == ()
    label(tiny_studio, 1)
    (job,) = wait(tiny_studio, 1)
    assert (job.state, job.by) == ("done", "every 6 decisions")
    assert job.counts["decisions"] == 6
    assert left(tiny_studio) == 6
    assert tiny_studio.status("pridemm").candidate.version == job.candidate
    label(tiny_studio, 6)
    newest, _ = wait(tiny_studio, 2)
    assert newest.counts["decisions"] == 12


def test_a_project_counts_its_own_decisions_alone(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 6, retrain_every=4)
    tiny_studio.projects.create(
        tiny_studio.owner(), key="dogs", title="Dogs", task_set="pridemm", retrain_every=50
    )
    label(tiny_studio, 3)
    assert [(c.project, c.every, c.since, c.left, c.note) for c in counters_of(tiny_studio)] == [
        ("cats", 4, 3, 1, ""),
        ("dogs", 50, 0, 50, ""),
    ]
    assert tiny_studio.loop.counters(tiny_studio.owner(), "propaganda") == ()
    label(tiny_studio, 1)
    (job,) = wait(tiny_studio, 1)
    assert tiny_studio._retrainer.jobs.get(job.id).counts["decisions in cats"] == 4
    assert "decisions in cats" not in job.counts  # not everybody may know of the project
    label(tiny_studio, 1)
    assert {c.project: c.since for c in counters_of(tiny_studio)} == {"cats": 1, "dogs": 0}


def counters_of(studio):
    return studio.loop.counters(studio.owner(), "pridemm")


def test_only_on_demand_nothing_starts(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 6)
    label(tiny_studio, 6)
    settle()
    assert left(tiny_studio) is None
    assert tiny_studio.jobs("pridemm") == ()


def test_a_refusal_says_why_and_waits_for_as_many_decisions_again(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 30, retrain_every=15)
    label(tiny_studio, 15, NO_HATE)
    (job,) = wait(tiny_studio, 1)
    assert job.state == "refused"
    assert "the same answer to every question" in job.reason
    assert job.log[-1].endswith(job.reason)
    assert left(tiny_studio) == 15
    label(tiny_studio, 3)
    settle()
    assert len(tiny_studio.jobs("pridemm")) == 1


def test_a_save_never_waits_for_a_retraining(tiny_studio, tmp_path, monkeypatch):
    make_cats(tiny_studio, tmp_path / "in", 8, retrain_every=2)
    started, go_on = threading.Event(), threading.Event()
    start = tiny_studio._retrainer.start

    def slow(who, tasks):
        started.set()
        assert go_on.wait(30)
        return start(who, tasks)

    monkeypatch.setattr(tiny_studio._retrainer, "start", slow)
    label(tiny_studio, 4)
    assert started.wait(30)
    label(tiny_studio, 2)
    assert tiny_studio.queue.counts(tiny_studio.owner(), "cats").done == 6
    go_on.set()
    (job,) = wait(tiny_studio, 1)
    assert job.counts["decisions"] == 6


def test_what_goes_wrong_does_not_reach_the_save(tiny_studio, tmp_path, monkeypatch, caplog):
    make_cats(tiny_studio, tmp_path / "in", 3, retrain_every=1)

    def fail(*args):
        raise RuntimeError("broken")

    monkeypatch.setattr(tiny_studio._retrainer, "start", fail)
    label(tiny_studio, 1)
    rest(tiny_studio)
    monkeypatch.setattr(tiny_studio._retrainer.jobs, "counts", fail)
    label(tiny_studio, 1)
    assert left(tiny_studio) is None
    tiny_studio.loop.saved(read_cats(tiny_studio))
    assert "the retraining of cats was not looked at" in caplog.text
    assert "the retraining of cats did not start" in caplog.text


def test_while_another_process_retrains_one_waits_and_starts_afterwards(
    tiny_studio, tmp_path, monkeypatch
):
    make_cats(tiny_studio, tmp_path / "in", 6, retrain_every=2)
    start = tiny_studio._retrainer.start
    refusals = []

    def taken(who, tasks):
        refusals.append(who)
        raise JobError("The retraining 'x' is running, and one runs at a time.")

    monkeypatch.setattr(tiny_studio._retrainer, "start", taken)
    label(tiny_studio, 2)
    until(lambda: refusals)
    rest(tiny_studio)
    assert left(tiny_studio) == 0
    monkeypatch.setattr(tiny_studio._retrainer, "start", start)
    label(tiny_studio, 1)
    assert wait(tiny_studio, 1)[0].counts["decisions"] == 3


def test_an_undone_decision_is_not_counted(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 4, retrain_every=4)
    label(tiny_studio, 2)
    tiny_studio.queue.undo(tiny_studio.owner(), "cats")
    assert left(tiny_studio) == 3


def test_labels_that_the_heads_do_not_know_are_named(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 1)
    store = tiny_studio.loop._projects
    project = store.read("cats")
    *others, last = project.tasks
    renamed = replace(last, labels=(*last.labels[:-1], replace(last.labels[-1], name="Wit")))
    store.write(replace(project, tasks=replace(project.tasks, tasks=(*others, renamed))))
    (counter,) = tiny_studio.loop.counters(tiny_studio.owner(), "pridemm")
    assert counter.note == (
        "The heads of 'pridemm-fake' do not know these labels, and decisions with them are not "
        f"learnt until a starter with them is built: {last.title}: Wit."
    )


# --- flips -------------------------------------------------------------------------------------


@pytest.fixture
def people(tiny_settings, tmp_path, monkeypatch):
    """Return a studio with an annotator, a reviewer and an admin, and a text of each picture's."""
    read = FakeOcr.read
    monkeypatch.setattr(
        FakeOcr,
        "read",
        lambda self, image: replace(read(self, image), text=sha256(image.tobytes()).hexdigest()),
    )
    users = tmp_path / "users.json"
    for name, role in (("ann", "annotator"), ("rev", "reviewer"), ("adm", "admin")):
        add_user(users, name=name, role=role, password="correct horse")
    return build_tiny_studio(replace(tiny_settings, auth=users))


def flipping_job(studio, tmp_path):
    """Return a job whose comparison names two corrected memes that flip, and those memes."""
    admin = studio.person("adm")
    studio.projects.create(admin, key="cats", title="Cats", task_set="pridemm")
    import_all(studio, "cats", write_pictures(tmp_path / "in", 12), who=admin)
    for number in range(12):
        (item,) = studio.queue.next(admin, "cats", count=1, client="tab")
        studio.queue.save(
            admin,
            "cats",
            save=f"save-{item.meme.id[:16]}",
            meme=item.meme.id,
            labels=HATE if number % 2 else NO_HATE,
            version=item.version,
        )
    return studio.retrain(admin, "pridemm")


def test_flips_are_for_reviewers_and_stand_in_no_public_answer(people, tmp_path, monkeypatch):
    # Two models that answer the opposite, so that every held-out meme flips.
    decide = retraining_steps.decide_task

    def opposite(model, task, rows):
        labels, decisions = decide(model, task, rows)
        if model.origin == "retrained" and len(decisions):
            decisions = decisions[:, ::-1]
        return labels, decisions

    monkeypatch.setattr(retraining_steps, "decide_task", opposite)
    done = flipping_job(people, tmp_path)
    assert done.state == "done", done.reason
    assert all(row.flipped == () for row in done.comparison)
    assert all(row.flipped == () for job in people.jobs("pridemm") for row in job.comparison)
    assert all(row.flipped == () for row in people.job(done.id).comparison)
    shown = people.loop.flips(people.person("rev"), done.id)
    flipped = [f for row in shown if row.rows == "corrected" for f in row.flipped]
    assert flipped
    for name in ("ann", None):
        with pytest.raises(PermissionDenied):
            people.loop.flips(people.person(name), done.id)
        with pytest.raises(PermissionDenied):
            people.loop.look(people.person(name), done.id, flipped[0].meme)
    seen = people.loop.look(people.person("rev"), done.id, flipped[0].meme)
    assert seen.image.startswith(b"\x89PNG")
    assert seen.text


def test_only_memes_that_flip_can_be_looked_at(people, tmp_path):
    done = flipping_job(people, tmp_path)
    flipped = {
        f.meme
        for row in people.loop.flips(people.person("rev"), done.id)
        if row.rows == "corrected"
        for f in row.flipped
    }
    others = [
        m
        for m in (item.meme for item in people._corrector.labelled(people.task_set("pridemm")))
        if m not in flipped
    ]
    for meme in (others[0], "../../etc/passwd", "0" * 64):
        with pytest.raises(InputError, match="is not among the corrected memes"):
            people.loop.look(people.person("rev"), done.id, meme)
    with pytest.raises(NotFound, match="There is no job"):
        people.loop.flips(people.person("rev"), "nope")


def test_counters_are_for_annotators(people):
    with pytest.raises(PermissionDenied):
        people.loop.counters(Person(name="eve", role="admin"), "pridemm")
    assert people.loop.counters(people.person("ann"), "pridemm") == ()


# --- predictions that a promotion makes stale ---------------------------------------------------


def predicted_by(studio, version):
    """Wait until a project's predictions are those of a model; return what says so."""

    def fresh():
        model = predictions(studio.projects, "cats").model
        return model == version and stale(studio.projects, "cats") == 0

    until(fresh, f"the predictions are not those of {version}")
    return predictions(studio.projects, "cats")


def test_promotion_and_roll_back_compute_the_predictions_ahead_anew(tiny_studio, tmp_path):
    who = tiny_studio.owner()
    make_cats(tiny_studio, tmp_path / "in", 12)
    assert predicted_by(tiny_studio, "pridemm-fake").model == "pridemm-fake"
    label(tiny_studio, 8)
    done = tiny_studio.retrain(who, "pridemm")
    assert stale(tiny_studio.projects, "cats") == 0
    tiny_studio.promote(who, done.candidate)
    table = predicted_by(tiny_studio, done.candidate)
    assert len(table) == 12
    (item,) = tiny_studio.queue.next(who, "cats", count=1, client="tab")
    assert item.model == done.candidate or item.hidden
    tiny_studio.roll_back(who, "pridemm")
    predicted_by(tiny_studio, "pridemm-fake")


def test_every_decision_and_suggestion_names_its_model(tiny_studio, tmp_path):
    who = tiny_studio.owner()
    make_cats(tiny_studio, tmp_path / "in", 6, hidden_share=0.0)
    predicted_by(tiny_studio, "pridemm-fake")
    (item,) = tiny_studio.queue.next(who, "cats", count=1, client="tab")
    assert {suggestion.model for suggestion in item.suggestions.values()} == {"pridemm-fake"}
    tiny_studio.queue.save(
        who,
        "cats",
        save="save-with-model",
        meme=item.meme.id,
        labels=NO_HATE,
        shown=True,
        model=item.model,
        version=item.version,
    )
    rows = rows_of(tiny_studio._corrector._log, "cats", item.meme.id)
    assert {row.model for row in rows} == {"pridemm-fake"}
    assert {row.verdict for row in rows} <= {"confirmed", "corrected"}
