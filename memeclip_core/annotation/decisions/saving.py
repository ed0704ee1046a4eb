"""Taking decisions in: saving, drafting, skipping, flagging, taking back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.decided import read_labels
from memeclip_core.annotation.decisions.entry import Entry, enter_meme
from memeclip_core.annotation.queue.assignment import Assigner, is_own, why_closed, why_taken
from memeclip_core.annotation.queue.filters import CODES
from memeclip_core.annotation.queue.leases import Lease
from memeclip_core.annotation.queue.session import Bench, Benches
from memeclip_core.errors import InputError, StoreError
from memeclip_core.records.decision import Action, Decision, Person, SaveReceipt
from memeclip_core.records.project import Labels, Project, ProjectMeme, Suggestion
from memeclip_core.records.queue import QueueCounts, Saved, Undone

MAX_BULK = 200
_BULK = "bulk"
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person does to a meme, as the page says it; see ``LabelQueue.save``."""

    save: str
    action: Action
    meme: str
    labels: Labels = field(default_factory=dict)
    note: str = ""
    seconds: float | None = None
    shown: bool = False
    model: str = ""
    version: int | None = None
    target: str = ""


class Saver:
    """Writes what people decide on a project's memes into the one log.

    Args:
        benches: the projects.
        assigner: lets go of memes that are dealt with.
        corrector: the way into the log.
        on_saved: called with the project after every save; must return at once.
        to_retraining: the decisions until a project's next retraining, or ``None``.
    """

    def __init__(
        self,
        *,
        benches: Benches,
        assigner: Assigner,
        corrector: Corrector,
        on_saved: Callable[[Project], None],
        to_retraining: Callable[[Project], int | None],
    ) -> None:
        self._benches = benches
        self._assigner = assigner
        self._corrector = corrector
        self._on_saved = on_saved
        self._to_retraining = to_retraining

    def save(self, key: str, who: Person, act: Act) -> Saved:
        """Write one thing into the log; what was made under an old label set becomes a draft."""
        with self._benches.place(key).mutex:
            bench = self._benches.open(key)
            row, suggestions = bench.meme(act.meme), self._seen(bench, act)
        project = bench.project
        conflict = "" if act.action not in ("label", "draft") else _conflict(project, act.version)
        known = None
        if conflict or project.closed:
            known = self._corrector.ledger().save(act.save)
        if conflict and known is not None and _is_retry(known, who, act):
            # It went in before the label set changed; only the answer was lost.
            receipt = SaveReceipt(
                save=known.save, time=known.time, rows=0, total=bench.book.count.memes
            )
            return self._answer(bench, who, receipt, (act.meme,))
        if project.closed and known is None and act.action != "unflag":
            self._assigner.check_held(key, who, act.meme)
        entry = _entry(project, row, suggestions, act, conflict=conflict)
        receipt = self._corrector.decide(who, project.tasks, entry)
        if act.action in ("label", "skip") and not conflict:
            self._finish(bench, who, (act.meme,))
        return self._answer(bench, who, receipt, (act.meme,), conflict=conflict)

    def save_many(self, key: str, who: Person, act: Act, memes: Sequence[str]) -> Saved:
        """Write one decision for several memes with one visit to the disk."""
        chosen = tuple(dict.fromkeys(memes))
        if not 1 <= len(chosen) <= MAX_BULK:
            raise InputError(f"{len(chosen)} memes were chosen; allowed are 1 to {MAX_BULK}.")
        place = self._benches.look(key)
        with place.leases.exclusive() as leases, place.mutex:
            bench = self._benches.open(key)
            project, active = bench.project, leases.active()
            refused = {
                meme: reason
                for number, meme in enumerate(chosen)
                if self._corrector.ledger().save(f"{act.save}.{number}") is None
                and (reason := _why_not(bench, who, meme, active))
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
            found = {meme: (bench.meme(meme), self._seen(bench, act, meme)) for meme in free}
        if not free:
            raise InputError(
                f"None of the {len(chosen)} memes could be labelled: {next(iter(refused.values()))}"
            )
        conflict = _conflict(project, act.version)
        entries = [
            _entry(project, *found[meme], act, conflict=conflict, number=chosen.index(meme))
            for meme in free
        ]
        try:
            receipts = self._corrector.decide_many(who, project.tasks, entries)
        finally:
            self._finish(bench, who, free)
        receipt = SaveReceipt(
            save=act.save,
            time=receipts[-1].time,
            rows=sum(one.rows for one in receipts),
            total=receipts[-1].total,
        )
        return self._answer(bench, who, receipt, tuple(free), conflict=conflict, refused=refused)

    def undo(self, key: str, who: Person, client: str) -> Undone:
        """Take back the last save, or the last bulk; hold its meme for the client if given."""
        with self._benches.place(key).mutex:
            bench = self._benches.open(key)
            saves = bench.book.saves(who.name, MAX_BULK)
        if not saves:
            raise InputError("There is nothing to undo: you have saved nothing in this project.")
        together = _together(saves)
        receipt = self._corrector.undo(
            who,
            bench.project.tasks,
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
            counts=self._count(bench, who),
            meme=memes[0],
            memes=memes,
            labels=read_labels(bench.project, last),
            note=last.note if last.action == "label" else "",
        )

    def counts(self, key: str, who: Person) -> QueueCounts:
        """Return how far a person is; see ``LabelQueue.counts``."""
        with self._benches.place(key).mutex:
            bench = self._benches.open(key)
        return self._count(bench, who)

    def _count(self, bench: Bench, who: Person) -> QueueCounts:
        """Count what an open project holds by now, without opening it again."""
        with bench.place.mutex:
            states, project = bench.states, bench.project
            states.sync(project, bench.index, bench.book)
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

    def _seen(self, bench: Bench, act: Act, meme: str = "") -> Mapping[str, Suggestion]:
        """Return what the model said that the person saw, or else what the current one says."""
        table = bench.table
        if act.model and act.model != table.model:
            # A save does not fail for predictions that are gone meanwhile.
            table = self._benches.find_table(bench.project.key, act.model) or table
        return bench.suggestions(meme or act.meme, table)

    def _finish(self, bench: Bench, who: Person, memes: Sequence[str]) -> None:
        """Let go of what was dealt with; the decision stands whether or not that works."""
        try:
            self._assigner.let_go(bench, who, memes)
        except StoreError as error:
            _log.warning(
                "%d leases of %s run out by themselves: %s", len(memes), bench.project.key, error
            )
        self._on_saved(bench.project)

    def _hold(self, key: str, who: Person, meme: str, client: str) -> None:
        try:
            self._assigner.open(key, who, meme, client, undone=True)
        except (InputError, StoreError) as error:
            _log.info("meme %s is not held again: %s", meme[:12], error)

    def _answer(
        self,
        bench: Bench,
        who: Person,
        receipt: SaveReceipt,
        memes: tuple[str, ...],
        *,
        conflict: str = "",
        refused: Mapping[str, str] | None = None,
    ) -> Saved:
        return Saved(
            receipt=receipt,
            counts=self._count(bench, who),
            conflict=conflict,
            version=bench.project.version,
            memes=memes,
            refused=refused or {},
        )


def _entry(
    project: Project,
    row: ProjectMeme,
    suggestions: Mapping[str, Suggestion],
    act: Act,
    *,
    conflict: str,
    number: int | None = None,
) -> Entry:
    labels = act.labels
    if conflict:
        labels = project.migrate(labels, act.version or project.version)
    return enter_meme(
        project,
        row,
        save=act.save if number is None else f"{act.save}.{number}",
        action="draft" if conflict else act.action,
        labels=labels,
        note=act.note,
        suggestions=suggestions if act.action in ("label", "draft") else {},
        shown=act.shown and not project.hides(row.id),
        seconds=act.seconds,
        target=act.target,
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


def _is_retry(known: Decision, who: Person, act: Act) -> bool:
    same = (known.annotator, known.meme, known.action) == (who.name, act.meme, act.action)
    return same and known.version == act.version


def _why_not(bench: Bench, who: Person, meme: str, active: Sequence[Lease]) -> str:
    if bench.index.get(meme) is None:
        return f"The project '{bench.project.key}' has no such meme."
    if any((one.meme, one.person) == (meme, who.name) for one in active):
        return ""
    if bench.project.closed:
        return why_closed(bench.project)
    if is_own(bench, who, meme):
        return ""
    return why_taken(bench, who, meme, active)


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
