"""How people agree: tables, and sentences that say what the numbers mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark
from memeclip_core.records.agreement import Agreement, AgreementReport, Effect, TaskAgreement
from memeclip_core.records.model import Metric
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import clock, count, decimal, escape, listed, share, signed

FIRM, TENTATIVE = 0.8, 0.667
"""Krippendorff (2004): from which alpha one may conclude firmly, and tentatively."""
MAX_PAIRS = 100
HEADS = (
    mark("Raw agreement"),
    mark("Cohen's kappa"),
    mark("Krippendorff's alpha"),
    mark("Gwet's AC1"),
    mark("Memes"),
)


def render_agreement(report: AgreementReport) -> str:
    """Show how people agree on each task, with what the numbers mean in words."""
    if not report.decisions:
        return f'<p class="mc-lead">{escape(_("Nobody has labelled anything yet."))}</p>'
    lead = _(
        "{decisions} of {people} on {memes}; {shared} of them were labelled by several people, and "
        "only those can show agreement."
    ).format(
        decisions=count(report.decisions, "decision"),
        people=count(len(report.people), "person", "people"),
        memes=count(report.memes, "meme"),
        shared=f"{report.shared:,}",
    )
    time = _("As of {time}.").format(time=clock(report.time))
    explained = "".join(f"<dt>{_(name)}</dt><dd>{_(said)}</dd>" for name, said in EXPLAINED)
    tasks = "".join(_task(task, report.people) for task in report.tasks)
    return (
        f'<p class="mc-lead">{escape(lead)} <em>{escape(time)}</em></p>{tasks}'
        f'<details class="mc-explain"><summary>{escape(_("What the numbers mean"))}</summary>'
        f"<dl>{explained}</dl></details>"
    )


EXPLAINED = (
    (
        HEADS[0],
        mark(
            "how often two people say the same of one meme. Easily high where nearly everything "
            "has one label."
        ),
    ),
    (
        HEADS[1],
        mark(
            "the same beyond what two people with these habits would reach by chance; of several "
            "people the mean over pairs."
        ),
    ),
    (
        HEADS[2],
        mark(
            "likewise for any number of people and for memes that not everybody saw. From 0.8 on "
            "conclusions are firm, from 0.667 on tentative."
        ),
    ),
    (
        HEADS[3],
        mark("does not fall to nothing only because one label is frequent, as kappa and alpha do."),
    ),
    (
        mark("In brackets"),
        mark(
            "the 95 % interval over memes: how far the number would wander if other memes had been "
            "drawn."
        ),
    ),
)


def describe(agreement: Agreement) -> str:
    """Say in a sentence how far labels with this agreement can be relied on."""
    raw, alpha, ac1 = agreement.raw, agreement.alpha, agreement.ac1
    if not raw.n:
        return _("Not known yet: {reason}.").format(reason=_(raw.reason))
    words = _say_verdict(alpha).format(
        share=share(raw.value), alpha=decimal(alpha.value, 2), reason=_(alpha.reason)
    )
    if math.isnan(alpha.value):
        return words
    if alpha.value < TENTATIVE and raw.value >= 0.85 and ac1.value >= FIRM:
        words += " " + _(
            "One answer is so frequent here that alpha takes most agreement for chance; AC1, which "
            "does not, is {ac1}."
        ).format(ac1=decimal(ac1.value, 2))
    if raw.n < 30:
        words += " " + ngettext(
            "Only {n} meme so far: the numbers can still change a lot.",
            "Only {n} memes so far: the numbers can still change a lot.",
            raw.n,
        ).format(n=raw.n)
    return words


def _say_verdict(alpha: Metric) -> str:
    if math.isnan(alpha.value):
        return _(
            "Two people say the same of a meme in {share} of cases; alpha is undefined: {reason}."
        )
    if alpha.value >= FIRM:
        return _(
            "Two people say the same of a meme in {share} of cases; alpha {alpha} is good enough "
            "to rely on."
        )
    if alpha.value >= TENTATIVE:
        return _(
            "Two people say the same of a meme in {share} of cases; alpha {alpha} is enough for "
            "tentative conclusions, not for firm ones."
        )
    return _(
        "Two people say the same of a meme in {share} of cases; alpha {alpha} is not enough to "
        "rely on yet: look at the disagreements and the guidelines."
    )


def _task(task: TaskAgreement, people: Sequence[str]) -> str:
    rows = [(_("All decisions"), *_numbers(task.whole))]
    for name, part in ((_("Suggestion shown"), task.shown), (_("Suggestion hidden"), task.hidden)):
        if part.raw.n:
            rows.append((name, *_numbers(part)))
    parts = [
        f"<h3>{escape(task.title)}</h3><p>{escape(describe(task.whole))}</p>",
        render_table(
            (_("Decisions"), *map(_, HEADS)), rows, _("Agreement on {task}").format(task=task.title)
        ),
    ]
    if task.labels:
        labels = [(escape(label), *_numbers(found)) for label, found in task.labels]
        # Untranslated: the page Label has this text, as what one does there.
        caption = _("Agreement on each label of {task}").format(task=task.title)
        table = render_table(("Label", *map(_, HEADS)), labels, caption)
        title = escape(_("Label by label"))
        parts.append(f"<details><summary>{title}</summary>{table}</details>")
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
        return f'<em title="{escape(_(metric.reason))}">{_("n/a")}</em>'
    if not math.isfinite(metric.low):
        return _signed(metric.value)
    return _("{rate} <em>({low} to {high})</em>").format(
        rate=_signed(metric.value), low=_signed(metric.low), high=_signed(metric.high)
    )


def _signed(value: float) -> str:
    return decimal(value, 2)


def _pairs(task: TaskAgreement, people: Sequence[str]) -> str:
    rows = [
        (
            escape(listed([people[pair.first], people[pair.second]])),
            *(render_metric(m) for m in (pair.raw, pair.kappa, pair.alpha, pair.ac1)),
            f"{pair.raw.n:,}",
        )
        for pair in task.whole.pairs[:MAX_PAIRS]
    ]
    caption = _("Agreement of pairs on {task}").format(task=task.title)
    table = render_table((_("Pair"), *map(_, HEADS)), rows, caption)
    left = len(task.whole.pairs) + task.whole.pairs_left_out - len(rows)
    more = ""
    if left:
        said = ngettext(
            "{n} more pair with fewer memes in common.",
            "{n} more pairs with fewer memes in common.",
            left,
        ).format(n=f"{left:,}")
        more = f'<p class="mc-hint">{escape(said)}</p>'
    return f"<details><summary>{escape(_('Pair by pair'))}</summary>{table}{more}</details>"


def _effect(task: TaskAgreement) -> str:
    effect = task.effect
    if not (effect.shown.n or effect.hidden.n):
        return ""
    title, said = _("Effect of seeing suggestions."), describe_effect(effect, TAKING_OVER)
    return f'<p class="mc-effect"><strong>{escape(title)}</strong> {escape(said)}</p>'


TAKING_OVER = mark(
    "{shown} of {shown_answers} say what the model says where it is shown, {hidden} of "
    "{hidden_answers} where it is hidden: {difference}."
)
BEING_RIGHT = mark(
    "{shown} of {shown_answers} are right where the suggestion is shown, {hidden} of "
    "{hidden_answers} where the suggestion is hidden: {difference}."
)


def describe_effect(effect: Effect, sentence: str) -> str:
    """Say how a share of decisions differs with the suggestion shown and hidden.

    Args:
        effect: the shares.
        sentence: ``TAKING_OVER`` or ``BEING_RIGHT``: what they are shares of.
    """
    shown, hidden, gain = effect.shown, effect.hidden, effect.difference
    if math.isnan(gain.value):
        return _("Not known yet: {reason}.").format(reason=_(gain.reason))
    n = round(abs(100 * gain.value))
    if not effect.clear:
        change = _("no clear difference ({low} to {high})")
    elif gain.value > 0:
        change = ngettext(
            "{n} point more ({low} to {high})", "{n} points more ({low} to {high})", n
        )
    else:
        change = ngettext(
            "{n} point less ({low} to {high})", "{n} points less ({low} to {high})", n
        )
    return _(sentence).format(
        shown=share(shown.value),
        shown_answers=count(shown.n, "answer"),
        hidden=share(hidden.value),
        hidden_answers=count(hidden.n, "answer"),
        difference=change.format(
            n=n, low=signed(100 * gain.low, 0), high=signed(100 * gain.high, 0)
        ),
    )


def _truth(task: TaskAgreement, people: Sequence[str]) -> str:
    truth = task.truth
    if not truth.memes:
        return ""
    rows = [
        (escape(people[place]), render_metric(share), f"{share.n:,}")
        for place, share in truth.people
    ]
    heads = (_("Who"), _("Right"), _("Decisions"))
    caption = _("Decisions against the truth on {task}").format(task=task.title)
    table = render_table(heads, rows, caption, wide=False)
    said = escape(describe_effect(truth.effect, BEING_RIGHT))
    title = ngettext(
        "Against the truth of {n} gold meme", "Against the truth of {n} gold memes", truth.memes
    ).format(n=f"{truth.memes:,}")
    return f"<details><summary>{escape(title)}</summary>{table}<p>{said}</p></details>"
