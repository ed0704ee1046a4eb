"""What the numbers mean in words."""

import math

import pytest

from memeclip_core.evaluation.agreement import NO_OVERLAP, ONE_LABEL
from memeclip_core.evaluation.suggestion_effect import NONE_HIDDEN
from memeclip_core.records.agreement import Agreement, Effect
from memeclip_core.records.model import Metric
from memeclip_core.ui.pages.review.agreement import (
    TAKING_OVER,
    describe,
    describe_effect,
    render_agreement,
    render_metric,
)
from tests.factories.page_records import HOSTILE
from tests.factories.queues import KEY, REV, make_meme, make_table
from tests.factories.reviews import BOTH, HATE, NONE, make_panel


def metric(value, low=math.nan, high=math.nan, n=200, reason=""):
    return Metric(name="m", value=value, n=n, low=low, high=high, reason=reason)


def agreement(raw, alpha, ac1, n=200, reason=""):
    return Agreement(
        labels=2 * n,
        raw=metric(raw, n=n, reason=reason),
        kappa=metric(alpha, n=n),
        alpha=metric(alpha, n=n, reason=reason),
        ac1=metric(ac1, n=n),
    )


@pytest.mark.parametrize(
    ("alpha", "words"),
    [(0.85, "good enough to rely on"), (0.7, "tentative conclusions"), (0.4, "not enough")],
)
def test_alpha_in_words(alpha, words):
    said = describe(agreement(0.8, alpha, 0.6))
    assert "Two people say the same of a meme in 80 % of cases" in said
    assert words in said
    assert "so frequent" not in said


def test_the_paradox_is_told():
    said = describe(agreement(0.94, -0.02, 0.94))
    assert "so frequent here that alpha takes most agreement for chance" in said
    assert "0.94" in said


def test_few_memes_and_undefined_numbers_are_told():
    assert "Only 9 memes so far" in describe(agreement(0.8, 0.85, 0.8, n=9))
    none = describe(agreement(math.nan, math.nan, math.nan, n=0, reason=NO_OVERLAP))
    assert none == f"Not known yet: {NO_OVERLAP}."
    assert f"alpha is undefined: {ONE_LABEL}" in describe(
        agreement(1.0, math.nan, 1.0, reason=ONE_LABEL)
    )


def test_a_number_has_its_interval_or_its_reason():
    assert render_metric(metric(0.5, 0.25, 0.75)) == "0.50 <em>(0.25 to 0.75)</em>"
    assert render_metric(metric(-0.5)) == "\N{MINUS SIGN}0.50"
    assert render_metric(metric(math.nan, reason="<why>")) == '<em title="&lt;why&gt;">n/a</em>'


def effect(low, high):
    return Effect(
        shown=metric(0.8, n=80),
        hidden=metric(0.6, n=40),
        difference=metric(0.2, low, high, n=120),
    )


def test_the_effect_of_suggestions_in_words():
    said = describe_effect(effect(0.05, 0.35), TAKING_OVER)
    assert said == (
        "80 % of 80 answers say what the model says where it is shown, 60 % of 40 answers where "
        "it is hidden: 20 points more (+5 to +35)."
    )
    assert "no clear difference (\N{MINUS SIGN}5 to +45)" in describe_effect(
        effect(-0.05, 0.45), TAKING_OVER
    )
    missing = Effect(
        shown=metric(0.8),
        hidden=metric(math.nan),
        difference=metric(math.nan, reason=NONE_HIDDEN),
    )
    assert describe_effect(missing, TAKING_OVER) == f"Not known yet: {NONE_HIDDEN}."


def test_a_whole_report(tmp_path):
    memes = [make_meme(n, gold=n == 0, given={"hate": ("yes",)}) for n in range(4)]
    panel = make_panel(tmp_path, memes=memes)
    panel.desk.predict(make_table([0.9] * 4))
    for number, (first, second) in enumerate([(HATE, HATE), (BOTH, NONE), (NONE, NONE)]):
        panel.say(HOSTILE, number, first, shown=number < 2)
        panel.say("bob", number, second, shown=number < 2)
    page = render_agreement(panel.reviews.agreement(REV, KEY))
    for words in (
        "6 decisions of 2 people on 3 memes; 3 of them were labelled by several people",
        "Suggestion shown", "Suggestion hidden", "Pair by pair", "Label by label",
        "Effect of seeing suggestions", "Against the truth of 1 gold meme",
        "What the numbers mean", "Krippendorff&#x27;s alpha", "not for sets of labels",
    ):  # fmt: skip
        assert words.replace("&#x27;", "'") in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_nothing_is_labelled_yet(tmp_path):
    page = render_agreement(make_panel(tmp_path).reviews.agreement(REV, KEY))
    assert page == '<p class="mc-lead">Nobody has labelled anything yet.</p>'
