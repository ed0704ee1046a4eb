"""Header, warning, messages, receipts."""

from pathlib import Path

from memeclip_core.app.assets import Sample
from memeclip_core.records.decision import Person, SaveReceipt
from memeclip_core.ui import frame as views_page
from memeclip_core.ui.formats import clock
from tests.factories.page_records import HOSTILE, NOON, model_info, status


def test_the_header_says_what_answers():
    page = views_page.render_status(status())
    for fact in ("fake", "0123456789ab", "starter-1", "reads the text only", "rapidocr", "3 memes"):
        assert fact in page
    assert "Loading" not in page


def test_the_header_says_when_nothing_is_trained_or_loaded():
    page = views_page.render_status(status(model=None, warm=False, fingerprint=""))
    assert "none trained: zero-shot" in page
    assert "the first answer takes a few seconds more" in page
    assert "<code>" not in page


def test_whose_memes_the_heads_know_stands_below_the_status():
    shown = views_page.render_status(status(description="memes about <cats>", notes=("weak",)))
    assert shown.index("memes about &lt;cats&gt;") < shown.index("weak")


def test_a_sample_says_what_it_is_for():
    samples = {Sample(path=Path("x"), title="A", task_set="pridemm"): "data:,"}
    assert "for Pride &amp; all" in views_page.render_samples(samples, {"pridemm": "Pride & all"})
    assert "<small>" not in views_page.render_samples(samples, {"other": "Other"})


def test_notes_of_the_status_stand_below_it():
    assert "weaker than CLIP" in views_page.render_status(status(notes=("weaker than CLIP",)))
    assert "mc-notes" not in views_page.render_status(status())


def test_the_warning_needs_one_press_and_has_a_name():
    assert 'aria-labelledby="mc-warning-title"' in views_page.WARNING
    assert 'method="dialog"' in views_page.WARNING
    assert views_page.WARNING.count("<button") == 2


def test_a_save_names_its_time_and_the_edited_text():
    receipt = SaveReceipt(save="s", time=NOON, rows=4, total=4)
    page = views_page.render_saved(receipt, False)
    assert f"Saved {clock(NOON)}: 4 labels." in page
    assert "text as you edited it" in views_page.render_saved(receipt, True)


def test_a_second_save_says_since_when_it_is_there():
    receipt = SaveReceipt(save="s", time=NOON, rows=0, total=4)
    assert f"this was already saved at {clock(NOON)}" in views_page.render_saved(receipt, False)


def test_an_undo_says_what_it_took_back():
    receipt = SaveReceipt(save="s", time=NOON, rows=1, total=5)
    assert "took back your last save (1 label)" in views_page.render_undone(receipt)


def test_a_person_reads_who_they_are_or_why_they_cannot_write():
    ann = Person(name="ann", role="annotator")
    assert "You are ann (annotator)." in views_page.render_person(ann, "")
    page = views_page.render_person(ann, "Sign in.")
    assert "Sign in." in page
    assert "You are" not in page


def test_reasons_and_errors_are_escaped_and_announced():
    for page in (
        views_page.render_error(HOSTILE),
        views_page.render_info(HOSTILE),
        views_page.render_why(HOSTILE),
        views_page.render_person(Person(name=HOSTILE, role="admin"), ""),
        views_page.render_status(status(encoder=HOSTILE, model=model_info(HOSTILE))),
        views_page.render_samples({Sample(path=Path("x"), title=HOSTILE): "data:,"}),
    ):
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
    assert 'role="alert"' in views_page.render_error("no")
    assert views_page.render_why("") == ""
