"""What the page Label is sent, from hand-made objects."""

from __future__ import annotations

import base64
import io
import json
from datetime import UTC, datetime

from PIL import Image

from memeclip_core.records.project import Project, ProjectMeme, Suggestion
from memeclip_core.records.queue import HistoryEntry, Page, PageRow, QueueCounts, Recent, WorkItem
from memeclip_core.ui.pages.label.views import (
    THUMB_SIDE,
    render_counts,
    render_history,
    render_item,
    render_page,
    render_preview,
    render_project,
    render_recent,
    render_thumb,
)
from tests.factories.queues import START, TASKS

MEME = ProjectMeme(
    id="a" * 64, filename="cat.png", text="words", text_source="file", image="x.png", width=3,
    height=2, given={"hate": ("yes",)}, gold=True, added=START,
)  # fmt: skip
HINT = Suggestion(labels=("yes",), probabilities={"no": 0.25, "yes": 0.75}, model="m1")


def make_item(**changes) -> WorkItem:
    facts = {
        "meme": MEME, "position": 7, "suggestions": {"hate": HINT}, "hidden": False, "model": "m1",
        "state": "pending", "labels": {}, "note": "", "returned": False, "return_reason": "",
        "flagged": False, "flag_reason": "", "lease_until": START, "version": 2,
        "order": "margin", **changes,
    }  # fmt: skip
    return WorkItem(**facts)


def test_a_project_says_its_questions_and_conditions():
    project = Project(key="cats", title="Cats", tasks=TASKS, created=START, by="root", version=3)
    sent = json.loads(json.dumps(render_project(project, reviews=False)))
    assert (sent["key"], sent["version"], sent["reviews"]) == ("cats", 3, False)
    assert [task["kind"] for task in sent["tasks"]] == ["multiclass", "multilabel"]
    assert sent["tasks"][0]["labels"][1] == {"name": "yes", "display": "Yes", "hint": ""}
    assert sent["tasks"][0]["applies"] is None


def test_an_item_never_tells_what_the_import_said():
    sent = render_item(make_item())
    assert "given" not in sent and "gold" not in sent
    assert sent["suggestions"]["hate"] == {
        "labels": ["yes"], "probabilities": {"no": 0.25, "yes": 0.75}, "model": "m1",
    }  # fmt: skip
    assert (sent["image"], sent["position"], sent["leaseUntil"]) == (True, 7, START.timestamp())
    assert json.loads(json.dumps(sent))["version"] == 2


def test_a_hidden_suggestion_does_not_reach_the_browser():
    sent = render_item(make_item(hidden=True))
    assert sent["hidden"] is True
    assert sent["suggestions"] == {}


def test_counts_decisions_pages_and_histories_are_plain():
    counts = QueueCounts(
        pending=1, draft=2, done=3, skipped=4, flagged=5, returned=6, total=7, to_retraining=8
    )
    assert render_counts(counts) == {
        "pending": 1, "draft": 2, "done": 3, "skipped": 4, "flagged": 5, "returned": 6,
        "total": 7, "toRetraining": 8, "closed": False,
    }  # fmt: skip
    time = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    recent = Recent(
        save="s", meme="m", filename="f", action="label", labels={"hate": ("yes",)}, time=time
    )
    [one] = render_recent([recent])
    assert (one["time"], one["labels"]) == ("2026-05-06T07:08:09Z", {"hate": ["yes"]})
    row = PageRow(
        id="m", position=1, filename="f", text="t", state="done", labels={}, model_labels={},
        probability={}, hidden=False, flagged=True, returned=False, has_image=True,
    )  # fmt: skip
    page = render_page(Page(rows=(row,), page=2, pages=3, size=1, total=3, order="import"))
    assert (page["page"], page["pages"], page["total"]) == (2, 3, 3)
    assert page["rows"][0]["image"] is True
    entry = HistoryEntry(
        save="s", time=time, who="ann", action="label", old={}, new={"hate": ("no",)}, note="n",
        predicted={"hate": ("yes",)}, model="m1", shown=True, verdict="corrected", seconds=1.5,
        version=1,
    )  # fmt: skip
    [told] = render_history([entry])
    assert (told["who"], told["verdict"], told["seconds"]) == ("ann", "corrected", 1.5)


def webp(size: tuple[int, int]) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(sink, "WEBP")
    return sink.getvalue()


def test_pictures_are_data_uris_and_small_ones_small():
    data = webp((900, 600))
    head, _, body = render_preview(data).partition(",")
    assert (head, base64.b64decode(body)) == ("data:image/webp;base64", data)
    small = Image.open(io.BytesIO(base64.b64decode(render_thumb(data).partition(",")[2])))
    assert small.size == (THUMB_SIDE, THUMB_SIDE * 2 // 3)
    assert render_preview(b"") == render_thumb(b"") == ""
