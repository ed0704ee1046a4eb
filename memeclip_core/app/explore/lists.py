"""Lists of a collection's memes: the same, nearly the same, and suspected label errors."""

from __future__ import annotations

from typing import Final

import numpy as np

from memeclip_core.app.explore.contents import Contents
from memeclip_core.evaluation.label_errors import DOUBT
from memeclip_core.explore.copies import list_groups
from memeclip_core.memes.splits import join_equal
from memeclip_core.memes.text import text_key
from memeclip_core.records.exploration import Copies, Suspect, Suspects
from memeclip_core.storage.arrays import KeptArrays
from memeclip_core.tasks import Task

SAME: Final = "The same text, but for case, punctuation of another kind and spaces."
NEAR: Final = (
    "Texts are near whose pieces of five letters overlap by 70 %, and pictures whose small "
    "versions differ by at most 3 of 255 on average. A group also holds what is near through "
    "others. The same picture is the same file."
)
ASSUMES: Final = (
    "Confident learning (Northcutt, Jiang and Chuang, 2021) on the probabilities of a linear probe "
    "of text and picture, cross-fitted over five folds, so that none saw the label that it judges. "
    "It assumes that labels are wrong at random within a class: a rare kind of meme looks like an "
    "error to it, and a person has to decide."
)


def list_copies(contents: Contents) -> Copies:
    """Return memes with the same text."""
    texts = [text_key(text) for text in contents.texts]
    return Copies(
        groups=list_groups("same text", contents.ids, join_equal(texts), texts),
        compared={"same text": sum(key is not None for key in texts)},
        note=SAME,
    )


def list_near(contents: Contents, found: KeptArrays) -> Copies:
    """Return memes with the same picture, nearly the same picture, or nearly the same text.

    ``found`` is what ``Recipes.near`` made.
    """
    texts = [text_key(text) for text in contents.texts]
    same = [None if one < 0 else str(one) for one in found.arrays["picture"].tolist()]
    ids, pictures = contents.ids, sum(one is not None for one in same)
    return Copies(
        groups=(
            *list_groups("same picture", ids, join_equal(same), same),
            *list_groups("near picture", ids, found.arrays["near_picture"], same, near=True),
            *list_groups("near text", ids, found.arrays["near_text"], texts, near=True),
        ),
        compared={
            "same picture": pictures,
            "near picture": pictures,
            "near text": sum(key is not None for key in texts),
        },
        note=NEAR,
    )


def list_suspects(
    contents: Contents, task: Task, found: KeptArrays, now: np.ndarray, n: int
) -> Suspects:
    """Return labels that are probably wrong, the worst first.

    Args:
        contents, task: whose, and of what.
        found: what ``Recipes.suspects`` made.
        now: today's labels, (N,) or (N, C): those that have changed since are left out.
        n: how many are listed.
    """
    given, wrong = np.asarray(found.arrays["labels"]), np.asarray(found.arrays["wrong"])
    still = wrong & (given == now)
    if given.ndim == 2:
        likelier = np.where(wrong, 1 - given, given)
        still = still.any(axis=1)
    else:
        likelier = np.asarray(found.arrays["probabilities"]).argmax(axis=1)
    places, quality = np.flatnonzero(still), np.asarray(found.arrays["quality"])
    places = places[np.argsort(quality[places], kind="stable")]
    return Suspects(
        task=task.key,
        suspects=tuple(
            Suspect(
                id=contents.ids[place],
                given=_name(task, given[place]),
                likelier=_name(task, likelier[place]),
                quality=float(quality[place]),
            )
            for place in places[:n].tolist()
        ),
        total=len(places),
        labelled=found.facts["labelled"],
        compared=found.facts["compared"],
        note=f"{ASSUMES} {(_name_judged if given.ndim > 1 else _say_agreement)(task, found)}",
        reason=found.facts["reason"],
    )


def _say_agreement(task: Task, found: KeptArrays) -> str:
    """Say how far the probe can be believed."""
    given, said = (np.asarray(found.arrays[name]) for name in ("labels", "probabilities"))
    known = (given >= 0) & ~np.isnan(said).any(axis=1)
    agrees = (said[known].argmax(axis=1) == given[known]).mean() if known.any() else 0.0
    return (
        f"The probe agrees with {_percent(agrees)} of the labels: where it errs itself, a right "
        "label looks wrong."
    )


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _name_judged(task: Task, found: KeptArrays) -> str:
    judged = [task.label(task.names[place]).display for place in found.facts["judged"]]
    return (
        f"Of {len(task.names)} classes {len(judged)} are judged, those that the probe knows well "
        f"enough: {', '.join(judged) or 'none'}. A label is listed whose probability is at most "
        f"{_percent(DOUBT)}."
    )


def _name(task: Task, labels: np.ndarray) -> tuple[str, ...]:
    if labels.ndim == 0:
        return (task.names[int(labels)],)
    return tuple(name for name, holds in zip(task.names, labels, strict=True) if holds == 1)
