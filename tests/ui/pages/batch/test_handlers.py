"""What happens on the page Batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from memeclip_core.ui.pages.batch import handlers
from memeclip_core.ui.pages.batch.layout import build_batch
from tests.factories.page_records import visit
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import until


class Desk:
    """A page with its handlers, and a batch of three memes and a file that is none."""

    def __init__(self, studio, folder):
        with gr.Blocks(), gr.Tab("Batch") as tab:
            self.on = build_batch(studio, tab)
        self.w, self.studio = self.on.w, studio
        folder.mkdir()
        self.sent = []
        for n in range(4):
            path = folder / f"{n}.png"
            path.write_bytes(draw_png((n, 9, 9)) if n < 3 else b"none")
            self.sent.append({"path": str(path)})

    def start(self):
        """Hand all in and wait; return the batch's id."""
        name = self.on.on_start(self.sent, "", "pridemm", visit())[self.w.batch]
        until(lambda: self.look(name)[self.w.timer]["active"] is False, "the batch did not end")
        return name

    def look(self, name, page=1, shown="", label="", order="", words=""):
        return self.on.on_look(name, page, shown, label, order, words, visit())


@pytest.fixture
def desk(tiny_studio, tmp_path):
    return Desk(tiny_studio, tmp_path / "in")


def test_a_batch_is_started_followed_and_shown(desk):
    started = desk.on.on_start(desk.sent, "", "pridemm", visit())
    w = desk.w
    assert (started[w.files], started[w.body]["visible"]) == (None, True)
    name = desk.start()
    shown = desk.look(name)
    assert "3 memes predicted" in shown[w.job] and "1 failed" in shown[w.job]
    assert "<strong>3.png</strong>" in shown[w.failures]
    assert f"api/v1/batches/{name}/pictures/0" in shown[w.table]
    assert "Models disagree" in shown[w.table]
    assert all(f"format={kind}" in shown[w.files_out] for kind in ("csv", "jsonl", "parquet"))
    assert (shown[w.stop]["visible"], shown[w.resume]["visible"]) == (False, False)


def test_what_was_handed_in_is_deleted_and_what_was_refused_stays(desk, tmp_path):
    desk.studio.uploads.open(tmp_path / "in")
    refused = desk.on.on_start(desk.sent, "", "no such", visit())
    assert "mc-error" in refused[desk.w.message]
    assert all(Path(one["path"]).exists() for one in desk.sent)
    desk.start()
    assert not any(Path(one["path"]).exists() for one in desk.sent)


def test_nothing_handed_in_is_said(desk):
    assert "There is no file" in desk.on.on_start([], "", "pridemm", visit())[desk.w.message]
    refused = desk.on.on_start(desk.sent, "nonsense", "pridemm", visit())
    assert "mc-error" in refused[desk.w.message]


def test_a_reload_finds_the_batch_and_forgets_one_that_is_gone(desk):
    name, w = desk.start(), desk.w
    again = desk.on.on_open(name, visit())
    assert "3 memes predicted" in again[w.job]
    assert again[w.making]["visible"] is True
    assert again[w.label]["choices"][1][1] == "hate\nNo Hate"
    assert ("Hateful? Hate (most probable first)", "hate\nHate") in again[w.order]["choices"]
    gone = desk.on.on_open("ab" * 16, visit())
    assert (gone[w.batch], gone[w.body]["visible"], gone[w.empty]["visible"]) == ("", False, True)
    assert w.batch not in desk.on.on_open("", visit())


def test_the_table_turns_and_filters(desk, monkeypatch):
    monkeypatch.setattr(handlers, "SIZE", 2)
    name, w = desk.start(), desk.w
    first = desk.look(name)
    assert (first[w.back]["interactive"], first[w.forward]["interactive"]) == (False, True)
    second = desk.on.on_forward(name, 1, "", "", "", "", visit())
    assert second[w.page] == 2 and "2.png" in second[w.table] and "1.png" not in second[w.table]
    assert desk.on.on_back(name, 2, "", "", "", "", visit())[w.page] == 1
    assert desk.on.on_filter(name, 2, "", "", "name", "", visit())[w.page] == 1
    found = desk.studio.batches.read(desk.studio.owner(), name).predictions[0]
    own = found.task("hate").labels[0]
    assert "0.png" in desk.look(name, label=f"hate\n{own}")[w.table]
    monkeypatch.setattr(handlers, "SIZE", 9)
    names = desk.studio.task_set("pridemm").tasks[0].names
    both = [desk.look(name, label=f"hate\n{label}")[w.table].count("<img") for label in names]
    assert sum(both) == 3
    found = desk.look(name, words=" 1.PNG")[w.table]
    assert "1.png" in found and "0.png" not in found


def test_stop_go_on_and_a_project(desk):
    name, w = desk.start(), desk.w
    assert "cannot be stopped" in desk.on.on_stop(name, 1, "", "", "", "", visit())[w.message]
    going = desk.on.on_resume(name, 1, "", "", "", "no such words", visit())
    assert "1.png" not in going[w.table]
    until(lambda: desk.look(name)[w.timer]["active"] is False)
    made = desk.on.on_make(name, "Cats", "cats", visit())
    assert "“Cats” is created" in made[w.message]
    assert "mc-error" in desk.on.on_make(name, "Cats", "cats", visit())[w.message]


def test_a_visitor_is_not_offered_a_project(tiny_settings, tmp_path):
    desk = Desk(build_tiny_studio(replace(tiny_settings, host="0.0.0.0")), tmp_path / "in")
    name = desk.start()
    assert desk.on.on_open(name, visit())[desk.w.making]["visible"] is False
    assert "mc-error" in desk.on.on_make(name, "Cats", "cats", visit())[desk.w.message]
