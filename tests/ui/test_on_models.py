"""Retrain, watch, promote, discard, roll back, export."""

from __future__ import annotations

import base64
import time

from tests.studios import draw_png
from tests.ui.examples import job, visit

LABELS = {"hate": ("Hate",), "target": ("Individual",), "stance": ("Oppose",)}
LABELS["humour"] = ("Humour",)


def correct(page, *colours):
    for colour in colours or ((10, 20, 30), (200, 10, 10)):
        data = draw_png(colour)
        seen = page.studio.predict(data, "a.png", task_set="pridemm")
        page.studio.correct(page.studio.owner(), prediction=seen, data=data, labels=LABELS)


def wait(page):
    """Tick as the page does until the job has ended; return the last updates."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        updates = page.on_models.on_tick("pridemm", visit())
        if page.models.timer in updates and updates[page.models.timer]["active"] is False:
            return updates
        time.sleep(0.05)
    raise AssertionError("the job did not end")


def test_without_corrections_retraining_is_off_with_the_reason(page):
    updates = page.on_models.on_refresh("pridemm", visit())
    w = page.models
    assert updates[w.retrain]["interactive"] is False
    assert "No corrections yet" in updates[w.counts]
    assert updates[w.reason] == ""
    assert updates[w.roll_back]["interactive"] is False
    assert "nothing to roll back to" in updates[w.no_way_back]
    assert updates[w.export]["interactive"] is False
    assert updates[w.timer]["active"] is False
    assert updates[w.promote]["interactive"] is False


def test_a_retraining_ends_in_a_candidate_that_can_be_promoted_and_rolled_back(page):
    correct(page)
    w = page.models
    started = page.on_models.on_retrain("pridemm", visit())
    assert started[w.timer]["active"] is True
    ended = wait(page)
    assert ended[w.promote]["interactive"] is True
    assert "beside <strong>pridemm-fake</strong>" in ended[w.candidate]
    before = page.studio.status("pridemm").model.version
    promoted = page.on_models.on_promote("pridemm", visit())
    assert "answers from now on" in promoted[w.message]
    assert page.studio.status("pridemm").model.version != before
    assert promoted[w.promote]["interactive"] is False
    assert promoted[w.roll_back]["interactive"] is True
    assert promoted[w.no_way_back] == ""
    back = page.on_models.on_roll_back("pridemm", visit())
    assert f"Rolled back: {before} answers again." in back[w.message]
    assert back[w.roll_back]["interactive"] is False
    assert page.studio.status("pridemm").model.version == before


def test_a_candidate_can_be_discarded_and_the_corrections_stay(page):
    correct(page)
    page.on_models.on_retrain("pridemm", visit())
    wait(page)
    updates = page.on_models.on_discard("pridemm", visit())
    assert "is discarded; the corrections stay" in updates[page.models.message]
    assert "No candidate is waiting" in updates[page.models.candidate]
    assert len(page.studio.corrections(page.studio.owner(), "pridemm")) == 2
    again = page.on_models.on_discard("pridemm", visit())
    assert "No candidate is waiting" in again[page.models.message]


def test_a_running_job_is_followed_and_can_be_cancelled(page, monkeypatch):
    asked = []

    def cancel(who, job_id):
        asked.append((who.name, job_id))
        return job("cancelled")

    monkeypatch.setattr(page.studio, "jobs", lambda task_set: (job("running"),))
    monkeypatch.setattr(page.studio, "cancel", cancel)
    w = page.models
    followed = page.on_models.on_tick("pridemm", visit())
    assert list(followed) == [w.job]
    assert "epoch 3 of 12" in followed[w.job]
    stopped = page.on_models.on_cancel("pridemm", visit())
    assert asked == [("local", "j1")]
    assert 'data-state="cancelled"' in stopped[w.job]


def test_cancelling_when_nothing_runs_only_refreshes(page):
    updates = page.on_models.on_cancel("pridemm", visit())
    assert updates[page.models.cancel]["visible"] is False


def test_the_history_and_the_export_hold_what_was_saved(page):
    correct(page, (1, 2, 3))
    updates = page.on_models.on_refresh("pridemm", visit())
    assert updates[page.models.history].count("<tr><td>") == 4
    exported = page.on_models.on_export("pridemm", visit())[page.models.exported]
    assert base64.b64decode(exported) == page.studio.export_corrections(
        page.studio.owner(), "pridemm"
    )


def test_a_visitor_sees_no_texts_and_changes_nothing(visited):
    on, w = visited.on_models, visited.models
    shown = on.on_refresh("pridemm", visit())
    assert "those who may correct" in shown[w.history]
    assert "<td>" not in shown[w.history]
    assert "only predicts" in shown[w.reason]
    for button in (w.retrain, w.promote, w.discard, w.roll_back, w.export):
        assert shown[button]["interactive"] is False
    assert w.exported not in on.on_export("pridemm", visit())
    for handler in (on.on_retrain, on.on_roll_back):
        assert "mc-error" in handler("pridemm", visit())[w.message]
    assert visited.studio.jobs("pridemm") == ()
