"""A candidate beside the active model, class by class and meme by meme."""

import dataclasses
import math

import pytest

from memeclip_core.records.model import ClassChange, Flip
from memeclip_core.ui.pages.models.comparison import (
    SHOWN,
    list_flips,
    render_candidate,
    render_flips,
    render_look,
)
from tests.factories.page_records import HOSTILE, compared, job, metric, model_info, pridemm

MEME = "ab" * 32


@pytest.mark.parametrize(
    ("value", "p", "verdict"),
    [
        (0.65, 0.01, "<strong>better</strong>"),
        (0.55, 0.049, "<strong>worse</strong>"),
        (0.55, 0.05, "<em>no clear change</em>"),
        (0.9, 0.3, "<em>no clear change</em>"),
    ],
)
def test_a_candidate_is_better_only_where_the_rows_hardly_say_so_by_chance(value, p, verdict):
    done = job("done", comparison=(compared(metric(0.6), metric(value), p),))
    page = render_candidate(model_info("re-1", "candidate"), model_info(), done, pridemm())
    assert verdict in page
    assert "0.600 (0.50 to 0.70)" in page
    assert "<td>2</td>" in page


def test_a_score_that_is_no_number_says_why():
    nothing = metric(math.nan, math.nan, math.nan, "only one class present")
    done = job("done", comparison=(compared(nothing, nothing),))
    page = render_candidate(model_info("re-1", "candidate"), model_info(), done, pridemm())
    assert "n/a <em>only one class present</em>" in page
    assert "better" not in page


def test_rows_that_are_not_there_yet_are_one_sentence():
    nothing = metric(math.nan, math.nan, math.nan, "there are no rows")
    empty = dataclasses.replace(compared(nothing, nothing), n=0)
    known = dataclasses.replace(compared(metric(0.6), metric(0.6)), rows="replay")
    done = job("done", comparison=(empty, known))
    page = render_candidate(model_info("re-1", "candidate"), model_info(), done, pridemm())
    assert "there are no rows" not in page
    assert "No corrected meme is kept aside yet" in page
    assert page.count('<th scope="row">') == 1


def test_without_candidate_or_comparison_the_page_says_so():
    assert "No candidate is waiting" in render_candidate(None, model_info(), None, pridemm())
    page = render_candidate(model_info("re-1", "candidate"), None, None, pridemm())
    assert "no comparison on record" in page
    assert "no active model" in page


def change(label, before, after, p):
    return ClassChange(label=label, n=4, active=metric(before), candidate=metric(after), p=p)


def test_classes_are_folded_away_and_the_summary_names_those_that_changed():
    row = dataclasses.replace(
        compared(metric(0.6), metric(0.7)),
        classes=(change("No Hate", 0.6, 0.61, 0.8), change("Hate", 0.5, 0.9, 0.01)),
    )
    page = render_candidate(
        model_info("re-1", "candidate"), model_info(), job("done", comparison=(row,)), pridemm()
    )
    assert "Hateful?, corrected memes kept aside, class by class: <em>better: Hate</em>" in page
    assert "0.900 (0.50 to 0.70) <strong>better</strong>" in page
    assert "0.610 (0.50 to 0.70) <em>no clear change</em>" in page
    same = dataclasses.replace(row, classes=(change("Hate", 0.5, 0.5, 1.0),))
    page = render_candidate(
        model_info("re-1", "candidate"), model_info(), job("done", comparison=(same,)), pridemm()
    )
    assert "<em>no class clearly changed</em>" in page


def flip(meme=MEME, truth=("Hate",), active=("No Hate",), candidate=("Hate",)):
    return Flip(meme=meme, truth=truth, active=active, candidate=candidate)


def flipping(*flips, rows="corrected", total=None):
    row = compared(metric(0.6), metric(0.7))
    return dataclasses.replace(row, rows=rows, flips=total or len(flips), flipped=flips)


@pytest.mark.parametrize(
    ("active", "candidate", "said"),
    [
        (("No Hate",), ("Hate",), "<strong>put right</strong>"),
        (("Hate",), ("No Hate",), "<strong>now wrong</strong>"),
        (("No Hate",), ("x",), "<em>as wrong</em>"),
    ],
)
def test_a_flip_says_what_each_says_and_whether_it_is_right(active, candidate, said):
    page = render_flips([flipping(flip(active=active, candidate=candidate))], pridemm())
    assert 'data-index="0"' in page
    assert "Look at <code>abababab</code>" in page
    assert MEME not in page
    assert said in page


def test_memes_of_the_starter_are_counted_and_not_listed():
    page = render_flips([flipping(flip(), flip(), rows="replay")], pridemm())
    assert "No answer to a corrected meme changes." in page
    assert "2 answers to the starter's validation rows changed too" in page
    assert "data-index" not in page


def test_what_the_corrections_changed_is_said_above_the_list():
    page = render_flips([flipping(flip())], pridemm())
    said = page.partition("</ul>")[0]
    assert "What the corrections changed" in said
    assert flip().meme[:8] in said and "corrected memes kept aside change" in said


def test_a_long_list_is_cut_numbered_as_shown_and_says_so():
    many = [flip(meme=f"{n:064x}") for n in range(SHOWN + 1)]
    comparison = [flipping(flip(), rows="replay"), flipping(*many, total=SHOWN + 7)]
    page = render_flips(comparison, pridemm())
    listed = list_flips(comparison)
    assert len(listed) == SHOWN == page.count("data-index")
    assert listed[3] == ("hate", many[3])
    assert "7 more." in page


def test_a_picture_is_blurred_whatever_the_page_says():
    page = render_look(flip().meme, "data:image/jpeg;base64,xx", "words")
    assert '<figure class="mc-picture mc-flip" data-blurred>' in page
    assert 'tabindex="0"' in page
    assert "words" not in page


def test_a_meme_without_picture_shows_its_text_as_text():
    page = render_look(flip().meme, "", HOSTILE)
    assert "&lt;img src=x" in page
    assert "<img" not in page.replace("&lt;img", "")


def test_everything_people_typed_is_escaped():
    pages = [
        render_candidate(model_info(HOSTILE), model_info(HOSTILE), None, pridemm()),
        render_flips([flipping(flip(truth=(HOSTILE,), meme=HOSTILE))], pridemm()),
        render_flips([dataclasses.replace(flipping(flip()), task=HOSTILE)], pridemm()),
    ]
    for page in pages:
        assert "<img src=x" not in page
        assert "&lt;img" in page
