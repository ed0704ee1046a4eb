"""How an answer's probability follows from cosines: the head's rule in numbers."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from torch import nn

from memeclip_core.errors import LabelError
from memeclip_core.heads.ensemble import list_members
from memeclip_core.heads.model import TaskHead
from memeclip_core.heads.parts.classifier import CosineClassifier
from memeclip_core.heads.published.zero_shot import SCALE
from memeclip_core.records.explanation import Rule
from memeclip_core.records.prediction import ClassScore, TaskPrediction

STEP: Final = 0.05
"""Axes end at a multiple of this."""

TINY: Final = 1e-300
"""The least that a logarithm is taken of."""

MINUS, TIMES, ARROW = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{RIGHTWARDS ARROW}"


def find_axis(cosines: np.ndarray) -> float:
    """Return the end of an axis that holds these cosines: a multiple of ``STEP``, at most 1."""
    largest = float(np.abs(cosines).max(initial=0.0))
    steps = max(1, math.ceil(round(largest / STEP, 9)))
    return min(1.0, round(steps * STEP, 9)) if largest else 1.0


def find_scale(module: nn.Module) -> float | None:
    """Return the factor on a head's cosines; ``None`` where its logits are not made of them."""
    found = [getattr(member, "classifier", None) for member in list_members(module)]
    scales = {part.scale if isinstance(part, CosineClassifier) else None for part in found}
    return scales.pop() if len(scales) == 1 else None


def explain_rule(answer: TaskPrediction, label: str, head: TaskHead | None, axis: float) -> Rule:
    """Return how the probability of one class comes about.

    Args:
        answer: what the head said.
        label: the class; of several that exclude each other, it is weighed against the likeliest
            other.
        head: which head; ``None`` where prompts answered.
        axis: the length of the axis of this head's cosines.

    Raises:
        LabelError: if there is no such class.
    """
    own = next((score for score in answer.scores if score.label == label), None)
    if own is None:
        known = ", ".join(score.label for score in answer.scores)
        raise LabelError(f"'{answer.task}' has no label '{label[:80]}'. Its labels: {known}.")
    several = answer.kind == "multilabel"
    others = [] if several else [score for score in answer.scores if score is not own]
    rival = max(others, key=lambda score: score.probability, default=None)
    line = head.lines[answer.scores.index(own)] if head is not None and head.lines else None
    # Prompts weigh each of several classes against a sentence whose cosine is in no answer.
    prompts = None if several else SCALE
    scale = prompts if head is None else find_scale(head.module)
    temperature = 1.0 if head is None or line else head.temperature
    slope, offset = line or (1 / temperature, 0.0)

    def weigh(other: ClassScore | None) -> float:
        if scale is None:
            against = 1 - own.probability if other is None else other.probability
            return math.log(max(own.probability, TINY)) - math.log(max(against, TINY))
        return slope * scale * (own.cosine - (other.cosine if other else 0.0)) + offset

    return Rule(
        task=answer.task,
        label=label,
        other="" if rival is None else rival.label,
        cosine=own.cosine,
        against=0.0 if rival is None else rival.cosine,
        scale=scale,
        temperature=temperature,
        slope=slope if line else None,
        offset=offset if line else None,
        logit=weigh(rival),
        others={s.label: weigh(s) for s in others} if len(others) > 1 else {},
        probability=own.probability,
        base=own.base,
        axis=axis,
        sentence=_write(own, rival, scale, temperature, line, weigh(rival), len(others)),
    )


def _write(
    own: ClassScore,
    rival: ClassScore | None,
    scale: float | None,
    temperature: float,
    line: tuple[float, float] | None,
    logit: float,
    others: int,
) -> str:
    """Return the rule as a formula."""
    left = ""
    if scale is not None:
        left = _number(own.cosine, 3)
        if rival is not None:
            left = f"({left} {_signed(-rival.cosine, 3)})"
        left += f" {TIMES} {scale:g}"
        if line is not None:
            left += f" {TIMES} {_number(line[0], 2)} {_signed(line[1], 2)}"
        elif temperature != 1:
            left += f" / {temperature:.2f}"
        left += " = "
    more = f" more than {rival.display}" if rival is not None and others > 1 else ""
    return f"{left}{_number(logit, 2)}{more} {ARROW} {own.probability:.0%}".replace("%", " %")


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    return f"{'+' if value >= 0 else MINUS} {abs(value):.{digits}f}"
