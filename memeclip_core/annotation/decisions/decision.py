"""One press of a button: what the rows of one save say together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from memeclip_core.records.decision import Action, Correction, Verdict
from memeclip_core.records.meme import TextSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One save: a person's labels of one meme, or a draft, a skip, a flag or a return.

    Attributes:
        save: the id that its rows share.
        labels: by task key; shared between decisions, so never to be changed. Empty where the
            action has no labels.
        note: free text; the reason of a skip, a flag or a return.
        project, version: the project and the version of its label set.
        action: what was done; never ``retract``.
        verdicts: how each task's decision stands to the model's; shared like ``labels``.
        seconds: how long the person looked, or ``None``.
        model: the version of the model that was (or could have been) seen, or "".
        target: whose decision is sent back, or whose flag is taken off; "" otherwise.
        revision: the ledger's revision that it made; a later decision has a higher one.
    """

    save: str
    annotator: str
    time: datetime
    task_set: str
    meme: str
    image: str
    text: str
    text_source: TextSource
    labels: dict[str, tuple[str, ...]]
    note: str
    project: str = ""
    version: int = 1
    action: Action = "label"
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seconds: float | None = None
    model: str = ""
    target: str = ""
    revision: int = 0

    @property
    def verdict(self) -> Verdict:
        """How it stands to the model as a whole: corrected if one task was, else confirmed."""
        return join_verdicts(self.verdicts.values())


def join_verdicts(verdicts: Iterable[Verdict]) -> Verdict:
    """Return how a save stands to the model whose tasks stand to it like this."""
    found = set(verdicts)
    order: tuple[Verdict, ...] = ("corrected", "confirmed", "unaided")
    return next((verdict for verdict in order if verdict in found), "")


def gather_rows(
    rows: Sequence[Correction],
    labels: dict[str, tuple[str, ...]],
    verdicts: dict[str, Verdict],
    revision: int,
) -> Decision:
    """Return what the rows of one save say; at least one row, all of one save."""
    last = rows[-1]
    return Decision(
        save=last.save,
        annotator=last.annotator,
        time=last.time,
        task_set=last.task_set,
        meme=last.meme,
        image=last.image,
        text=last.text,
        text_source=last.text_source,
        labels=labels,
        note=last.note,
        project=last.project,
        version=last.version,
        action=last.action,
        verdicts=verdicts,
        seconds=last.seconds,
        model=last.model,
        target=last.target,
        revision=revision,
    )
