"""One task's answer put right on many memes at once, with a look ahead and one undo.

A decision answers all tasks that apply, so the others keep what is decided, or, for a reviewer,
what the import brought along. Where people other than the person have decided a meme, a reviewer's
correction decides it for all; everywhere else it is the person's own decision, under the rules of
every other one.

Invariants: what a correction does is found in the transaction that writes it, by what ``preview``
asks too; all of it is written, or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.decided import read_labels, read_resolved
from memeclip_core.annotation.decisions.entry import check_labels, enter_meme
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.progress import add_late
from memeclip_core.annotation.decisions.queries import select_saves
from memeclip_core.annotation.decisions.saving import refuse_memes
from memeclip_core.annotation.queue.assignment import let_go
from memeclip_core.annotation.queue.queries import take_up
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.errors import InputError, LabelError
from memeclip_core.records.decision import Action, Person
from memeclip_core.records.exploration import (
    MOST_CORRECTED,
    Change,
    Corrected,
    CorrectionPreview,
)
from memeclip_core.records.project import Labels, Project, ProjectMeme, Suggestion

UNDECIDED: Final = (
    "Its other questions have no answer that counts. Label it, or take the model's answers there."
)
UNANSWERED: Final = (
    "Its other questions have no answer that counts, and the model's are hidden or not known "
    "there. Label it."
)
NOT_ASKED: Final = "By its other answers, this question is not asked of it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What is to be done to one meme.

    Attributes:
        meme: it.
        old, new: its labels before and after.
        action: an own decision, or one for all.
        filled: whether other answers are the model's.
    """

    meme: ProjectMeme
    old: Labels
    new: Labels
    action: Action
    filled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a correction does: to which memes, which have the label already, which are left out."""

    planned: tuple[Planned, ...]
    same: tuple[str, ...]
    refused: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class BulkCorrector:
    """Corrects many memes of a project.

    Throughout, ``who`` is the person, ``key`` the project's, ``memes`` content ids, and ``fill``
    says whether questions that nobody has decided get the model's answers, where these are not
    hidden.

    Attributes:
        sessions, corrector: the projects, and the way into the log.
        people: says who is a reviewer.
        on_saved: called with the project after every correction.
    """

    sessions: Sessions
    corrector: Corrector
    people: People
    on_saved: Callable[[Project], Any]

    def preview(
        self,
        who: Person,
        key: str,
        memes: Sequence[str],
        task: str,
        labels: tuple[str, ...],
        *,
        fill: bool = False,
    ) -> CorrectionPreview:
        """Return what a correction would do, without doing it; see ``correct``."""
        with self.sessions.reading(key, who) as session:
            plan = self._plan(session, who, _check_memes(memes), task, labels, fill=fill)
            own = session.project.tasks.task(task)
            version = session.project.version
        answer = own.check(labels)
        changes = Counter(one.old.get(own.key, ()) for one in plan.planned)
        return CorrectionPreview(
            task=own.key,
            labels=answer,
            changes=tuple(
                Change(old=old, new=answer, memes=count) for old, count in changes.most_common()
            ),
            changed=len(plan.planned),
            same=len(plan.same),
            refused=dict(Counter(plan.refused.values()).most_common()),
            filled=sum(one.filled for one in plan.planned),
            version=version,
        )

    def correct(
        self,
        who: Person,
        key: str,
        memes: Sequence[str],
        task: str,
        labels: tuple[str, ...],
        *,
        save: str,
        fill: bool = False,
    ) -> Corrected:
        """Give memes another answer to a task; it is on the disk when this returns.

        Args:
            who, key, memes, fill: see ``BulkCorrector``.
            task, labels: the answer.
            save: the caller's own id of it: the same one twice counts once.

        Raises:
            InputError: if there are too many memes, or none can be corrected.
            LabelError: on an unknown task or label.
            StoreError: if nothing could be written.
        """
        chosen = _check_memes(memes)
        names = {meme: f"{save}.{number}" for number, meme in enumerate(chosen)}
        with self.corrector.writing() as connection:
            session = self.sessions.within(connection, key, who)
            session.lock()
            project = session.project
            known = select_saves(connection, list(names.values()))
            again = [meme for meme in chosen if names[meme] in known]
            fresh = [meme for meme in chosen if names[meme] not in known]
            plan = self._plan(session, who, fresh, task, labels, fill=fill)
            if plan.refused and not (plan.planned or plan.same or again):
                reason = next(iter(plan.refused.values()))
                raise InputError(f"None of the {len(chosen)} memes could be corrected: {reason}")
            done = [one.meme.id for one in plan.planned]
            said = session.suggestions(done)
            entries = [
                enter_meme(
                    project, one.meme, save=names[one.meme.id], action=one.action, labels=one.new,
                    suggestions=said[one.meme.id], shown=one.filled,
                )
                for one in plan.planned
            ]  # fmt: skip
            receipts = self.corrector.enter(connection, who, project.tasks, entries)
            if done:
                late = let_go(session, who, done)
                add_late(connection, key, project.tasks.key, who.name, late)
        receipts = self.corrector.follow(receipts)
        self.on_saved(project)
        return Corrected(
            save=save,
            memes=(*again, *done),
            refused=plan.refused,
            behind=any(receipt.behind for receipt in receipts),
        )

    def undo(self, who: Person, key: str, save: str) -> Corrected:
        """Take a correction back as a whole: what was decided before counts again.

        What was decided since then stays.

        Raises:
            InputError: if the person has made no such correction.
        """
        names = [f"{save}.{number}" for number in range(MOST_CORRECTED)]
        with self.corrector.writing() as connection:
            session = self.sessions.within(connection, key, who)
            known = select_saves(connection, names)
            if not known:
                raise InputError(f"There is no correction '{save[:80]}' to take back.")
            receipt = self.corrector.take_back(
                connection, who, session.project.tasks, project=key, saves=list(known)
            )
            memes = tuple(rows[0][1].meme for rows in known.values())
            take_up(connection, key, who.name, memes)
        (receipt,) = self.corrector.follow((receipt,))
        return Corrected(save=save, memes=memes, behind=receipt.behind)

    def _plan(
        self,
        session: Session,
        who: Person,
        memes: Sequence[str],
        task: str,
        labels: tuple[str, ...],
        *,
        fill: bool,
    ) -> Plan:
        project, reviewer = session.project, self.people.can(who, "reviewer")
        own = project.tasks.task(task)
        answer = own.check(labels)
        rows, histories = session.memes(memes), session.histories(memes)
        shown = session.suggestions([meme for meme in memes if fill and not project.hides(meme)])
        for_all = {meme for meme in rows if reviewer and _is_others(histories[meme], who)}
        refused = refuse_memes(session, who, [meme for meme in memes if meme not in for_all])
        planned, same = [], []
        for meme in memes:
            if meme in refused:
                continue
            old = _read_old(project, histories[meme], who, for_all=meme in for_all)
            if reviewer and not old:
                old = rows[meme].given
            if old.get(own.key) == answer:
                same.append(meme)
                continue
            try:
                new, filled = _complete(project, old, {own.key: answer}, shown.get(meme, {}))
            except LabelError:
                refused[meme] = UNANSWERED if fill else UNDECIDED
                continue
            if own.key not in new:
                refused[meme] = NOT_ASKED
                continue
            action: Action = "adjudicate" if meme in for_all else "label"
            planned.append(Planned(meme=rows[meme], old=old, new=new, action=action, filled=filled))
        return Plan(planned=tuple(planned), same=tuple(same), refused=refused)


def _check_memes(memes: Sequence[str]) -> list[str]:
    chosen = list(dict.fromkeys(memes))
    if not 1 <= len(chosen) <= MOST_CORRECTED:
        raise InputError(f"{len(chosen):,} memes were chosen; allowed are 1 to {MOST_CORRECTED:,}.")
    return chosen


def _is_others(history: History, who: Person) -> bool:
    """Say whether anybody else has decided a meme, or it is decided for all."""
    others = (one.annotator != who.name for one in history.decisions)
    return history.adjudicated is not None or any(others)


def _read_old(project: Project, history: History, who: Person, *, for_all: bool) -> Labels:
    """Return what a meme is labelled now: what counts, or the person's own decision."""
    if not for_all:
        return read_labels(project, history.decision(who.name))
    resolved = read_resolved(project, history)
    return {} if resolved is None else dict(resolved.labels)


def _complete(
    project: Project, old: Labels, answer: Labels, suggestions: dict[str, Suggestion]
) -> tuple[Labels, bool]:
    """Return whole labels with an answer in them, and whether some of them are suggestions.

    Raises:
        LabelError: if a task that applies then has no answer.
    """
    said = {task: one.labels for task, one in suggestions.items()}
    new = check_labels(project.tasks, {**said, **old, **answer})
    return new, any(task not in old and task not in answer for task in new)
