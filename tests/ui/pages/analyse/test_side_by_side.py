"""Several models on one meme, as the drawer shows them."""

import re
from dataclasses import replace

from memeclip_core.explain.disagreement import compare_answers
from memeclip_core.records.explanation import ModelBeside, ScoresBeside
from memeclip_core.ui.pages.analyse.side_by_side import render_scores_beside
from tests.factories.page_records import answer, prediction, pridemm, propaganda


def model(version, role):
    return ModelBeside(version=version, role=role, head="memeclip", encoder="e", reads="text")


def beside(first, second, **more):
    models = (model("a", "active"), model("<b>", "zero-shot"))
    answers = {"a": first, "<b>": second}
    return ScoresBeside(
        models=models, tasks=compare_answers(answers), left_out=more.get("left_out", {})
    )


def test_each_class_has_a_mark_for_each_model_and_a_line_between_them():
    tasks = pridemm()
    one = prediction(tasks)
    other = replace(one, tasks=(answer(tasks.tasks[0], (1,)), *one.tasks[1:]))
    found = beside(one, other)
    page = render_scores_beside(found)
    first = page[page.index("<h4>") :]
    assert first.startswith('<h4>Hateful? <span class="mc-differ">they differ</span></h4>')
    assert page.count("they differ") == 1 and page.count("all answer alike") == 3
    row = re.search("<li><span>No hate.*?</li>", page)[0]
    assert '<b style="left:30.0%;width:40.0%"></b>' in row
    assert 'mc-dot-0" style="left:70.0%" title="a: 70 %"' in row
    assert 'mc-dot-1" style="left:30.0%"' in row
    assert "a 70 %, &lt;b&gt; 30 %" in row  # for readers of screens
    assert "30\N{EN DASH}70 %" in row
    assert "<small>class prompts</small>" in page and "<b>" not in page.replace("<b style", "")


def test_of_many_classes_those_farthest_apart_are_drawn_and_all_are_in_the_table():
    tasks = propaganda()
    found = beside(prediction(tasks), prediction(tasks), left_out={"c": "Too <old>."})
    page = render_scores_beside(found)
    assert page.count('class="mc-track"') == 8
    assert page.count("<tr") == 23
    assert "c: Too &lt;old&gt;." in page
