import math

import pytest

from memeclip_core.annotation.review.agreement import report_agreement
from memeclip_core.annotation.team.queries import Answered, insert_answer
from memeclip_core.evaluation.agreement import NO_OVERLAP
from memeclip_core.evaluation.set_agreement import SETS
from memeclip_core.evaluation.suggestion_effect import NONE_HIDDEN
from tests.factories.queues import KEY, START, make_meme, make_table, meme_id
from tests.factories.reviews import BOTH, HATE, NONE, make_panel


def report(panel):
    return report_agreement(
        panel.project, panel.votes, panel.memes, lambda m: panel.desk.predictions.read(KEY, m)
    )


def test_agreement_by_hand(tmp_path):
    panel = make_panel(tmp_path)
    for number, (first, second) in enumerate([(HATE, HATE), (NONE, NONE), (HATE, NONE)]):
        panel.say("ann", number, first)
        panel.say("bob", number, second)
    panel.say("cat", 5, HATE)
    found = report(panel)
    assert (found.people, found.decisions, found.memes, found.shared) == (
        ("ann", "bob", "cat"), 7, 4, 3,
    )  # fmt: skip
    hate, tone = found.tasks
    assert hate.whole.raw.value == pytest.approx(2 / 3)
    # ann says yes twice of three times, bob once: chance is 2/9 + 2/9.
    assert hate.whole.kappa.value == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    assert [(pair.first, pair.second) for pair in hate.whole.pairs] == [(0, 1)]
    assert hate.labels == ()
    assert (tone.whole.raw.value, tone.whole.kappa.reason) == (pytest.approx(2 / 3), SETS)
    assert [name for name, _ in tone.labels] == ["irony", "slur"]


def test_without_overlap_every_number_says_why(tmp_path):
    panel = make_panel(tmp_path)
    panel.say("ann", 0, HATE)
    panel.say("bob", 1, HATE)
    for task in report(panel).tasks:
        for metric in (task.whole.raw, task.whole.kappa, task.whole.alpha, task.whole.ac1):
            assert (math.isnan(metric.value), metric.reason) == (True, NO_OVERLAP)
        assert task.effect.difference.reason


def test_the_effect_of_seeing_a_suggestion(tmp_path):
    panel = make_panel(tmp_path)
    panel.desk.predict(make_table([0.9] * 8))
    for number in range(4):
        panel.say("ann", number, HATE, shown=True)
        panel.say("bob", number, HATE if number else NONE, shown=True)
    for number in range(4, 8):
        panel.say("ann", number, HATE if number < 6 else NONE, shown=False)
        panel.say("bob", number, NONE, shown=False)
    hate = report(panel).tasks[0]
    # Shown: 7 of 8 say the model's yes. Hidden: 2 of 8, as its table says of the same memes.
    assert (hate.effect.shown.value, hate.effect.shown.n) == (7 / 8, 8)
    assert (hate.effect.hidden.value, hate.effect.hidden.n) == (2 / 8, 8)
    assert hate.effect.difference.value == pytest.approx(5 / 8)
    assert hate.effect.clear
    assert (hate.shown.raw.value, hate.shown.raw.n) == (3 / 4, 4)
    assert (hate.hidden.raw.value, hate.hidden.raw.n) == (2 / 4, 4)


def test_what_a_model_that_is_gone_said_is_unknown(tmp_path):
    panel = make_panel(tmp_path)
    panel.desk.predict(make_table([0.9] * 8))
    panel.say("ann", 0, HATE, shown=True)
    panel.say("ann", 1, HATE, shown=False)
    found = report_agreement(panel.project, panel.votes, panel.memes, lambda model: None)
    effect = found.tasks[0].effect
    assert (effect.shown.n, effect.hidden.n, effect.difference.reason) == (1, 0, NONE_HIDDEN)


def test_against_the_truth_of_gold_memes(tmp_path):
    memes = [
        make_meme(0, gold=True, given={"hate": ("yes",), "tone": ("slur", "irony")}),
        make_meme(1, gold=True, given={"hate": ("no",)}),
        make_meme(2, given={"hate": ("no",)}),
        make_meme(3, gold=True, given={"hate": ("no",)}),
    ]
    panel = make_panel(tmp_path, memes=memes)
    panel.say("ann", 0, BOTH)
    panel.say("ann", 1, NONE)
    panel.say("ann", 2, HATE)
    panel.say("bob", 0, HATE)
    panel.say("bob", 1, HATE)
    hate, tone = report(panel).tasks
    # The third meme is no gold one, and nobody decided the fourth.
    assert hate.truth.memes == 2
    assert {place: (m.value, m.n) for place, m in hate.truth.people} == {0: (1, 2), 1: (0.5, 2)}
    # A set is the same in whatever order the import wrote it.
    assert {place: (m.value, m.n) for place, m in tone.truth.people} == {0: (1, 1), 1: (0, 1)}


def test_whoever_was_told_the_gold_is_not_measured_by_it(tmp_path):
    memes = [make_meme(number, gold=True, given={"hate": ("no",)}) for number in range(2)]
    panel = make_panel(tmp_path, memes=memes)
    told = Answered(
        project=KEY, person="ann", attempt=0, meme=meme_id(0), save="save-told", time=START,
        labels=HATE, gold={"hate": ("no",)}, asked=1, hits=0,
    )  # fmt: skip
    with panel.desk.database.write() as connection:
        insert_answer(connection, told)
    panel.say("ann", 0, NONE)
    panel.say("ann", 1, HATE)
    panel.say("bob", 0, NONE)
    truth = report(panel).tasks[0].truth
    assert {place: (m.value, m.n) for place, m in truth.people} == {0: (0, 1), 1: (1, 1)}


def test_a_project_without_gold_rows_says_nothing_of_the_truth(tmp_path):
    panel = make_panel(tmp_path)
    panel.say("ann", 0, HATE)
    truth = report(panel).tasks[0].truth
    assert (truth.memes, truth.people) == (0, ())
