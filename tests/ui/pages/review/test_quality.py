"""People's quality in words."""

from memeclip_core.ui.pages.review.quality import render_quality
from tests.factories.page_records import HOSTILE
from tests.factories.queues import KEY, REV, TASKS, make_table, meme_id
from tests.factories.reviews import HATE, NONE, make_panel


def filled(tmp_path, *, predicted=False):
    panel = make_panel(tmp_path)
    if predicted:
        panel.desk.predict(make_table([0.9, 0.1] * 4))
    for number in range(6):
        panel.say(HOSTILE, number, NONE if number % 2 else HATE)
        panel.say("bob", number, HATE if number == 5 else NONE if number % 2 else HATE)
    panel.say("zoe", 7, HATE)
    return panel


def render(panel):
    return render_quality(panel.reviews.quality(REV, KEY), TASKS)


def test_the_method_and_every_person_are_named(tmp_path):
    page = render(filled(tmp_path, predicted=True))
    assert "CROWDLAB, which weighs each person and the model m1" in page
    assert "bob" in page
    assert "corrected for chance: 1 is perfect" in page
    assert "never any label has a quality of 0 and equals the consensus in" in page
    assert "83 %" in page or "100 %" in page
    assert "a reason to talk, not a verdict" in page


def test_without_predictions_it_says_how_it_is_measured_then(tmp_path):
    page = render(filled(tmp_path))
    assert "how often a person says what the others say" in page
    assert "there are no predictions of a model" in page
    assert page.count("n/a: nobody else labelled a meme") == 2  # once a task


def test_unsure_memes_can_be_opened(tmp_path):
    page = render(filled(tmp_path))
    assert f'data-meme="{meme_id(5)}"' in page
    assert "The 1 least certain memes" in page


def test_nobody_can_be_compared_yet(tmp_path):
    page = render(make_panel(tmp_path))
    assert page.count("Not known yet: no meme was labelled by two people") == 2


def test_names_are_escaped(tmp_path):
    page = render(filled(tmp_path))
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
