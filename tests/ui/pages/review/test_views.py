"""Memes to decide."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from memeclip_core.annotation.review.adjudication import open_case, turn_page
from memeclip_core.records.case import Case
from memeclip_core.ui.pages.review.views import (
    NOTHING,
    render_case,
    render_cases,
    render_done,
    render_position,
    render_question,
)
from tests.factories.page_records import HOSTILE, pridemm, propaganda
from tests.factories.queues import KEY, REV, TASKS, make_meme, make_table, meme_id
from tests.factories.reviews import BOTH, HATE, NONE, make_panel


@pytest.fixture
def panel(tmp_path):
    memes = [make_meme(0, text=HOSTILE, filename=HOSTILE), make_meme(1), make_meme(2)]
    panel = make_panel(tmp_path, memes=memes)
    panel.desk.predict(make_table([0.9] * 3))
    panel.say("ann", 0, HATE, shown=True, seconds=7, note=HOSTILE)
    panel.say("bob", 0, BOTH, shown=False)
    panel.say("ann", 1, HATE)
    panel.say("bob", 1, NONE)
    return panel


def show(panel, number=0, *, blind=False, image=""):
    case = panel.reviews.case(REV, KEY, meme_id(number), blind=blind)
    return render_case(replace(case, meme=replace(case.meme, image=image)), TASKS, KEY)


def listing(panel, index=0, which="open"):
    page = panel.ask(turn_page, panel.project, which, page=1, size=20, salt="s")
    return render_cases(page, index, TASKS, which), render_position(page.total, index)


def test_who_said_what_and_how(panel):
    page = show(panel)
    for words in ("ann", "bob", "7 s", "changed the suggestion", "suggestion hidden"):
        assert words in page
    assert 'Tone <span class="mc-differ"' in page
    assert 'Hate <span class="mc-differ"' not in page


def test_of_several_labels_those_in_dispute_stand_out(panel):
    page = show(panel)
    assert "<td>Irony</td>" in page
    assert "<td>Irony and <strong>Slur</strong></td>" in page


def test_what_everybody_chose_is_filled_in(panel):
    page = show(panel)
    checked = re.findall(r'value="(\w+)" checked', page)
    assert checked == ["yes", "irony"]
    assert re.findall(r'value="(\w+)" checked', show(panel, 1)) == []
    panel.adjudicate(1, NONE)
    assert re.findall(r'value="(\w+)" checked', show(panel, 1)) == ["no"]


def test_a_vote_can_be_taken_over_and_sent_back(panel):
    page = show(panel, 1)
    taken = [json.loads(unescape(found)) for found in re.findall(r'data-labels="([^"]*)"', page)]
    assert taken == [{"hate": ["yes"], "tone": ["irony"]}, {"hate": ["no"], "tone": []}]
    assert page.count('data-act="send-back"') == 2
    assert 'data-name="bob"' in page


def test_hidden_names_are_not_in_the_page(panel):
    panel.flag("bob", 0)
    panel.adjudicate(0)
    page = show(panel, blind=True)
    assert "Annotator A" in page
    for name in (">ann<", ">bob<", '"bob"', "rev,"):
        assert name not in page


def test_the_model_is_folded_away_and_named(panel):
    page = show(panel)
    model = page[page.index('<details class="mc-model"') :]
    assert "What the model says" in model
    assert "Hate: Yes <em>90 %</em>" in model
    assert "Model m1" in model
    assert " open>" not in model


def test_flags_and_decisions_are_shown(panel):
    panel.flag("ann", 1, HOSTILE)
    assert "Flagged:" in show(panel, 1)
    assert 'data-act="resolve"' in show(panel, 1)
    panel.adjudicate(1, HATE, note="a quotation")
    page = show(panel, 1)
    assert "Flagged:" not in page  # the decision answers the flag
    assert "<strong>Decided</strong> by rev" in page
    assert "Hate: Yes · Tone: Irony" in page
    assert "a quotation" in page


def test_a_picture_can_be_blurred_and_a_missing_one_is_told(panel):
    assert "no picture" in show(panel)
    page = show(panel, image="x.png")
    assert '<div class="mc-frame" tabindex="0"' in page
    # Seen from the page, so that it is found below a proxy's path too.
    assert f'src="api/v1/projects/{KEY}/memes/{meme_id(0)}/picture"' in page


def test_the_script_is_told_where_a_decision_goes(panel):
    assert f'data-project="{KEY}" data-blind=""' in show(panel)
    assert 'data-blind="yes"' in show(panel, blind=True)


def test_a_task_that_depends_on_another_says_so():
    meme = make_meme(0)
    case = Case(
        meme=meme, votes=(), differ=(), flags=(), adjudicated=None, version=1, blind=True
    )  # fmt: skip
    page = render_case(case, pridemm(), KEY)
    assert 'data-task="target" data-kind="multiclass" data-needs="hate" data-labels="Hate"' in page
    assert page.count("data-needs") == 1


def test_a_case_is_marked_as_another_one_when_anything_of_it_changes(panel):
    def state():
        return re.findall(r'data-state="(\w+)"', show(panel))[0]

    first = state()
    assert state() == first
    panel.say("bob", 0, NONE)
    second = state()
    panel.adjudicate(0)
    assert len({first, second, state()}) == 3


def test_the_list_names_what_is_in_dispute(panel):
    page, position = listing(panel)
    assert "Hate and Tone" in page
    assert 'data-index="0" aria-current="true">1</button>' in page
    assert "1 of 2" in position


@pytest.mark.parametrize("which", list(NOTHING))
def test_an_empty_list_says_why(tmp_path, which):
    page, position = listing(make_panel(tmp_path), which=which)
    assert NOTHING[which] in page
    assert position == ""


def test_everything_people_typed_is_escaped(panel):
    panel.flag("ann", 0, HOSTILE)
    panel.adjudicate(0, HATE, note=HOSTILE)
    pages = [show(panel), show(panel, image="x.png"), *listing(panel, which="flagged")]
    for page in pages:
        assert "<img src=x" not in page
    assert "&lt;img src=x" in pages[0]


def test_a_press_is_answered():
    assert "Decided for all (2 rows in the log)." in render_done("adjudicate", 2)
    assert "Sent back; it counts again once made anew" in render_done("send-back", 1)
    assert "saved already" in render_done("resolve", 0)
    assert "<b>" not in render_done("<b>", "<b>")
    assert "behind" not in render_done("adjudicate", 2)
    assert "log). corrections.csv is behind and is" in render_done("adjudicate", 2, True)
    assert "behind" not in render_done("adjudicate", 2, "<b>")


def test_nobody_has_decided_a_flagged_meme(panel):
    panel.flag("ann", 2)
    assert "Nobody has a decision" in show(panel, 2)
    case = open_case(
        panel.project, panel.history(2), panel.memes.many([meme_id(2)])[meme_id(2)], salt=None
    )
    assert "filled in" not in render_case(case, TASKS, KEY)


def test_none_of_several_is_checked_only_where_everybody_said_so(panel):
    assert "is filled in" in show(panel) and "is filled in" not in show(panel, 1)
    assert "data-none checked" not in show(panel, 1)
    assert "data-none>" in show(panel, 2)  # nobody has said anything
    for who in ("ann", "bob"):
        panel.say(who, 2, NONE)
    assert "data-none checked" in show(panel, 2)
    panel.adjudicate(1, NONE)
    assert "data-none checked" in show(panel, 1)


def test_an_answer_names_its_keys_and_none_of_them_comes_after_the_last():
    (task,) = propaganda().tasks
    page = render_question(task, None)
    named = re.findall(r'data-place="(\d+)">([^<]+)</kbd>', page)
    assert [int(place) for place, _ in named] == list(range(23))
    assert [named[n][1] for n in (0, 9, 10, 19, 20, 22)] == ["1", "0", "⇧1", "⇧0", "m1", "m3"]
    assert 'data-place="22">m3</kbd><span>None of these' in page
    first = task.labels[0]
    many = tuple(replace(first, name=f"label {n}", value=f"{n}") for n in range(45))
    assert render_question(replace(task, labels=many), None).count("<kbd") == 40
