"""How people agree: tables, and sentences that say what the numbers mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

from memeclip_core.records.agreement import Agreement, AgreementReport, Effect, TaskAgreement
from memeclip_core.records.model import Metric
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import clock, count, decimal, escape, share, signed

FIRM, TENTATIVE = 0.8, 0.667
"""Krippendorff (2004): from which alpha one may conclude firmly, and tentatively."""
MAX_PAIRS = 100
HEADS = ("Raw agreement", "Cohen's kappa", "Krippendorff's alpha", "Gwet's AC1", "Memes")


def render_agreement(report: AgreementReport) -> str:
    """Show how people agree on each task, with what the numbers mean in words."""
    if not report.decisions:
        return '<p class="mc-lead">Nobody has labelled anything yet.</p>'
    lead = (
        f"{count(report.decisions, 'decision')} of {_people(report.people)} on "
        f"{count(report.memes, 'meme')}; {report.shared:,} of them were labelled by several "
        "people, and only those can show agreement."
    )
    tasks = "".join(_task(task, report.people) for task in report.tasks)
    return (
        f'<p class="mc-lead">{lead} <em>As of {escape(clock(report.time))}.</em></p>{tasks}'
        f'<details class="mc-explain"><summary>What the numbers mean</summary>{EXPLAINED}</details>'
    )


EXPLAINED = """
<dl><dt>Raw agreement</dt><dd>how often two people say the same of one meme. Easily high where
nearly everything has one label.</dd>
<dt>Cohen's kappa</dt><dd>the same beyond what two people with these habits would reach by chance;
of several people the mean over pairs.</dd>
<dt>Krippendorff's alpha</dt><dd>likewise for any number of people and for memes that not everybody
saw. From 0.8 on conclusions are firm, from 0.667 on tentative.</dd>
<dt>Gwet's AC1</dt><dd>does not fall to nothing only because one label is frequent, as kappa and
alpha do.</dd>
<dt>In brackets</dt><dd>the 95 % interval over memes: how far the number would wander if other memes
had been drawn.</dd></dl>
"""


def describe(agreement: Agreement) -> str:
    """Say in a sentence how far labels with this agreement can be relied on."""
    raw, alpha, ac1 = agreement.raw, agreement.alpha, agreement.ac1
    if not raw.n:
        return f"Not known yet: {raw.reason}."
    said = f"Two people say the same of a meme in {share(raw.value)} of cases"
    if math.isnan(alpha.value):
        return f"{said}; alpha is undefined: {alpha.reason}."
    if alpha.value >= FIRM:
        verdict = "good enough to rely on"
    elif alpha.value >= TENTATIVE:
        verdict = "enough for tentative conclusions, not for firm ones"
    else:
        verdict = "not enough to rely on yet: look at the disagreements and the guidelines"
    words = f"{said}; alpha {decimal(alpha.value, 2)} is {verdict}."
    if alpha.value < TENTATIVE and raw.value >= 0.85 and ac1.value >= FIRM:
        words += (
            f" One answer is so frequent here that alpha takes most agreement for chance; AC1, "
            f"which does not, is {decimal(ac1.value, 2)}."
        )
    if raw.n < 30:
        words += f" Only {count(raw.n, 'meme')} so far: the numbers can still change a lot."
    return words


def _task(task: TaskAgreement, people: Sequence[str]) -> str:
    rows = [("All decisions", *_numbers(task.whole))]
    for name, part in (("Suggestion shown", task.shown), ("Suggestion hidden", task.hidden)):
        if part.raw.n:
            rows.append((name, *_numbers(part)))
    parts = [
        f"<h3>{escape(task.title)}</h3><p>{escape(describe(task.whole))}</p>",
        render_table(("Decisions", *HEADS), rows, f"Agreement on {task.title}"),
    ]
    if task.labels:
        labels = [(escape(label), *_numbers(found)) for label, found in task.labels]
        table = render_table(("Label", *HEADS), labels, f"Agreement on each label of {task.title}")
        parts.append(f"<details><summary>Label by label</summary>{table}</details>")
    if task.whole.pairs:
        parts.append(_pairs(task, people))
    parts.append(_effect(task))
    parts.append(_truth(task, people))
    return f'<section class="mc-agreement">{"".join(parts)}</section>'


def _numbers(found: Agreement) -> tuple[str, ...]:
    metrics = (found.raw, found.kappa, found.alpha, found.ac1)
    return (*(render_metric(metric) for metric in metrics), f"{found.raw.n:,}")


def render_metric(metric: Metric) -> str:
    """Show a number with its interval; why there is none is said above the table, and on hover."""
    if math.isnan(metric.value):
        return f'<em title="{escape(metric.reason)}">n/a</em>'
    spread = ""
    if math.isfinite(metric.low):
        spread = f" <em>({_signed(metric.low)} to {_signed(metric.high)})</em>"
    return f"{_signed(metric.value)}{spread}"


def _signed(value: float) -> str:
    return decimal(value, 2)


def _pairs(task: TaskAgreement, people: Sequence[str]) -> str:
    rows = [
        (
            f"{escape(people[pair.first])} and {escape(people[pair.second])}",
            *(render_metric(m) for m in (pair.raw, pair.kappa, pair.alpha, pair.ac1)),
            f"{pair.raw.n:,}",
        )
        for pair in task.whole.pairs[:MAX_PAIRS]
    ]
    table = render_table(("Pair", *HEADS), rows, f"Agreement of pairs on {task.title}")
    left = len(task.whole.pairs) + task.whole.pairs_left_out - len(rows)
    more = f'<p class="mc-hint">{left:,} more pairs with fewer memes in common.</p>' if left else ""
    return f"<details><summary>Pair by pair</summary>{table}{more}</details>"


def _effect(task: TaskAgreement) -> str:
    effect = task.effect
    if not (effect.shown.n or effect.hidden.n):
        return ""
    said = describe_effect(effect, "say what the model says", "it")
    return f'<p class="mc-effect"><strong>Effect of seeing suggestions.</strong> {escape(said)}</p>'


def describe_effect(effect: Effect, what: str, it: str) -> str:
    """Say how a share of decisions differs with the suggestion shown and hidden."""
    shown, hidden, gain = effect.shown, effect.hidden, effect.difference
    if math.isnan(gain.value):
        return f"Not known yet: {gain.reason}."
    said = (
        f"{share(shown.value)} of {count(shown.n, 'answer')} {what} where {it} is shown, "
        f"{share(hidden.value)} of {count(hidden.n, 'answer')} where {it} is hidden"
    )
    points = 100 * gain.value
    spread = f"({signed(100 * gain.low, 0)} to {signed(100 * gain.high, 0)})"
    if not effect.clear:
        return f"{said}: no clear difference {spread}."
    change = count(round(abs(points)), "point")
    return f"{said}: {change} {'more' if points > 0 else 'less'} {spread}."


def _truth(task: TaskAgreement, people: Sequence[str]) -> str:
    truth = task.truth
    if not truth.memes:
        return ""
    rows = [
        (escape(people[place]), render_metric(share), f"{share.n:,}")
        for place, share in truth.people
    ]
    table = render_table(
        ("Who", "Right", "Decisions"), rows, f"Decisions against the truth on {task.title}",
        wide=False,
    )  # fmt: skip
    said = escape(describe_effect(truth.effect, "are right", "the suggestion"))
    return (
        f"<details><summary>Against the truth of {count(truth.memes, 'gold meme')}</summary>"
        f"{table}<p>{said}</p></details>"
    )


def _people(names: Sequence[str]) -> str:
    return count(len(names), "person", "people")
