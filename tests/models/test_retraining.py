import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from memeclip_core.config import ROOT
from memeclip_core.database.engine import Database
from memeclip_core.database.schema import job as job_table
from memeclip_core.errors import CheckpointError, JobError, NotFound, StoreError
from memeclip_core.memes.splits import is_held_out
from memeclip_core.models import retraining_steps
from memeclip_core.models.checkpoints import read_checkpoint
from memeclip_core.models.retraining import name_version
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Progress
from memeclip_core.storage.home import check_name
from memeclip_core.training.retrain import RetrainConfig
from tests.factories.services import (
    HATE,
    NO_HATE,
    RETRAIN,
    correct_some,
    make_image,
    make_studio,
    pick,
)
from tests.factories.waits import until

SLOW = replace(RETRAIN, epochs=10_000)


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


def predict(studio, number=1):
    return studio.predict(make_image(number), "a.png", task_set="pridemm", text="words")


ENDED = ("done", "failed", "cancelled", "interrupted")


def wait(studio, job_id):
    until(lambda: studio.job(job_id).state in ENDED, "the job did not end")
    return studio.job(job_id)


def test_a_retraining_ends_in_a_candidate_and_a_comparison(studio):
    correct_some(studio, [*pick(False, 5), *pick(True, 2)])
    seen = []
    before = predict(studio)
    job = studio.retrain(studio.owner(), "pridemm", seen.append)
    assert (job.state, job.base, job.candidate) == ("done", "pridemm-fake", "pridemm-fake-r1")
    assert job.counts == {
        "corrected": 7, "learnt": 5, "held_out": 2, "validation": 0, "aside": 0, "unread": 0,
        "tied": 0, "skipped": 0, "replay": 50, "replay_left": 0, "decisions": 7,
    }  # fmt: skip
    rows = {(c.task, c.rows): c.n for c in job.comparison}
    assert rows["hate", "corrected"] == 2
    assert rows["hate", "replay"] == 10
    assert len(rows) == 8
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert any(p.loss is not None and p.score is not None for p in seen)
    # By their words: an undefined figure equals none, not even itself.
    assert repr(studio.job(job.id)) == repr(job)
    assert repr(studio.jobs("pridemm")) == repr((job,))
    assert predict(studio) == before
    states = {m.version: m.state for m in studio.models("pridemm")}
    assert states == {"pridemm-fake": "active", "pridemm-fake-r1": "candidate"}
    candidate = studio.status("pridemm").candidate
    assert candidate.facts["parent"] == "pridemm-fake"
    assert candidate.metrics["hate"][0].n == 10
    assert predict_with(studio, "pridemm-fake-r1").model == "pridemm-fake-r1"


def predict_with(studio, version):
    return studio.predict(make_image(), "a.png", task_set="pridemm", text="words", model=version)


def test_the_candidate_keeps_the_comparison_but_no_text(studio, tmp_path):
    correct_some(studio, pick(False, 3))
    job = studio.retrain(studio.owner(), "pridemm")
    folder = tmp_path / "home" / "models" / job.candidate
    assert sorted(path.name for path in folder.iterdir()) == [
        "head.safetensors", "learnt.safetensors", "manifest.json",
    ]  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["data"]["job"] == job.id
    assert len(manifest["data"]["comparison"]) == 8
    assert manifest["replay"] == "pridemm-fake"
    assert "text 1" not in (folder / "manifest.json").read_text()


def test_what_people_are_even_on_is_left_out_unless_asked(studio, monkeypatch):
    learnt = []
    original = retraining_steps.retrain_heads

    def spy(model, **rows):
        learnt.append(len(rows["corrections"].for_task("hate")))
        return original(model, **rows)

    monkeypatch.setattr(retraining_steps, "retrain_heads", spy)
    ann, bob = (Person(name=name, role="admin") for name in ("ann", "bob"))
    monkeypatch.setattr(studio._people, "require", lambda *args, **kwargs: None)
    numbers = pick(False, 4)
    correct_some(studio, numbers, HATE, who=ann)
    correct_some(studio, numbers[:1], NO_HATE, who=bob)
    status = studio.status("pridemm")
    assert (status.corrected, status.tied) == (4, 1)
    job = studio.retrain(ann, "pridemm")
    assert (job.state, job.counts["tied"], job.counts["corrected"], learnt) == ("done", 1, 4, [3])
    assert studio.status("pridemm").new == 0
    studio.discard(ann, job.candidate)
    job = studio.retrain(ann, "pridemm", ties=True)
    assert (job.state, job.counts["tied"], learnt) == ("done", 0, [3, 4])


def test_ties_can_be_asked_for_where_there_is_nothing_else_and_nothing_new(studio, monkeypatch):
    ann, bob = (Person(name=name, role="admin") for name in ("ann", "bob"))
    monkeypatch.setattr(studio._people, "require", lambda *args, **kwargs: None)
    numbers = pick(False, 2)
    correct_some(studio, numbers, HATE, who=ann)
    correct_some(studio, numbers, NO_HATE, who=bob)
    refused = studio.retrain(ann, "pridemm")
    assert refused.state == "refused" and "people are even on 2" in refused.reason
    assert studio.retrain(ann, "pridemm", ties=True).state == "done"
    correct_some(studio, pick(False, 3)[2:], HATE, who=ann)
    assert studio.retrain(ann, "pridemm").state == "done"
    assert studio.retrain(ann, "pridemm").state == "refused"
    assert studio.retrain(ann, "pridemm", ties=True).state == "done"


def test_held_out_memes_are_never_learnt_from(studio, tmp_path, monkeypatch):
    learnt = []
    original = retraining_steps.retrain_heads

    def spy(model, **rows):
        learnt.extend(rows["corrections"].features.ids)
        return original(model, **rows)

    monkeypatch.setattr(retraining_steps, "retrain_heads", spy)
    correct_some(studio, range(12))
    studio.retrain(studio.owner(), "pridemm")
    assert len(learnt) == 9
    assert not any(is_held_out(meme) for meme in learnt)


def test_a_model_learns_what_it_is_taught(tmp_path):
    config = RetrainConfig(epochs=30, batch_size=8, lr=3e-3, replay_rows=8, share=0.8)
    studio = make_studio(tmp_path, retrain=config)
    before = predict(studio).task("hate").labels
    wanted = HATE if before == ("No Hate",) else NO_HATE
    correct_some(studio, pick(False, 4), wanted)
    job = studio.retrain(studio.owner(), "pridemm")
    studio.promote(studio.owner(), job.candidate)
    number = pick(False, 4)[0]
    after = studio.predict(make_image(number), "a.png", task_set="pridemm", text=f"text {number}")
    assert after.task("hate").labels == wanted["hate"]
    assert after.model == job.candidate


def test_promote_and_roll_back_move_one_pointer(studio):
    first = predict(studio)
    correct_some(studio, pick(False, 3))
    one = studio.retrain(studio.owner(), "pridemm")
    promoted = studio.promote(studio.owner(), one.candidate)
    assert (promoted.state, promoted.version) == ("active", "pridemm-fake-r1")
    correct_some(studio, pick(False, 4)[3:])
    two = studio.retrain(studio.owner(), "pridemm")
    assert (two.base, two.candidate) == ("pridemm-fake-r1", "pridemm-fake-r2")
    studio.promote(studio.owner(), two.candidate)
    assert predict(studio).model == "pridemm-fake-r2"
    assert studio.roll_back(studio.owner(), "pridemm").version == "pridemm-fake-r1"
    assert studio.roll_back(studio.owner(), "pridemm").version == "pridemm-fake"
    assert predict(studio) == first
    with pytest.raises(StoreError, match="nothing to roll back to"):
        studio.roll_back(studio.owner(), "pridemm")
    assert studio.promote(studio.owner(), "pridemm-fake-r2").version == "pridemm-fake-r2"
    assert studio.models("pridemm")[0].version == "pridemm-fake-r2"
    # Its replay is still the starter's.
    correct_some(studio, pick(False, 5)[4:])
    assert studio.retrain(studio.owner(), "pridemm").candidate == "pridemm-fake-r3"


def test_a_studio_in_another_process_sees_the_new_model(studio, tmp_path):
    page = make_studio(tmp_path)
    assert predict(page).model == "pridemm-fake"
    correct_some(studio, pick(False, 3))
    job = studio.retrain(studio.owner(), "pridemm")
    studio.promote(studio.owner(), job.candidate)
    assert predict(page).model == job.candidate
    assert [(j.id, j.state) for j in page.jobs("pridemm")] == [(job.id, "done")]


def test_a_discarded_candidate_is_gone_and_its_name_is_not_used_again(studio, tmp_path):
    correct_some(studio, pick(False, 3))
    job = studio.retrain(studio.owner(), "pridemm")
    studio.discard(studio.owner(), job.candidate)
    assert not (tmp_path / "home" / "models" / job.candidate).exists()
    assert [m.version for m in studio.models("pridemm")] == ["pridemm-fake"]
    assert studio.retrain(studio.owner(), "pridemm").candidate == "pridemm-fake-r2"


@pytest.mark.parametrize(
    ("encoder", "version"),
    [
        ("compact", "pridemm-compact-r"),
        ("openai/clip-vit-base-patch32", "pridemm-openai-clip-vit-base-patch32-r"),
        ("/home/ann/models/My CLIP/", "pridemm-My-CLIP-r"),
        ("C:\\models\\clip", "pridemm-clip-r"),
        ("./clip", "pridemm-clip-r"),
        ("é", "pridemm-x-r"),
        ("x" * 300, "pridemm-" + "x" * 50 + "-r"),
    ],
)
def test_versions_are_named_after_task_set_and_encoder(encoder, version):
    assert name_version("pridemm", encoder) == version
    assert check_name(name_version("my tasks", encoder) + "1", "model").startswith("my-tasks-")


def test_neither_an_active_model_nor_a_starter_can_be_discarded(studio):
    with pytest.raises(StoreError, match="starter"):
        studio.discard(studio.owner(), "pridemm-fake")
    correct_some(studio, pick(False, 3))
    job = studio.retrain(studio.owner(), "pridemm")
    studio.promote(studio.owner(), job.candidate)
    with pytest.raises(StoreError, match="is active"):
        studio.discard(studio.owner(), job.candidate)
    with pytest.raises(CheckpointError, match="There is no model"):
        studio.discard(studio.owner(), "pridemm-fake-r9")


def test_a_damaged_candidate_never_becomes_active(studio, tmp_path):
    correct_some(studio, pick(False, 3))
    job = studio.retrain(studio.owner(), "pridemm")
    head = tmp_path / "home" / "models" / job.candidate / "head.safetensors"
    data = bytearray(head.read_bytes())
    data[-1] ^= 1
    head.write_bytes(data)
    with pytest.raises(CheckpointError, match="SHA-256"):
        studio.promote(studio.owner(), job.candidate)
    assert predict(studio).model == "pridemm-fake"
    head.unlink()
    with pytest.raises(CheckpointError, match="no readable head"):
        studio.promote(studio.owner(), job.candidate)
    assert predict(studio).model == "pridemm-fake"


def test_an_active_model_that_is_gone_is_named_and_can_be_rolled_back(studio, tmp_path):
    correct_some(studio, pick(False, 3))
    job = studio.retrain(studio.owner(), "pridemm")
    studio.promote(studio.owner(), job.candidate)
    shutil.rmtree(tmp_path / "home" / "models" / job.candidate)
    with pytest.raises(CheckpointError, match="is gone"):
        predict(make_studio(tmp_path))
    fresh = make_studio(tmp_path)
    assert fresh.roll_back(fresh.owner(), "pridemm").version == "pridemm-fake"


def test_what_makes_no_sense_is_refused_with_a_reason(studio):
    who = studio.owner()
    nothing = studio.start_retrain(who, "pridemm")
    assert (nothing.state, nothing.candidate) == ("refused", "")
    assert "No meme is corrected yet" in nothing.reason
    correct_some(studio, pick(True, 2))
    held_out = studio.retrain(who, "pridemm")
    assert held_out.state == "refused"
    assert "All 2 corrected memes belong to the fifth" in held_out.reason
    correct_some(studio, pick(False, 1))
    assert studio.retrain(who, "pridemm").state == "done"
    again = studio.retrain(who, "pridemm")
    assert again.state == "refused"
    assert "Nothing was corrected since 'pridemm-fake-r1'" in again.reason
    assert [job.state for job in studio.jobs("pridemm")].count("refused") == 3
    studio.undo(who, task_set="pridemm")
    correct_some(studio, pick(False, 2)[1:])
    assert studio.retrain(who, "pridemm").state == "done"


def test_a_changed_mind_is_news(studio):
    correct_some(studio, pick(False, 2), HATE)
    studio.retrain(studio.owner(), "pridemm")
    assert studio.status("pridemm").new == 0
    correct_some(studio, pick(False, 1), NO_HATE)
    assert studio.status("pridemm").new > 0
    assert studio.retrain(studio.owner(), "pridemm").state == "done"


def test_a_lost_image_is_skipped_and_counted(studio, tmp_path):
    correct_some(studio, pick(False, 3))
    for path in (tmp_path / "home" / "images").iterdir():
        path.write_bytes(b"broken")
        break
    shutil.rmtree(tmp_path / "home" / "cache")
    job = make_studio(tmp_path).retrain(studio.owner(), "pridemm")
    assert (job.counts["learnt"], job.counts["skipped"], job.counts["aside"]) == (2, 1, 0)


def test_a_job_in_the_background_is_followed_and_cancelled(tmp_path):
    studio = make_studio(tmp_path, retrain=SLOW)
    correct_some(studio, pick(False, 3))
    job = studio.start_retrain(studio.owner(), "pridemm")
    assert job.state == "running"
    assert studio.status("pridemm").job.id == job.id
    assert "is running" in studio.status("pridemm").retrain_reason
    with pytest.raises(JobError, match="one runs at a time"):
        studio.start_retrain(studio.owner(), "pridemm")
    with pytest.raises(JobError, match="one runs at a time"):
        make_studio(tmp_path).retrain(studio.owner(), "pridemm")
    until(lambda: studio.job(job.id).progress.loss is not None)
    assert predict(studio).model == "pridemm-fake"
    studio.cancel(studio.owner(), job.id)
    ended = wait(studio, job.id)
    assert ended.state == "cancelled"
    assert ended.candidate == ""
    assert [m.version for m in studio.models("pridemm")] == ["pridemm-fake"]
    with pytest.raises(JobError, match="is cancelled"):
        studio.cancel(studio.owner(), job.id)
    with pytest.raises(NotFound, match="There is no job"):
        studio.cancel(studio.owner(), "nope")


def test_a_job_can_be_cancelled_from_another_process(tmp_path):
    studio = make_studio(tmp_path, retrain=SLOW)
    correct_some(studio, pick(False, 3))
    job = studio.start_retrain(studio.owner(), "pridemm")
    other = make_studio(tmp_path)
    assert other.job(job.id).state == "running"
    other.cancel(other.owner(), job.id)
    assert wait(studio, job.id).state == "cancelled"


def test_a_failure_is_a_state_with_a_reason(studio, monkeypatch):
    correct_some(studio, pick(False, 3))

    def fail(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("memeclip_core.models.retraining_steps.retrain_heads", fail)
    job = studio.retrain(studio.owner(), "pridemm")
    assert job.state == "failed"
    assert "secret" not in job.reason
    monkeypatch.undo()
    assert studio.retrain(studio.owner(), "pridemm").state == "done"


def test_an_interrupt_in_the_foreground_closes_the_job(studio):
    correct_some(studio, pick(False, 3))

    def interrupt(progress: Progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        studio.retrain(studio.owner(), "pridemm", interrupt)
    assert studio.jobs("pridemm")[0].state == "cancelled"
    assert studio.retrain(studio.owner(), "pridemm").state == "done"


def test_of_two_that_start_at_once_one_runs(tmp_path):
    studio = make_studio(tmp_path, retrain=SLOW)
    correct_some(studio, pick(False, 3))
    outcomes = []

    def start():
        try:
            outcomes.append(studio.start_retrain(studio.owner(), "pridemm"))
        except JobError:
            outcomes.append(None)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    started = [job for job in outcomes if job is not None]
    assert len(started) == 1
    studio.cancel(studio.owner(), started[0].id)
    wait(studio, started[0].id)


VICTIM = """
import sys
from dataclasses import replace
from tests.factories.services import RETRAIN, correct_some, make_studio

what, root = sys.argv[1:]
config = replace(RETRAIN, epochs=1 if what == "promote" else 100_000)
studio = make_studio(root, retrain=config)
who = studio.owner()
if what == "save":
    for i in range(100_000):
        correct_some(studio, [i])
        print(i, flush=True)
if what == "retrain":
    studio.retrain(who, "pridemm", lambda progress: print(progress.done, flush=True))
if what == "promote":
    while True:
        studio.promote(who, "pridemm-fake-r1")
        print("promoted", flush=True)
        studio.roll_back(who, "pridemm")
        print("back", flush=True)
"""


def kill_amid(what, root, *, after):
    """Run a studio in a process of its own and kill it after so many lines."""
    process = subprocess.Popen(
        [sys.executable, "-c", VICTIM, what, str(root)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if len(lines) >= after:
            break
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    return lines


@pytest.mark.kill
def test_a_kill_amid_saving_keeps_every_acknowledged_save(tmp_path):
    make_studio(tmp_path)
    saved = len(kill_amid("save", tmp_path, after=9))
    studio = make_studio(tmp_path)
    memes = studio.corrections(studio.owner(), "pridemm")
    assert saved <= len(memes) <= saved + 1
    for meme in memes:
        assert len(meme.labels) in (3, 4)
        assert studio.saved_image(studio.owner(), meme.meme) is not None
    assert correct_some(studio, [5000])[0].rows == 3
    assert studio.retrain(studio.owner(), "pridemm").state == "done"


@pytest.mark.kill
def test_a_kill_amid_retraining_changes_nothing_but_the_job(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, pick(False, 3))
    before = predict(studio)
    log = (tmp_path / "home" / "corrections.csv").read_bytes()
    kill_amid("retrain", tmp_path, after=6)
    assert [row.state for row in job_rows(tmp_path)] == ["running"]
    fresh = make_studio(tmp_path)
    (job,) = fresh.jobs("pridemm")
    assert job.state == "interrupted"
    assert "unchanged" in job.reason
    assert predict(fresh) == before
    assert (tmp_path / "home" / "corrections.csv").read_bytes() == log
    assert fresh.retrain(fresh.owner(), "pridemm").state == "done"


@pytest.mark.kill
def test_a_kill_amid_promoting_leaves_one_model_or_the_other(tmp_path):
    studio = make_studio(tmp_path)
    correct_some(studio, pick(False, 3))
    studio.retrain(studio.owner(), "pridemm")
    for after in (1, 4):
        kill_amid("promote", tmp_path, after=after)
        fresh = make_studio(tmp_path)
        version = predict(fresh).model
        assert version in ("pridemm-fake", "pridemm-fake-r1")
        assert fresh.models("pridemm")[0].version == version
        read_checkpoint(tmp_path / "home" / "models" / "pridemm-fake-r1")
    fresh.promote(fresh.owner(), "pridemm-fake-r1")
    assert predict(fresh).model == "pridemm-fake-r1"


def test_what_a_kill_left_half_written_is_swept(tmp_path):
    make_studio(tmp_path)
    killed = f"{os.getpid()}-{'0' * 8}.{'a' * 32}"
    rest = tmp_path / "home" / "models" / f".pridemm-fake-r1.{killed}.tmp"
    rest.mkdir()
    (rest / "head.safetensors").write_bytes(b"half")
    studio = make_studio(tmp_path)
    assert not rest.exists()
    assert [m.version for m in studio.models("pridemm")] == ["pridemm-fake"]


def job_rows(tmp_path):
    """Return the jobs as they stand in the database, whoever carries them out."""
    database = Database.of_home(tmp_path / "home")
    with database.read() as connection:
        rows = connection.execute(select(job_table)).all()
    database.close()
    return rows


def lines(job):
    """Return the log's lines without their times, which every line has."""
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in job.log)
    return [line[9:] for line in job.log]


def test_the_log_says_what_was_done_step_by_step(studio):
    correct_some(studio, [*pick(False, 3), *pick(True, 1)])
    done = studio.retrain(studio.owner(), "pridemm")
    said = lines(done)
    assert said[0] == "4 corrected memes; starting from pridemm-fake"
    assert said[1] == "encoding the corrected memes"
    assert said[2] == (
        "learning from 3 of them and 50 rows of the starter; 1 kept aside; 0 could not be used"
    )
    assert said[3].startswith("pridemm-fake keeps no record of its rows' texts")
    epochs = [line for line in said if "epoch" in line]
    assert len(epochs) == 8
    assert re.fullmatch(r"hate: epoch 1 of 2, loss [\d.]+, validation score [\d.]+", epochs[0])
    assert said[-2:] == ["pridemm-fake-r1 is written and waits for a verdict", "done"]


def test_no_text_of_a_meme_stands_in_a_log(studio, tmp_path):
    correct_some(studio, pick(False, 3))
    done = studio.retrain(studio.owner(), "pridemm")
    (row,) = job_rows(tmp_path)
    assert row.facts["log"] == list(done.log)
    assert "text 1" not in repr(row)


def test_a_refusal_ends_the_log_with_its_reason(studio):
    refused = studio.retrain(studio.owner(), "pridemm")
    assert lines(refused) == [f"refused: {refused.reason}"]


def test_a_failure_is_the_last_line(studio, monkeypatch):
    correct_some(studio, pick(False, 3))
    monkeypatch.setattr(
        "memeclip_core.models.retraining_steps.retrain_heads", lambda *a, **k: 1 / 0
    )
    failed = studio.retrain(studio.owner(), "pridemm")
    assert lines(failed)[-1] == f"failed: {failed.reason}"


def test_a_long_log_keeps_its_beginning_and_its_end(studio, monkeypatch):
    monkeypatch.setattr("memeclip_core.database.job_handle.MAX_LINES", 4)
    correct_some(studio, pick(False, 3))
    done = studio.retrain(studio.owner(), "pridemm")
    assert len(done.log) == 5
    assert lines(done)[-1] == "done"


def test_the_comparison_names_held_out_memes_alone(studio):
    correct_some(studio, [*pick(False, 3), *pick(True, 4)])
    held = {item.meme for item in studio.corrections(studio.owner(), "pridemm")}
    done = studio.retrain(studio.owner(), "pridemm")
    for row in studio.loop.flips(studio.owner(), done.id):
        assert len(row.flipped) == row.flips
        assert [change.label for change in row.classes] == (
            list(studio.task_set("pridemm").task(row.task).names) if row.n else []
        )
        if row.rows == "corrected":
            assert all(f.meme in held and is_held_out(f.meme) for f in row.flipped)
