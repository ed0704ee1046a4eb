"""The header and tables, escaped."""

from dataclasses import replace

from memeclip_core.records.model import ModelCard
from memeclip_core.ui.components import render_status, render_table
from tests.factories.page_records import HOSTILE, model_info, status


def test_the_header_says_what_answers():
    page = render_status(status())
    for fact in ("fake", "0123456789ab", "starter-1", "text only", "rapidocr", "3 memes"):
        assert fact in page
    assert "<summary>About this model</summary>" in page
    assert "MIT for code and weights" in page
    assert "<dt>Rows of the dataset</dt><dd>10</dd>" in page
    trained = replace(model_info(), facts={"train": "4310", "val": "228", "hash": "744d"})
    page = render_status(status(model=trained))
    assert "<dt>Memes trained on</dt><dd>4310</dd>" in page
    assert "<dt>Memes checked on</dt><dd>228</dd>" in page
    assert "744d" not in page


def test_the_header_says_when_nothing_is_trained_or_loaded():
    page = render_status(status(model=None, warm=False, fingerprint=""))
    assert "none trained: zero-shot" in page
    assert "loading…" in page
    assert "<code>" not in page
    assert "Licence" not in page


def test_whose_memes_the_heads_know_stands_before_the_notes():
    shown = render_status(status(description="memes about <cats>", notes=("weak",)))
    assert shown.index("memes about &lt;cats&gt;") < shown.index("weak")


def test_notes_of_the_status_stand_in_it():
    assert "weaker than CLIP" in render_status(status(notes=("weaker than CLIP",)))
    assert "mc-notes" not in render_status(status())


def test_a_starter_says_what_it_is_for_and_what_it_was_taught_on():
    card = ModelCard(use="For people.", data="Old memes.", source=HOSTILE, limits=("Few.", "Old."))
    page = render_status(status(card=card))
    for said in ("For people.", "<h4>Data</h4><p>Old memes.</p>", "<li>Few.</li><li>Old.</li>"):
        assert said in page
    assert "<img" not in page
    assert "What it is for" not in render_status(status())


def test_rows_are_named_and_cells_stand_in_order():
    page = render_table(("Who", "Done"), [("ann", "3"), ("bob", "")], "People")
    assert '<tr><th scope="row">ann</th><td>3</td></tr>' in page
    assert '<tr><th scope="row">bob</th><td></td></tr>' in page
    assert page.index('<th scope="col">Who</th>') < page.index('<th scope="col">Done</th>')


def test_a_table_scrolls_by_keyboard_and_has_a_name():
    page = render_table((), [], "People")
    assert 'tabindex="0" role="region" aria-label="People"' in page
    assert "<caption>People</caption>" in page
    assert "mc-wide" in page
    assert "mc-wide" not in render_table((), [], "People", wide=False)


def test_a_caption_is_escaped():
    assert "<img" not in render_table((), [], HOSTILE)


def test_what_the_header_says_is_escaped():
    page = render_status(status(encoder=HOSTILE, model=model_info(HOSTILE)))
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
