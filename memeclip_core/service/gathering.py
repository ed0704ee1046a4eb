"""What all decisions on a task set teach: kept up to date meme by meme, not folded anew."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable

from memeclip_core.fold import Book, Decision, Ledger, resolve_labels
from memeclip_core.labelling import Labels, Project
from memeclip_core.records import Labelled
from memeclip_core.splits import is_held_out
from memeclip_core.stores.corrections import CorrectionStore
from memeclip_core.tasks import TaskSet


class Gathered:
    """The decided memes of one task set; see ``Gatherer.gather``."""

    def __init__(self, tasks: TaskSet, versions: dict[str, int]) -> None:
        self.tasks = tasks
        self.versions = versions
        self.revision = -1
        self._memes: dict[str, tuple[int, Labelled]] = {}
        self._digests: dict[str, str] = {}
        self._held_out = 0
        self._list: tuple[Labelled, ...] | None = ()
        self._mutex = threading.RLock()

    def __len__(self) -> int:
        """How many memes are decided."""
        return len(self._memes)

    @property
    def held_out(self) -> int:
        """How many of them are held out to measure on."""
        return self._held_out

    def memes(self) -> tuple[Labelled, ...]:
        """Return the memes with their labels in no order, which is quicker than ``labelled``."""
        with self._mutex:
            return tuple(item for _, item in self._memes.values())

    def digests(self) -> frozenset[str]:
        """Return what changes with each meme's text or labels; see ``digest_labels``."""
        with self._mutex:
            return frozenset(self._digests.values())

    def labelled(self) -> tuple[Labelled, ...]:
        """Return the memes with their labels, newest decision first."""
        with self._mutex:
            if self._list is None:
                newest = sorted(self._memes.values(), key=lambda item: item[0], reverse=True)
                self._list = tuple(item for _, item in newest)
            return self._list

    def put(self, meme: str, found: tuple[int, Labelled] | None) -> None:
        """Note a meme's labels and the revision of their decision, or that it has none."""
        with self._mutex:
            if self._memes.get(meme) == found:
                return
            self._list = None
            self._held_out += is_held_out(meme) * ((found is not None) - (meme in self._memes))
            if found is None:
                del self._memes[meme], self._digests[meme]
            else:
                self._memes[meme] = found
                self._digests[meme] = digest_labels(found[1])


class Gatherer:
    """Gather the labels of memes over the page and all projects."""

    def __init__(
        self,
        *,
        log: CorrectionStore,
        project: Callable[[str], Project | None],
    ) -> None:
        self._log = log
        self._project = project
        self._known: dict[str, Gathered] = {}
        self._mutex = threading.RLock()

    def gather(self, tasks: TaskSet) -> Gathered:
        """Return the decided memes of a task set; the cost is that of what is new.

        Of a meme that stands in several projects, or in one and on the page, all decisions count
        together: the latest of each person, or a reviewer's. Where people are even the meme has no
        label; see ``Labelled.tied``. Labels that the task set does not know are left out.

        Raises:
            StoreError: if the log cannot be read.
        """
        ledger = self._log.ledger()
        with self._mutex:
            books = ledger.books(tasks.key)
            projects = {book.project: self._project(book.project) for book in books if book.project}
            versions = {key: project.version for key, project in projects.items() if project}
            known = self._known.get(tasks.key)
            if known is None or known.tasks != tasks or known.versions != versions:
                known = self._known[tasks.key] = Gathered(tasks, versions)
            revision = ledger.revision
            if known.revision != revision:
                _catch_up(known, ledger, books, projects)
                known.revision = revision
            return known


def _catch_up(
    known: Gathered, ledger: Ledger, books: tuple[Book, ...], projects: dict[str, Project | None]
) -> None:
    def read(decision: Decision) -> Labels:
        project = projects.get(decision.project)
        if project is None:
            return decision.labels
        return project.migrate(decision.labels, decision.version)

    touched = dict.fromkeys(meme for book in books for meme in book.touched_since(known.revision))
    for meme in touched:
        decisions = [one for book in books for one in book.decisions(meme)]
        decisions.sort(key=lambda one: one.revision)
        # Who decided in several places has one vote: the latest.
        latest = {one.annotator: one for one in decisions}
        cast = [one for one in decisions if latest[one.annotator] is one]
        settled = [one for book in books if (one := book.adjudicated(meme)) is not None]
        final = max(settled, key=lambda one: one.revision, default=None)
        item = resolve_labels(cast, final, known.tasks, read)
        last = final or next(reversed(cast), None)
        known.put(meme, None if item is None or last is None else (last.revision, item))


def digest_labels(item: Labelled) -> str:
    """Return what changes whenever a meme's text or labels do."""
    plain = json.dumps([item.meme, item.text, sorted(item.labels.items())], ensure_ascii=True)
    return hashlib.sha256(plain.encode("ascii")).hexdigest()[:16]
