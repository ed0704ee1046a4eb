"""Taking decisions in: saving, drafting, skipping, flagging, taking back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.decisions.entry import Entry
from memeclip_core.annotation.queue.assignment import Assigner, is_own, why_closed, why_taken
from memeclip_core.annotation.queue.filters import CODES
from memeclip_core.annotation.queue.queries import Lease
from memeclip_core.annotation.queue.session import Session, Sessions
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.decision import Decision, Person, SaveReceipt
from memeclip_core.records.project import Project, ProjectMeme, Suggestion
from memeclip_core.records.queue import QueueCounts, Saved, Undone

MAX_BULK = 200
_BULK = "bulk"
_log = logging.getLogger("memeclip")


class Saver:
    """Writes what people decide on a project's memes into the one log.

    Args:
        sessions: the projects.
        assigner: lets go of memes that are dealt with.
        corrector: the way into the log.
        on_saved: called with the project after every save; must return at once.
        to_retraining: the decisions until a project's next retraining, or ``None``.
    """

    def __init__(
        self,
        *,
        sessions: Sessions,
        assigner: Assigner,
        corrector: Corrector,
        on_saved: Callable[[Project], None],
        to_retraining: Callable[[Project], int | None],
    ) -> None:
        self._sessions = sessions
        self._assigner = assigner
        self._corrector = corrector
        self._on_saved = on_saved
        self._to_retraining = to_retraining

    def save(self, key: str, who: Person, entry: Entry) -> Saved:
        """Write one thing into the log; what was made under an old label set becomes a draft."""
        with self._sessions.place(key).mutex:
            session = self._sessions.open(key)
            row, suggestions = session.meme(entry.meme), self._seen(session, entry)
        project = session.project
        conflict = (
            "" if entry.action not in ("label", "draft") else _conflict(project, entry.version)
        )
        known = None
        if conflict or project.closed:
            known = self._corrector.ledger().save(entry.save)
        if conflict and known is not None and _is_retry(known, who, entry):
            # It went in before the label set changed; only the answer was lost.
            receipt = SaveReceipt(
                save=known.save, time=known.time, rows=0, total=session.book.count.memes
            )
            return self._answer(session, who, receipt, (entry.meme,))
        if project.closed and known is None and entry.action != "unflag":
            self._assigner.check_held(key, who, entry.meme)
        whole = _complete(session, entry, row, suggestions, conflict=conflict)
        receipt = self._corrector.decide(who, project.tasks, whole)
        if entry.action in ("label", "skip") and not conflict:
            self._finish(session, who, (entry.meme,))
        return self._answer(session, who, receipt, (entry.meme,), conflict=conflict)

    def save_many(self, key: str, who: Person, entry: Entry, memes: Sequence[str]) -> Saved:
        """Write one decision for several memes with one visit to the disk."""
        chosen = tuple(dict.fromkeys(memes))
        if not 1 <= len(chosen) <= MAX_BULK:
            raise InputError(f"{len(chosen)} memes were chosen; allowed are 1 to {MAX_BULK}.")
        place = self._sessions.look(key)
        with place.leases.exclusive() as leases, place.mutex:
            session = self._sessions.open(key)
            project, active = session.project, leases.active()
            refused = {
                meme: reason
                for number, meme in enumerate(chosen)
                if self._corrector.ledger().save(f"{entry.save}.{number}") is None
                and (reason := _why_not(session, who, meme, active))
            }
            free = [meme for meme in chosen if meme not in refused]
            until = leases.now + project.lease_minutes * 60
            mine = {one.meme for one in active if one.person == who.name}
            leases.hold(
                [
                    Lease(meme=meme, person=who.name, client=_BULK, query="", until=until)
                    for meme in free
                    if meme not in mine
                ]
            )
            found = {meme: (session.meme(meme), self._seen(session, entry, meme)) for meme in free}
        if not free:
            raise InputError(
                f"None of the {len(chosen)} memes could be labelled: {next(iter(refused.values()))}"
            )
        conflict = _conflict(project, entry.version)
        entries = [
            _complete(
                session,
                replace(entry, save=f"{entry.save}.{chosen.index(meme)}"),
                *found[meme],
                conflict=conflict,
            )
            for meme in free
        ]
        try:
            receipts = self._corrector.decide_many(who, project.tasks, entries)
        finally:
            self._finish(session, who, free)
        receipt = SaveReceipt(
            save=entry.save,
            time=receipts[-1].time,
            rows=sum(one.rows for one in receipts),
            total=receipts[-1].total,
        )
        return self._answer(session, who, receipt, tuple(free), conflict=conflict, refused=refused)

    def undo(self, key: str, who: Person, client: str) -> Undone:
        """Take back the last save, or the last bulk; hold its meme for the client if given."""
        with self._sessions.place(key).mutex:
            session = self._sessions.open(key)
            saves = session.book.saves(who.name, MAX_BULK)
        if not saves:
            raise InputError("There is nothing to undo: you have saved nothing in this project.")
        together = _together(saves)
        receipt = self._corrector.undo(
            who,
            session.project.tasks,
            project=key,
            saves=tuple(save.save for save in together),
        )
        memes = tuple(save.meme for save in together)
        self._assigner.take_up(key, who, memes)
        if client:
            self._hold(key, who, memes[0], client)
        last = together[0]
        return Undone(
            receipt=receipt,
            counts=self._count(session, who),
            meme=memes[0],
            memes=memes,
            labels=read_labels(session.project, last),
            note=last.note if last.action == "label" else "",
        )

    def counts(self, key: str, who: Person) -> QueueCounts:
        """Return how far a person is; see ``LabelQueue.counts``."""
        with self._sessions.place(key).mutex:
            session = self._sessions.open(key)
        return self._count(session, who)

    def _count(self, session: Session, who: Person) -> QueueCounts:
        """Count what an open project holds by now, without opening it again."""
        with session.place.mutex:
            states, project = session.states, session.project
            states.sync(project, session.index, session.book)
            marks = states.marks(who.name)
            return QueueCounts(
                pending=int(states.available(who.name).sum()),
                draft=int((marks.codes == CODES["draft"]).sum()),
                done=int((marks.codes == CODES["done"]).sum()),
                skipped=int((marks.codes == CODES["skipped"]).sum()),
                flagged=int(marks.flagged.sum()),
                returned=int(marks.returned.sum()),
                total=states.size,
                to_retraining=self._to_retraining(project),
                closed=project.closed,
            )

    def _seen(self, session: Session, entry: Entry, meme: str = "") -> Mapping[str, Suggestion]:
        """Return what the model said that the person saw, or else what the current one says."""
        table = session.table
        if entry.model and entry.model != table.model:
            # A save does not fail for predictions that are gone meanwhile.
            table = self._sessions.find_table(session.project.key, entry.model) or table
        return session.suggestions(meme or entry.meme, table)

    def _finish(self, session: Session, who: Person, memes: Sequence[str]) -> None:
        """Let go of what was dealt with; the decision stands whether or not that works."""
        try:
            self._assigner.let_go(session, who, memes)
        except StoreError as error:
            _log.warning(
                "%d leases of %s run out by themselves: %s", len(memes), session.project.key, error
            )
        self._on_saved(session.project)

    def _hold(self, key: str, who: Person, meme: str, client: str) -> None:
        try:
            self._assigner.open(key, who, meme, client, undone=True)
        except (InputError, StoreError) as error:
            _log.info("meme %s is not held again: %s", meme[:12], error)

    def _answer(
        self,
        session: Session,
        who: Person,
        receipt: SaveReceipt,
        memes: tuple[str, ...],
        *,
        conflict: str = "",
        refused: Mapping[str, str] | None = None,
    ) -> Saved:
        return Saved(
            receipt=receipt,
            counts=self._count(session, who),
            conflict=conflict,
            version=session.project.version,
            memes=memes,
            refused=refused or {},
        )


def _complete(
    session: Session,
    entry: Entry,
    row: ProjectMeme,
    suggestions: Mapping[str, Suggestion],
    *,
    conflict: str,
) -> Entry:
    """Return an entry with what the project knows of its meme; a draft where labels conflict."""
    project, labels = session.project, entry.labels
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


def _why_not(session: Session, who: Person, meme: str, active: Sequence[Lease]) -> str:
    if session.index.get(meme) is None:
        return f"The project '{session.project.key}' has no such meme."
    if any((one.meme, one.person) == (meme, who.name) for one in active):
        return ""
    if session.project.closed:
        return why_closed(session.project)
    if is_own(session, who, meme):
        return ""
    return why_taken(session, who, meme, active)


def _together(saves: Sequence[Decision]) -> list[Decision]:
    """Return the last save, or all of the last bulk, newest first."""
    stem, _, number = saves[-1].save.rpartition(".")
    if not stem or not number.isdigit():
        return [saves[-1]]
    found = []
    for save in reversed(saves):
        if save.save.rpartition(".")[0] != stem:
            break
        found.append(save)
    return found
