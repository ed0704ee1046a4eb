import math
from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.errors import LabelError
from memeclip_core.explain.rule import explain_rule, find_axis, find_scale
from memeclip_core.heads.model import score_head
from memeclip_core.heads.registry import build_head
from memeclip_core.records.prediction import ClassScore, TaskPrediction
from tests.factories.heads import DIMS, make_features, make_head


def answer_of(head, row=0):
    """Return what a head says of one row, as the predictor puts it."""
    scores = score_head(head, make_features(3, seed=5))
    rows = [
        ClassScore(
            label=name,
            display=name.title(),
            probability=float(scores.probabilities[row, i]),
            cosine=float(scores.cosines[row, i]),
            base=0.25,
        )
        for i, name in enumerate(head.labels)
    ]
    return TaskPrediction(
        task="t",
        title="T",
        kind=head.kind,
        labels=(),
        scores=tuple(rows),
        threshold=head.threshold,
        applies=True,
        reason="",
        reads="image+text",
        model="m",
    )


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_of_two_classes_the_probability_is_the_sigmoid_of_the_rule():
    head = replace(make_head("multiclass", ("no", "yes")), temperature=2.07)
    answer = answer_of(head)
    rule = explain_rule(answer, "yes", head, 0.2)
    assert (rule.other, rule.scale, rule.temperature, rule.axis) == ("no", 30.0, 2.07, 0.2)
    by_hand = (rule.cosine - rule.against) * rule.scale / rule.temperature
    assert rule.logit == pytest.approx(by_hand)
    assert rule.probability == pytest.approx(sigmoid(by_hand), abs=1e-5)
    assert (rule.base, rule.others) == (0.25, {})


def test_of_three_classes_the_probability_follows_from_the_logits_against_each():
    head = replace(make_head("multiclass", ("a", "b", "c")), temperature=1.5)
    rule = explain_rule(answer_of(head), "b", head, 1.0)
    assert set(rule.others) == {"a", "c"}
    assert rule.logit == min(rule.others.values())
    by_hand = 1 / (1 + sum(math.exp(-gap) for gap in rule.others.values()))
    assert rule.probability == pytest.approx(by_hand, abs=1e-5)
    assert " more than " in rule.sentence


@pytest.mark.parametrize("lines", [(), ((0.5, -1.0), (2.0, 0.25))])
def test_of_several_classes_each_has_its_own_sigmoid(lines):
    head = replace(make_head("multilabel", ("a", "b")), temperature=1.25, lines=lines)
    rule = explain_rule(answer_of(head), "b", head, 1.0)
    slope, offset = lines[1] if lines else (1 / 1.25, 0.0)
    assert rule.logit == pytest.approx(slope * 30 * rule.cosine + offset)
    assert rule.probability == pytest.approx(sigmoid(rule.logit), abs=1e-5)
    assert (rule.slope, rule.offset) == ((2.0, 0.25) if lines else (None, None))
    assert rule.other == ""


def told(**cosines):
    scores = tuple(
        ClassScore(label=name, display=name.title(), probability=p, cosine=c)
        for name, (c, p) in cosines.items()
    )
    return replace(answer_of(make_head("multiclass", ("no", "yes"))), scores=scores)


def test_the_formula_is_written_as_a_person_would():
    head = replace(make_head("multiclass", ("no", "yes")), temperature=2.07)
    answer = told(no=(0.061, 0.287), yes=(0.124, 0.713))
    said = explain_rule(answer, "yes", head, 0.2).sentence
    assert said == "(0.124 \u2212 0.061) \u00d7 30 / 2.07 = 0.91 \u2192 71 %"
    answer = told(no=(-0.061, 0.287), yes=(-0.024, 0.713))
    said = explain_rule(answer, "yes", replace(head, temperature=1.0), 0.2).sentence
    assert said == "(\u22120.024 + 0.061) \u00d7 30 = 1.11 \u2192 71 %"
    several = replace(answer, kind="multilabel")
    lined = replace(head, lines=((1.0, 0.0), (0.9, -0.3)))
    said = explain_rule(several, "yes", lined, 0.2).sentence
    assert said == "\u22120.024 \u00d7 30 \u00d7 0.90 \u2212 0.30 = \u22120.95 \u2192 71 %"


def test_where_logits_are_not_made_of_cosines_the_rule_is_the_logit_alone():
    module = build_head("linear", dims=DIMS, num_classes=2).eval()
    head = replace(make_head("multiclass", ("no", "yes")), module=module)
    rule = explain_rule(answer_of(head), "yes", head, 1.0)
    assert rule.scale is None
    assert rule.logit == pytest.approx(math.log(rule.probability / (1 - rule.probability)))
    assert rule.sentence.count("=") == 0
    sure = explain_rule(told(no=(0.0, 0.0), yes=(0.0, 1.0)), "no", head, 1.0)
    assert math.isfinite(sure.logit)


def test_prompts_are_scaled_by_a_hundred():
    rule = explain_rule(told(no=(0.20, 0.1), yes=(0.22, 0.9)), "yes", None, 1.0)
    assert (rule.scale, rule.logit) == (100.0, pytest.approx(2.0))


def test_an_unknown_label_is_a_sentence():
    with pytest.raises(LabelError, match=r"has no label 'x'\. Its labels: no, yes"):
        explain_rule(told(no=(0, 0.5), yes=(0, 0.5)), "x", None, 1.0)


def test_every_member_of_an_ensemble_has_the_scale():
    config = {"members": 3, "map_dim": 8, "scale": 20.0}
    assert find_scale(build_head("memeclip", dims=DIMS, num_classes=2, config=config)) == 20.0
    assert find_scale(build_head("majority", dims=DIMS, num_classes=2)) is None


@pytest.mark.parametrize(
    ("cosines", "end"),
    [([0.18, -0.03], 0.2), ([-0.21], 0.25), ([0.15], 0.15), ([0.999], 1.0), ([0.0], 1.0), ([], 1)],
)
def test_an_axis_holds_every_cosine(cosines, end):
    assert find_axis(np.array(cosines)) == end
