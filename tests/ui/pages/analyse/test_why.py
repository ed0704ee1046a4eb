"""The drawer Why: bars, numbers, and for which task."""

import dataclasses
import math

from memeclip_core.records.explanation import Rule
from memeclip_core.ui.pages.analyse.explanations import Explained
from memeclip_core.ui.pages.analyse.why import (
    FEW,
    list_scores,
    pick_task,
    render_bars,
    render_scores,
    render_why,
    why_updates,
)
from tests.factories.page_records import HOSTILE, answer, prediction, pridemm, propaganda, scores


def rule(label):
    return Rule(
        task="hate", label=label, other="", cosine=0.42, against=0.11, scale=30.0, temperature=1.0,
        slope=None, offset=None, logit=9.3, others={}, probability=0.7, base=None, axis=0.5,
        sentence="(0.42 \N{MINUS SIGN} 0.11) \N{MULTIPLICATION SIGN} 30 = 9.3 → 70 %",
    )  # fmt: skip


def test_the_drawer_explains_the_chosen_task_or_else_the_first():
    assert pick_task(pridemm(), "humour") == "humour"
    assert pick_task(pridemm(), "techniques") == pick_task(pridemm(), "") == "hate"


def test_the_answer_is_named_with_what_it_means():
    task = pridemm().task("hate")
    page = render_why(task, answer(task), rule("No Hate"), {})
    assert "<h2>Why “No hate”?</h2>" in page
    assert task.label("No Hate").hint in page
    assert "No hate: (0.42 \N{MINUS SIGN} 0.11) \N{MULTIPLICATION SIGN} 30 = 9.3 → 70 %" in page
    many = propaganda().tasks[0]
    page = render_why(many, answer(many, ()), rule(many.names[0]), {})
    assert "Why “None of these”?" in page


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


def test_few_classes_keep_their_order_and_many_show_the_likeliest():
    hate, many = pridemm().task("hate"), propaganda().tasks[0]
    assert [s.label for s in list_scores(scores(hate, 1))] == ["No Hate", "Hate"]
    ordered = list_scores(scores(many, 5))
    assert len(ordered) == 22
    assert ordered[0].label == many.names[5]
    page = render_why(many, answer(many), rule(many.names[5]), {})
    assert page.count("<li") == FEW
    assert "Cosine to the likeliest classes" in page


def test_the_table_has_every_class_with_all_its_numbers():
    task = propaganda().tasks[0]
    item = answer(task)
    page = render_scores(item, list_scores(item.scores))
    assert page.count("<tr") == 23
    assert "<td>0.700</td><td>n/a</td><td>+0.420</td>" in page
    assert "A class counts from 0.300." in page
    based = tuple(dataclasses.replace(score, base=0.66) for score in item.scores)
    assert "<td>0.660</td>" in render_scores(dataclasses.replace(item, scores=based), based)


def test_numbers_that_are_none_are_said():
    task = pridemm().task("hate")
    item = answer(task)
    broken = dataclasses.replace(item.scores[0], probability=math.nan, cosine=math.nan)
    assert "<td>n/a</td><td>n/a</td>" in render_scores(item, (broken,))
    assert "--own:0.0000" in render_bars((broken,), ())


def test_every_part_of_the_drawer_is_filled(page):
    tasks = propaganda()
    own = rule(tasks.tasks[0].names[0])
    updates = why_updates(page.w.why, tasks, prediction(tasks), "techniques", own, Explained())
    assert set(updates) == set(page.w.why.parts)
    assert len(updates[page.w.why.plot].data[0].x) == 22


def test_names_are_escaped():
    task = pridemm().task("hate")
    item = answer(task)
    hostile = tuple(dataclasses.replace(score, display=HOSTILE) for score in item.scores)
    for shown in (render_bars(hostile, item.labels), render_scores(item, hostile)):
        assert "<img" not in shown
        assert "&lt;img" in shown
