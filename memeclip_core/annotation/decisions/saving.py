"""Taking decisions in: saving, drafting, skipping, flagging, taking back.

Invariants: what allows a save is looked at in the transaction that adds it to the log, and what is
held is let go of there too, so that no meme goes to more people than it needs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import takewhile

from memeclip_core.annotation.decisions.bulk import find_event
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.decisions.entry import Entry, undo_event
from memeclip_core.annotation.decisions.history import find_save
from memeclip_core.annotation.decisions.progress import Progress, add_late
from memeclip_core.annotation.decisions.queries import read_tally, select_saves
from memeclip_core.annotation.queue.assignment import Assigner, let_go
from memeclip_core.annotation.queue.limits import is_own, why_closed, why_not_theirs, why_taken
from memeclip_core.annotation.queue.queries import select_leases, take_up
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.errors import InputError, NotFound
from memeclip_core.records.decision import Decision, Person, SaveReceipt
from memeclip_core.records.exploration import MOST_CORRECTED
from memeclip_core.records.project import Project, ProjectMeme, Suggestion
from memeclip_core.records.queue import QueueCounts, Saved, Undone
from memeclip_core.records.team import Feedback, Round

MAX_BULK = 200
_log = logging.getLogger("memeclip")


@dataclass(eq=False, kw_only=True)
class Saver:
    """Writes what people decide on a project's memes into the one log.

    Attributes:
        sessions: the projects.
        assigner: holds a meme again whose save was taken back, and knows the qualification round.
        corrector: the way into the log.
        on_saved: called with the project after every save; must return at once.
        to_retraining: the decisions until a project's next retraining, or ``None``.
    """

    sessions: Sessions
    assigner: Assigner
    corrector: Corrector
    on_saved: Callable[[Project], None]
    to_retraining: Callable[[Project], int | None]

    def save(self, key: str, who: Person, entry: Entry, *, qualifies: bool = False) -> Saved:
        """Write one thing into the log; what was made under an old label set becomes a draft.

        What answers a meme of the qualification round (``qualifies``) stands elsewhere.
        """
        with self.corrector.writing() as connection:
            session = self.sessions.within(connection, key, who)
            project = session.project
            try:
                row = session.meme(entry.meme)
            except NotFound:
                # It went in before the meme was removed; only the answer was lost.
                if (before := self._find_again(session, who, entry)) is None:
                    raise
                return self._answer(project, session.progress(who.name), before, (entry.meme,))
            feedback = None
            if project.qualify or qualifies:
                feedback = self.assigner.qualification.answer(
                    session, who, entry, qualifies=qualifies
                )
            if feedback is None:
                receipt, conflict = self._enter(session, who, entry, row)
            else:
                receipt, conflict = _write_nothing(session, entry), ""
            progress = session.progress(who.name)
            first = self.assigner.qualification.find(session, who) if project.qualify else None
        if feedback is None:
            (receipt,) = self.corrector.follow((receipt,))
            if entry.action in ("label", "skip") and not conflict:
                self.on_saved(project)
        return self._answer(
            project, progress, receipt, (row.id,), conflict=conflict, first=first, feedback=feedback
        )

    def _find_again(self, session: Session, who: Person, entry: Entry) -> SaveReceipt | None:
        """Return the receipt of an entry that is in the log already."""
        known = _find_entry(session, entry)
        if known is None or not _is_retry(known[0], who, entry):
            return None
        return self.corrector.receipt(session.connection, session.project.tasks, known[0])

    def _enter(
        self, session: Session, who: Person, entry: Entry, row: ProjectMeme
    ) -> tuple[SaveReceipt, str]:
        """Write an entry into the log; return its receipt, and what is to be said of a conflict."""
        connection, project = session.connection, session.project
        labels = entry.action in ("label", "draft")
        conflict = _conflict(project, entry.version) if labels else ""
        known = None
        if conflict or project.closed:
            known = _find_entry(session, entry)
        if conflict and known is not None and _is_retry(known[0], who, entry):
            # It went in before the label set changed; only the answer was lost.
            return self.corrector.receipt(connection, project.tasks, known[0]), ""
        if project.closed and known is None and entry.action != "unflag":
            _check_held(session, who, entry.meme)
        seen = _seen(session, entry, [row.id])[row.id] if labels else {}
        whole = _complete(project, entry, row, seen, conflict=conflict)
        (receipt,) = self.corrector.enter(connection, who, project.tasks, [whole])
        if entry.action in ("label", "skip") and not conflict:
            late = let_go(session, who, (row.id,))
            if entry.action == "label":
                add_late(connection, project.key, project.tasks.key, who.name, late)
        return receipt, conflict

    def save_many(self, key: str, who: Person, entry: Entry, memes: Sequence[str]) -> Saved:
        """Write one decision for several memes with one visit to the disk."""
        chosen = tuple(dict.fromkeys(memes))
        if not 1 <= len(chosen) <= MAX_BULK:
            raise InputError(f"{len(chosen)} memes were chosen; allowed are 1 to {MAX_BULK}.")
        saves = {meme: f"{entry.save}.{number}" for number, meme in enumerate(chosen)}
        with self.corrector.writing() as connection:
            session = self.sessions.within(connection, key, who)
            # Nobody else gets one of them before they are decided.
            session.lock()
            project = session.project
            known = select_saves(connection, list(saves.values()))
            doubtful = [meme for meme in chosen if saves[meme] not in known]
            if doubtful:
                self.assigner.qualification.refuse(session, who)
            refused = refuse_memes(session, who, doubtful)
            free = [meme for meme in chosen if meme not in refused]
            if not free:
                reason = next(iter(refused.values()))
                raise InputError(f"None of the {len(chosen)} memes could be labelled: {reason}")
            conflict = _conflict(project, entry.version)
            # What is sent again may have gone in before a meme was removed.
            rows, seen = session.memes(free, removed=True), _seen(session, entry, free)
            entries = [
                _complete(
                    project, replace(entry, save=saves[meme]), rows[meme], seen[meme],
                    conflict=conflict,
                )
                for meme in free
            ]  # fmt: skip
            receipts = self.corrector.enter(connection, who, project.tasks, entries)
            late = let_go(session, who, free)
            add_late(connection, key, project.tasks.key, who.name, late)
            progress = session.progress(who.name)
        receipts = self.corrector.follow(receipts)
        self.on_saved(project)
        receipt = replace(
            receipts[-1], save=entry.save, rows=sum(receipt.rows for receipt in receipts)
        )
        return self._answer(
            project, progress, receipt, tuple(free), conflict=conflict, refused=refused
        )

    def undo(self, key: str, who: Person, client: str, undo: str = "") -> Undone:
        """Take back the last save, or the last bulk; hold its meme for the client if given.

        What was taken back under this id of an undo already is answered once more.
        """
        with self.corrector.writing() as connection:
            session = self.sessions.within(connection, key, who)
            # Nobody else gets its meme before it is held again.
            session.lock()
            self.assigner.qualification.refuse(session, who)
            project, event = session.project, undo and undo_event(who, key, undo)
            saves = _find_undone(session, event) or _find_last(session, who)
            receipt = self.corrector.take_back(
                connection, who, project.tasks, project=key, saves=[one.save for one in saves],
                event=event,
            )  # fmt: skip
            memes = tuple(save.meme for save in saves)
            take_up(connection, key, who.name, memes)
            if client:
                self._hold(session, who, memes[0], client)
            progress = session.progress(who.name)
        (receipt,) = self.corrector.follow((receipt,))
        last = saves[0]
        return Undone(
            receipt=receipt,
            counts=self._count(project, progress),
            meme=memes[0],
            memes=memes,
            labels=read_labels(project, last),
            note=last.note if last.action == "label" else "",
        )

    def counts(self, key: str, who: Person) -> QueueCounts:
        """Return how far a person is; see ``LabelQueue.counts``."""
        with self.sessions.reading(key, who) as session:
            project, progress = session.project, session.progress(who.name)
            first = self.assigner.qualification.find(session, who)
        return self._count(project, progress, first)

    def _count(
        self, project: Project, progress: Progress, first: Round | None = None
    ) -> QueueCounts:
        return QueueCounts(
            pending=progress.pending,
            draft=progress.draft,
            done=progress.done,
            skipped=progress.skipped,
            flagged=progress.flagged,
            returned=progress.returned,
            total=progress.total,
            to_retraining=self.to_retraining(project),
            closed=project.closed,
            assigned=progress.assigned,
            quota=progress.quota,
            round=first,
        )

    def _hold(self, session: Session, who: Person, meme: str, client: str) -> None:
        try:
            self.assigner.hold(session, who, meme, client, undone=True)
        except InputError as error:
            _log.info("meme %s is not held again: %s", meme[:12], error)

    def _answer(
        self,
        project: Project,
        progress: Progress,
        receipt: SaveReceipt,
        memes: tuple[str, ...],
        *,
        conflict: str = "",
        refused: Mapping[str, str] | None = None,
        first: Round | None = None,
        feedback: Feedback | None = None,
    ) -> Saved:
        return Saved(
            receipt=receipt,
            counts=self._count(project, progress, first),
            conflict=conflict,
            version=project.version,
            memes=memes,
            refused=refused or {},
            feedback=feedback,
        )


def _write_nothing(session: Session, entry: Entry) -> SaveReceipt:
    """Return the receipt of what does not go into the log."""
    project, time = session.project, datetime.fromtimestamp(session.now, UTC)
    total = read_tally(session.connection, project.key, project.tasks.key).memes
    return SaveReceipt(save=entry.save, time=time, rows=0, total=total)


def _find_entry(session: Session, entry: Entry) -> tuple[Decision, datetime | None] | None:
    """Return what is in the log under an entry's id; see ``find_save``."""
    return find_save(select_saves(session.connection, [entry.save]).get(entry.save, ()))


def _find_last(session: Session, who: Person) -> tuple[Decision, ...]:
    """Return a person's last save, or the last bulk; raise InputError if there is none."""
    saves = session.last_saves(who.name, 1)
    if not saves:
        raise InputError("There is nothing to undo: you have saved nothing in this project.")
    if stem := _stem(saves[0].save):
        together = session.last_saves(who.name, MOST_CORRECTED)
        return tuple(takewhile(lambda one: _stem(one.save) == stem, together))
    return saves


def _find_undone(session: Session, event: str) -> tuple[Decision, ...]:
    """Return what an undo took back, the last one first; () where it is not in the log."""
    save = find_event(session.connection, event) if event else ""
    if not save:
        return ()
    stem = _stem(save)
    names = [f"{stem}.{number}" for number in range(MOST_CORRECTED)] if stem else [save]
    found = map(find_save, select_saves(session.connection, names).values())
    undone = (one[0] for one in found if one is not None and one[1] is not None)
    return tuple(sorted(undone, key=lambda one: one.revision, reverse=True))


def _seen(session: Session, entry: Entry, memes: Sequence[str]) -> dict[str, dict[str, Suggestion]]:
    """Return what the model said that the person saw, or else what the current one says.

    A save does not fail for predictions that are gone meanwhile.
    """
    return session.suggestions(memes, entry.model)


def _check_held(session: Session, who: Person, meme: str) -> None:
    """Raise InputError, as of a closed project, unless a person holds a meme in some tab."""
    key = session.project.key
    if not select_leases(session.connection, key, session.now, person=who.name, memes=[meme]):
        raise InputError(why_closed(session.project))


def refuse_memes(session: Session, who: Person, memes: Sequence[str]) -> dict[str, str]:
    """Return why memes cannot be labelled by a person, by meme; those that can are left out."""
    project = session.project
    active = select_leases(session.connection, project.key, session.now, memes=memes)
    mine = {one.meme for one in active if one.person == who.name}
    there, histories = session.memes(memes), session.histories(memes)
    refused = {}
    fresh = [
        meme for meme in memes
        if meme in there and meme not in mine and not is_own(histories[meme], who)
    ]  # fmt: skip
    not_theirs = why_not_theirs(session, who, fresh)
    for meme in memes:
        if meme not in there:
            unknown = f"The project '{project.key}' has no such meme."
            refused[meme] = session.why_removed(meme) or unknown
        elif meme in mine:
            continue
        elif project.closed:
            refused[meme] = why_closed(project)
        elif not is_own(histories[meme], who):
            reason = why_taken(project, histories[meme], who, meme, active)
            refused[meme] = reason or not_theirs.get(meme, "")
    return {meme: reason for meme, reason in refused.items() if reason}


def _complete(
    project: Project,
    entry: Entry,
    row: ProjectMeme,
    suggestions: Mapping[str, Suggestion],
    *,
    conflict: str,
) -> Entry:
    """Return an entry with what the project knows of its meme; a draft where labels conflict."""
    labels = entry.labels
    if conflict:
        labels = project.migrate(labels, entry.version or project.version)
    return replace(
        entry,
        action="draft" if conflict else entry.action,
        meme=row.id,
        image=row.image,
        text=row.text,
        text_source=row.text_source,
        labels=labels,
        project=project.key,
        version=project.version,
        suggestions=suggestions if entry.action in ("label", "draft") else {},
        shown=entry.shown and not project.hides(row.id),
    )


def _conflict(project: Project, version: int | None) -> str:
    """Return the sentence to show if labels were made under an older label set, or ""."""
    if version is None or version == project.version:
        return ""
    if not 1 <= version < project.version:
        raise InputError(
            f"version is {version}; the label set of '{project.key}' is at {project.version}. "
            "Reload the page."
        )
    return (
        f"The label set was changed meanwhile (version {project.version}, yours is {version}). "
        "Your labels are kept as a draft as far as they still exist. Reload the labels and save "
        "again."
    )


def _is_retry(known: Decision, who: Person, entry: Entry) -> bool:
    same = (known.annotator, known.meme, known.action) == (who.name, entry.meme, entry.action)
    return same and known.version == entry.version


def _stem(save: str) -> str:
    """Return what the ids of a bulk have in common; "" for a save by itself."""
    stem, _, number = save.rpartition(".")
    return stem if number.isdigit() else ""
