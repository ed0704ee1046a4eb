"""Corrections, retrainings and models as HTML."""

import dataclasses
from datetime import timedelta

import pytest

from memeclip_core.app.backup import BackupStatus
from memeclip_core.records.job import Counter
from memeclip_core.ui.pages.models.views import (
    SHOWN,
    render_backup,
    render_counters,
    render_counts,
    render_history,
    render_job,
    render_jobs,
    render_models,
)
from tests.factories.page_records import HOSTILE, NOON, correction, job, model_info, pridemm, status


def test_counts_say_what_is_new_and_what_is_kept_aside():
    page = render_counts(status())
    assert "3 memes corrected, 2 since the newest model; 1 kept aside" in page
    assert "No corrections yet" in render_counts(status(corrected=0))
    assert "2 memes with labels that the heads do not know" in render_counts(status(unread=2))
    assert "do not know" not in page


def test_history_tells_who_when_what_from_what_to_what():
    page = render_history([correction()], pridemm())
    for cell in ("2026-01-02", "ann", "abababab", "Hate", "No hate 70 %", "<strong>Hate</strong>"):
        assert cell in page


def test_history_marks_agreement_and_what_was_taken_back():
    agreed = correction(labels=("No Hate",))
    assert "No hate <em>(agreed)</em>" in render_history([agreed], pridemm())
    taken = correction(action="retract", labels=(), predicted=(), probability=None)
    assert "<em>taken back</em>" in render_history([taken], pridemm())


def test_history_survives_tasks_and_labels_that_are_gone():
    gone = correction(task="old", predicted=("a",), labels=("b",))
    assert "<strong>b</strong>" in render_history([gone], pridemm())
    renamed = correction(labels=("was",))
    assert "<strong>was</strong>" in render_history([renamed], pridemm())


def test_an_empty_history_says_so():
    assert "Nothing is saved yet" in render_history([], pridemm())


def test_models_show_state_score_and_facts():
    page = render_models([model_info()], pridemm())
    for cell in (
        "starter-1",
        "active",
        "Hateful? accuracy 0.700 (0.50 to 0.70), n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}10",
        "Rows of the dataset: 10",
    ):
        assert cell in page
    assert "zero-shot" in render_models([], pridemm())


def test_everything_people_typed_is_escaped():
    pages = [
        render_history([correction(note=HOSTILE, annotator=HOSTILE)], pridemm()),
        render_models([model_info(HOSTILE)], pridemm()),
    ]
    for page in pages:
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_a_running_job_has_a_bar_and_its_numbers():
    page = render_job(job())
    assert 'value="25"' in page
    assert "epoch 3 of 12 · loss 0.250 · validation score 0.500" in page
    assert 'data-state="running"' in page


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "interrupted", "refused"])
def test_an_ended_job_says_how_and_why(state):
    page = render_job(job(state, ended=NOON + timedelta(seconds=9), reason="because"))
    assert "<progress" not in page
    assert "after 9 s" in page
    assert "because" in page


def test_a_job_without_steps_is_no_division_by_zero():
    started = job()
    empty = dataclasses.replace(started.progress, done=0, total=0)
    assert 'value="0"' in render_job(dataclasses.replace(started, progress=empty))
    assert render_job(None) == ""


def test_counts_are_said_in_words_and_in_order():
    page = render_job(job("done", counts={"replay": 50, "learnt": 5, "own_count": 2}))
    assert "learnt from: 5 · rows of the starter: 50 · own count: 2" in page


def test_the_list_names_who_how_why_and_folds_the_log_away():
    done = job(
        "done",
        ended=NOON + timedelta(seconds=7),
        candidate="pridemm-fake-r1",
        log=("12:00:05 starting", "12:00:12 done"),
    )
    refused = job("refused", by="every 5 decisions", reason="Nothing is new.", ended=NOON)
    page = render_jobs([refused, done])
    for part in (
        "every 5 decisions",
        "Not started",
        "Nothing is new.",
        "<strong>pridemm-fake-r1</strong>",
        "after 7 s",
        "<summary>Log, 2 lines, times in UTC</summary>",
        "12:00:05 starting\n12:00:12 done",
    ):
        assert part in page
    assert page.index("Not started") < page.index("pridemm-fake-r1")


def test_a_long_list_is_cut_and_says_so():
    page = render_jobs([job("done") for _ in range(SHOWN + 3)])
    assert page.count('<th scope="row">') == SHOWN
    assert "3 earlier retrainings not shown." in page
    assert "not shown" not in render_jobs([job("done") for _ in range(SHOWN)])


def test_without_retrainings_the_page_says_so():
    assert "Nothing was retrained yet" in render_jobs([])


def counter(**changes):
    facts = {"project": "cats", "title": "Cats", "every": 50, "since": 20, "left": 30}
    return Counter(**(facts | changes))


def test_each_project_says_when_its_next_retraining_begins():
    page = render_counters(
        [
            counter(),
            counter(title="Dogs", every=0, left=None, since=1),
            counter(title="Owls", since=60, left=0, note="Unknown: x."),
        ]
    )
    assert "<strong>Cats</strong>: 20 decisions since the last retraining began" in page
    assert "the next begins by itself in 30, as every 50." in page
    assert "width:40.0%" in page
    assert "<strong>Dogs</strong>: 1 decision since the last retraining began; retrained on" in page
    assert "the next is due and begins with a save" in page
    assert "width:100.0%" in page
    assert page.count("mc-meter") == 2
    assert "Unknown: x." in page
    assert render_counters([]) == ""


def test_a_backup_says_when_it_was_last_whole_and_what_is_wrong():
    assert render_backup(None) == render_backup(BackupStatus(repository="")) == ""
    fresh = render_backup(BackupStatus(repository="ada/backup"))
    assert "<code>ada/backup</code>: not complete yet." in fresh
    whole = render_backup(BackupStatus(repository="ada/backup", last=NOON))
    assert "last complete at 1" in whole
    broken = render_backup(BackupStatus(repository="ada/backup", last=NOON, error="No network."))
    assert "No network." in broken
    assert "last complete at" in broken
    losing = render_backup(BackupStatus(repository="", warning="All is lost."))
    assert "All is lost." in losing


def test_everything_of_a_job_is_escaped():
    pages = [
        render_job(job("failed", reason=HOSTILE)),
        render_jobs([job("failed", by=HOSTILE, reason=HOSTILE, candidate=HOSTILE, log=(HOSTILE,))]),
        render_counters([counter(title=HOSTILE, note=HOSTILE)]),
        render_backup(BackupStatus(repository=HOSTILE, error=HOSTILE)),
    ]
    for page in pages:
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
