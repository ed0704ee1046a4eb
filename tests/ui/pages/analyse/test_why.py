"""The drawer Why: bars, numbers, and for which task."""

import dataclasses
import math

from memeclip_core.ui.pages.analyse.bars import FEW
from memeclip_core.ui.pages.analyse.explanations import Explained
from memeclip_core.ui.pages.analyse.why import (
    list_scores,
    pick_label,
    pick_task,
    render_scores,
    render_why,
    why_updates,
)
from tests.factories.page_records import (
    HOSTILE,
    answer,
    prediction,
    pridemm,
    propaganda,
    rule,
    scores,
)


def test_the_drawer_explains_the_chosen_task_or_else_the_first():
    assert pick_task(pridemm(), "humour") == "humour"
    assert pick_task(pridemm(), "techniques") == pick_task(pridemm(), "") == "hate"


def test_a_class_of_the_task_can_be_chosen():
    assert pick_task(pridemm(), "hate/Hate") == "hate"
    assert pick_label(pridemm(), "hate/Hate") == "Hate"
    assert pick_label(pridemm(), "hate/Oppose") == pick_label(pridemm(), "hate") == ""
    many = propaganda().tasks[0]
    name = "Name calling/Labeling"
    assert pick_label(propaganda(), f"{many.key}/{name}") == name


def test_a_chosen_class_is_drawn_however_unlikely_it_is():
    many = propaganda().tasks[0]
    last = list_scores(scores(many, 5))[-1].label
    page = render_why(many, answer(many), rule(last), {})
    assert page.count("<li") == FEW
    assert page.count('aria-pressed="true"') == 1
    assert f'data-label="{last}" aria-pressed="true"' in page


def test_the_answer_is_named_with_what_it_means():
    task = pridemm().task("hate")
    page = render_why(task, answer(task), rule("No Hate"), {})
    assert "<h2>Why “No hate”?</h2>" in page
    assert task.label("No Hate").hint in page
    assert "No hate: (0.42 \N{MINUS SIGN} 0.11) \N{MULTIPLICATION SIGN} 30 = 9.3 → 70 %" in page
    many = propaganda().tasks[0]
    page = render_why(many, answer(many, ()), rule(many.names[0]), {})
    assert "Why “None of these”?" in page


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
    shown = render_scores(item, hostile)
    assert "<img" not in shown and "&lt;img" in shown
