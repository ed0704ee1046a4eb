"""Signed bars of cosines."""

import dataclasses
import math

from memeclip_core.ui.pages.analyse.bars import render_bars
from tests.factories.page_records import HOSTILE, answer, pridemm


def test_every_class_has_a_bar_on_the_scale_with_its_sign_and_its_numbers():
    task = pridemm().task("hate")
    item = answer(task)
    page = render_bars(item.scores, item.labels, 0.5)
    assert "--own:0.8400;--whole:0.4200" in page
    assert "--own:0.2200;--whole:0.1100" in page
    assert "<s" not in page.replace("<span", "")
    assert page.count("mc-minus") == 1
    assert page.count("●") == 1
    assert "<b>+0.42</b><em>70 %</em>" in page
    assert "<span>\N{MINUS SIGN}0.50</span><span>0</span><span>+0.50</span>" in page
    assert "<span>\N{MINUS SIGN}1.00</span><span>0</span><span>+1.00</span>" in page
    assert "--own:1.0000" in render_bars(item.scores, (), 0.2)


def test_what_it_was_before_the_text_was_edited_stands_behind_the_bar():
    task = pridemm().task("hate")
    item = answer(task)
    past = dataclasses.replace(item.scores[0], cosine=-0.2, probability=0.55)
    page = render_bars(item.scores, item.labels, 0.5, {"No Hate": past})
    assert '<s class="mc-minus" style="--own:0.4000;--whole:0.2000"></s>' in page
    assert page.count("was 55 %") == 1


def test_a_press_on_a_name_picks_the_class_where_that_is_possible():
    task = pridemm().task("hate")
    item = answer(task)
    page = render_bars(item.scores, item.labels, picked="Hate")
    assert page.count("<button") == 2
    assert 'data-label="Hate" aria-pressed="true"' in page
    assert 'data-label="No Hate" aria-pressed="false"' in page
    assert "<button" not in render_bars(item.scores, item.labels)


def test_what_is_no_number_has_no_length_and_names_are_escaped():
    item = answer(pridemm().task("hate"))
    broken = dataclasses.replace(item.scores[0], probability=math.nan, cosine=math.nan)
    assert "--own:0.0000" in render_bars((broken,), ())
    hostile = tuple(dataclasses.replace(score, display=HOSTILE) for score in item.scores)
    shown = render_bars(hostile, item.labels, picked="")
    assert "<img" not in shown and "&lt;img" in shown
