"""The dashboard's numbers in words."""

from dataclasses import replace

from memeclip_core.ui.pages.dashboard.views import (
    render_agreeing,
    render_models,
    render_people,
    render_progress,
    render_task,
)
from tests.factories.page_records import HOSTILE, model_info
from tests.factories.queues import KEY, REV, make_table
from tests.factories.reviews import HATE, NONE, make_panel


def draw(tmp_path, person=None, *, models=()):
    panel = make_panel(tmp_path, models=lambda key: models)
    panel.desk.predict(make_table([0.9] * 8))
    for number in range(3):
        panel.say(HOSTILE, number, HATE, shown=True, seconds=5)
        panel.say("bob", number, NONE, shown=False, seconds=9)
    panel.skip("bob", 5)
    return panel.reviews.dashboard(REV, KEY, person)


def work_on(board):
    """Return the board after some hours of work, from which a pace says something."""
    hours = tuple(replace(one, decisions=one.decisions or 1) for one in board.hours)
    return replace(board, hours=hours)


def test_progress_in_tiles(tmp_path):
    page = render_progress(work_on(draw(tmp_path)))
    for value, name in (
        ("3", "of 8 memes labelled"), ("3", "finished"), ("6", "decisions that count"),
        ("1", "skipped"), ("0", "flagged"), ("12 days left", "at the pace"), ("7 s", "median time"),
    ):  # fmt: skip
        assert f"<strong>{value}</strong> <span>{name}" in page
    assert 'value="37.5"' in page


def test_how_long_it_takes_in_words(tmp_path):
    early = draw(tmp_path)
    assert "no pace yet" in render_progress(early)
    board = work_on(early)
    done = render_progress(replace(board, wanted=0))
    assert "<strong>finished</strong> <span>nothing more is wanted" in done
    assert "at the pace" not in done
    assert "<strong>finished" not in render_progress(replace(board, wanted=0, memes=0, labelled=0))
    assert "no pace yet" in render_progress(replace(board, days_left=float("nan")))
    assert "under a day left" in render_progress(replace(board, days_left=0.2))
    assert "1 day left" in render_progress(replace(board, days_left=1.0))


def test_one_person_has_no_pace_of_the_project(tmp_path):
    page = render_progress(draw(tmp_path, "bob"))
    assert "days left" not in page
    assert "<strong>9 s</strong>" in page


def test_people(tmp_path):
    page = render_people(draw(tmp_path))
    assert '<th scope="row">bob</th><td>3</td><td>3</td><td>9 s</td><td>1</td>' in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    empty = make_panel(tmp_path / "empty").reviews.dashboard(REV, KEY)
    assert "Nobody has labelled anything yet" in render_people(empty)


def test_agreement_in_a_sentence_per_task(tmp_path):
    page = render_agreeing(draw(tmp_path))
    assert page.count("<li>") == 2
    assert "Two people say the same of a meme in 0 % of cases" in page
    assert render_agreeing(draw(tmp_path / "own", "bob")) == ""


def test_models_and_what_became_of_their_suggestions(tmp_path):
    page = render_models(draw(tmp_path, models=(model_info("m1"), model_info("m0", "retired"))))
    assert "<td>6</td><td>50 %</td><td>6</td>" in page
    assert "Hate: accuracy 0.700, n = 10" in page
    gone = render_models(draw(tmp_path / "gone"))
    assert "no longer here" in gone
    none = make_panel(tmp_path / "none").reviews.dashboard(REV, KEY)
    assert "No trained model" in render_models(none)


def test_a_task_says_of_how_many_memes(tmp_path):
    tied, _ = draw(tmp_path / "even").tasks
    assert "People are even on each meme" in render_task(tied)
    hate, tone = draw(tmp_path / "own", "bob").tasks
    assert "3 memes; the model&#x27;s of 3 of them." in render_task(hate)
    assert "several labels may go together" in render_task(replace(tone, memes=3))
    silent = replace(hate, memes=0, confirmed=0, corrected=0, unaided=0)
    assert "Nobody has answered this yet" in render_task(silent)
