"""Retrain, watch, promote, discard, roll back, export."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import sha256

from memeclip_core.app.backup import BackupStatus
from memeclip_core.models import catalogue, retraining_steps
from tests.factories.page_records import NOON, job, press, visit
from tests.factories.people import add_user
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import until
from tests.ui.conftest import build_page

LABELS = {"hate": ("Hate",), "target": ("Individual",), "stance": ("Oppose",)}
LABELS["humour"] = ("Humour",)


def correct(page, *colours):
    for colour in colours or ((10, 20, 30), (200, 10, 10)):
        data = draw_png(colour)
        text = sha256(data).hexdigest()
        seen = page.studio.predict(data, "a.png", task_set="pridemm", text=text)
        page.studio.correct(page.studio.owner(), prediction=seen, data=data, labels=LABELS)


def wait(page):
    """Tick as the page does until the job has ended; return the last updates."""

    def tick():
        updates = page.on_models.on_tick("pridemm", "something older", visit())
        return updates if page.models.jobs in updates else None

    return until(tick, "the job did not end")


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


def test_a_candidate_that_is_worse_is_promoted_only_where_the_box_is_ticked(page, monkeypatch):
    monkeypatch.setattr(catalogue, "_worse", lambda manifest: ("hate",))
    correct(page)
    page.on_models.on_retrain("pridemm", visit())
    wait(page)
    w, before = page.models, page.studio.status("pridemm").model.version
    assert page.on_models.on_refresh("pridemm", visit())[w.although_worse]["visible"] is True
    refused = page.on_models.on_promote("pridemm", visit())
    assert "clearly worse" in refused[w.message]
    assert page.studio.status("pridemm").model.version == before
    promoted = page.on_models.on_promote("pridemm", visit(), True)
    assert "answers from now on" in promoted[w.message]
    assert promoted[w.although_worse]["visible"] is False


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
    followed = page.on_models.on_tick("pridemm", "j1 running", visit())
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
    assert updates[page.models.history].count('<th scope="row">') == 4
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


def test_the_page_shows_jobs_with_logs_scores_and_the_way_to_the_next(page):
    page.studio.projects.create(
        page.studio.owner(), key="cats", title="Cats", task_set="pridemm", retrain_every=40
    )
    correct(page)
    w = page.models
    refreshed = page.on_models.on_refresh("pridemm", visit())
    assert "Nothing was retrained yet" in refreshed[w.jobs]
    assert "the next begins by itself in 40, as every 40." in refreshed[w.counters]
    assert refreshed[w.backup] == ""
    assert "No version was measured yet" in refreshed[w.scoring]
    assert refreshed[w.scores]["visible"] is False
    assert refreshed[w.push]["visible"] is False
    page.on_models.on_retrain("pridemm", visit())
    ended = wait(page)
    assert "pridemm-fake-r1 is written and waits for a verdict" in ended[w.jobs]
    assert "memes decided: 2" in ended[w.jobs]
    assert ended[w.scores]["visible"] is True
    figure = ended[w.scores]["value"]
    drawn = {trace.name: trace for trace in figure.data}
    assert set(drawn) == {task.title for task in page.studio.task_set("pridemm")}
    # The tiny starter was never measured.
    assert [round(x) for x in drawn["Hateful?"].x] == [1]
    assert all(spread >= 0 for spread in drawn["Hateful?"].error_y.array)
    assert list(figure.layout.xaxis.ticktext) == ["pridemm-fake", "pridemm-fake-r1"]


def make_flips(page, monkeypatch):
    """Retrain into a candidate that answers every held-out meme the other way round."""
    decide = retraining_steps.decide_task

    def opposite(model, task, rows):
        labels, decisions = decide(model, task, rows)
        return labels, decisions[:, ::-1] if model.origin == "retrained" else decisions

    monkeypatch.setattr(retraining_steps, "decide_task", opposite)
    correct(page, *((n, 20, 30) for n in range(12)))
    page.on_models.on_retrain("pridemm", visit())
    return wait(page)


def test_a_reviewer_looks_at_memes_that_flip_and_they_are_blurred(page, monkeypatch):
    w = page.models
    ended = make_flips(page, monkeypatch)
    assert ended[w.flipping]["visible"] is True
    assert 'data-index="0"' in ended[w.flips]
    assert ended[w.flip] == ""
    shown = page.on_models.on_flip("pridemm", visit(), press(0))
    assert "data-blurred" in shown[w.flip]
    assert "data:image/jpeg;base64," in shown[w.flip]
    for wrong in (-1, 9999, None, "0"):
        said = page.on_models.on_flip("pridemm", visit(), press(wrong))
        assert "mc-error" in said[w.message]
    page.on_models.on_discard("pridemm", visit())
    gone = page.on_models.on_flip("pridemm", visit(), press(0))
    assert "No candidate is waiting" in gone[w.message]


def test_whoever_is_no_reviewer_sees_no_flips(tiny_settings, tmp_path, monkeypatch):
    users = tmp_path / "users.json"
    for name, role in (("ann", "annotator"), ("rev", "reviewer")):
        add_user(users, name=name, role=role, password="correct horse")
    own = build_page(build_tiny_studio(tiny_settings))
    make_flips(own, monkeypatch)
    page = build_page(build_tiny_studio(replace(tiny_settings, auth=users)))
    w = page.models
    for name in ("ann", None):
        shown = page.on_models.on_refresh("pridemm", visit(name))
        assert shown[w.flipping]["visible"] is False
        assert shown[w.flips] == ""
        assert "mc-error" in page.on_models.on_flip("pridemm", visit(name), press(0))[w.message]
    seen = page.on_models.on_refresh("pridemm", visit("rev"))
    assert "data-index" in seen[w.flips]
    assert "data:image" in page.on_models.on_flip("pridemm", visit("rev"), press(0))[w.flip]


def test_a_visitor_sees_no_counters_and_no_backup(visited):
    shown = visited.on_models.on_refresh("pridemm", visit())
    assert shown[visited.models.counters] == shown[visited.models.backup] == ""
    assert "those who may correct" in shown[visited.models.jobs]
    assert "mc-error" in visited.on_models.on_push("pridemm", visit())[visited.models.message]


def test_an_admin_backs_up_and_learns_how_it_went(page, monkeypatch):
    w = page.models
    states = [
        BackupStatus(repository="ada/backup", error="No network."),
        BackupStatus(repository="ada/backup", last=NOON),
    ]
    monkeypatch.setattr(page.studio.backup, "_try", lambda: None)
    monkeypatch.setattr(page.studio.backup, "_status", states[0])
    failed = page.on_models.on_push("pridemm", visit())
    assert "No network." in failed[w.backup]
    assert w.message not in failed
    assert failed[w.push]["visible"] is True
    monkeypatch.setattr(page.studio.backup, "_status", states[1])
    assert "Everything is backed up." in page.on_models.on_push("pridemm", visit())[w.message]


def test_a_retraining_that_began_by_itself_is_noticed_and_followed(page, monkeypatch):
    w = page.models
    page.studio.projects.create(
        page.studio.owner(), key="cats", title="Cats", task_set="pridemm", retrain_every=40
    )
    waiting = page.on_models.on_refresh("pridemm", visit())
    assert waiting[w.timer] == {"active": True, "value": 6.0, "__type__": "update"}
    assert waiting[w.seen] == ""
    assert page.on_models.on_tick("pridemm", "", visit()) == {w.seen: ""}
    monkeypatch.setattr(page.studio, "jobs", lambda task_set: (job("running"),))
    noticed = page.on_models.on_tick("pridemm", "", visit())
    assert "epoch 3 of 12" in noticed[w.job]
    assert noticed[w.seen] == "j1 running"
    assert noticed[w.timer]["value"] == 1.0
    assert noticed[w.cancel]["visible"] is True
    assert noticed[w.retrain]["interactive"] is False


def test_one_that_began_and_ended_between_two_looks_is_shown_too(page, monkeypatch):
    monkeypatch.setattr(page.studio, "jobs", lambda task_set: (job("refused", reason="Why."),))
    shown = page.on_models.on_tick("pridemm", "", visit())
    assert "Why." in shown[page.models.jobs]
    assert shown[page.models.seen] == "j1 refused"
