"""From corrections to a new model in a real Chromium, and back from it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.factories.browser import BROWSER_MARKS

pytestmark = BROWSER_MARKS


def test_retrain_promote_and_roll_back(visit, url, studio, memes):
    v = visit()
    v.open(url)
    for meme in memes[:2]:
        v.upload(meme)
        v.says("#picture", meme.name)
        v.answered()
        v.choose("humour", 1)
        v.page.click("#save")
        v.says("#status", "Saved ")
    v.tab("Models")
    v.says("#counts", "2 memes corrected")
    with v.page.expect_download() as download:
        v.page.click("#export")
    exported = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(exported)))) == 2

    v.page.click("#retrain")
    v.page.wait_for_selector("#job [data-state=done]", timeout=60_000)
    v.says("#candidate", "beside pridemm-fake")
    v.page.click("#promote")
    v.says("#models-message", "answers from now on")
    promoted = studio.status("pridemm").model.version
    assert promoted != "pridemm-fake"
    v.says("#header", promoted)

    # The meme that was open is still there, and the new model answers for it.
    v.tab("Analyse")
    v.says("#picture", "two.png")
    v.tab("Models")
    v.page.click("#roll-back")
    v.says("#models-message", "Rolled back: pridemm-fake answers again")
    assert studio.status("pridemm").model.version == "pridemm-fake"


def test_discard_leaves_no_candidate_and_hostile_notes_stay_text(visit, url, studio, memes):
    hostile = '<img src=x onerror="window.hacked = 1"> {{value}} ${1}'
    v = visit()
    v.open(url)
    v.upload(memes[0])
    v.answered()
    v.page.fill("#text textarea", hostile)
    v.says("#source", "Edited by you")
    v.page.fill("#note textarea, #note input", hostile)
    v.page.click("#save")
    v.says("#status", "Saved ")
    v.tab("Models")
    v.says("#history", hostile)
    assert v.page.evaluate("window.hacked") is None
    v.page.click("#retrain")
    v.page.wait_for_selector("#job [data-state=done]", timeout=60_000)
    v.page.click("#discard")
    v.says("#models-message", "is discarded")
    v.says("#candidate", "No candidate is waiting")
    assert len(studio.models("pridemm")) == 1
