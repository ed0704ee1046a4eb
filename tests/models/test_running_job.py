import re

import pytest

from memeclip_core.memes.splits import is_held_out
from memeclip_core.models import running_job
from memeclip_core.models.running_job import add_line, end_job
from tests.factories.page_records import job
from tests.factories.services import correct_some, make_studio, pick


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


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
    written = (tmp_path / "home" / "jobs" / f"{done.id}.json").read_text()
    assert '"log"' in written
    assert "text 1" not in written


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
    monkeypatch.setattr(running_job, "MAX_LINES", 4)
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


def test_only_a_job_that_is_done_has_a_candidate():
    running = job("running")
    assert end_job(running, "cancelled", "why").candidate == ""
    assert end_job(running, "done", "").candidate == running.candidate
    assert add_line(running, "a").log[-1].endswith(" a")
