"""What a visitor suggests, as the page shows it."""

from __future__ import annotations

from dataclasses import replace

from memeclip_core.records.project import Suggestion
from memeclip_core.records.proposal import Proposal
from memeclip_core.ui.pages.review.proposals import render_proposal, render_waiting
from tests.factories.page_records import HOSTILE, NOON, pridemm

SAID = Suggestion(labels=("No Hate",), probabilities={"No Hate": 0.8, "Hate": 0.2}, model="m1")
FOUND = Proposal(
    number=7, time=NOON, task_set="pridemm", meme="a" * 64, has_image=True, text="words",
    text_source="user", predicted={"hate": SAID},
    labels={"hate": ("Hate",), "target": ("Community",), "stance": ("Oppose",),
            "humour": ("Humour",)},
    notes=("so",), count=2,
)  # fmt: skip


def test_it_stands_beside_what_the_model_says_and_is_filled_in():
    page = render_proposal(FOUND, pridemm())
    assert "suggested by 2 visitors" in page and "as they typed it" in page
    assert "<strong>Hate</strong>" in page and "80 %" in page
    assert 'value="Hate" checked' in page
    assert 'data-path="proposals/7"' in page and "api/v1/proposals/7/picture" in page
    assert "mc-frame" in page  # blurred as everywhere


def test_words_of_strangers_are_plain_text():
    page = render_proposal(replace(FOUND, notes=(HOSTILE,), text=HOSTILE), pridemm())
    assert "<img src=x" not in page and page.count("&lt;img src=x") == 2


def test_without_a_picture_or_a_text_it_says_so():
    page = render_proposal(replace(FOUND, has_image=False, text=" ", notes=()), pridemm())
    assert "no picture" in page and "<em>no text</em>" in page and "They write" not in page


def test_the_next_one_is_there_already():
    page = render_proposal(FOUND, pridemm(), (replace(FOUND, number=8), pridemm()))
    assert '<template><article class="mc-case"' in page and "proposals/8" in page
    assert "waits" in render_waiting(True) and "at present" in render_waiting(False)
