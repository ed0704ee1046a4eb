"""What all decisions on a task set teach: kept up to date meme by meme, not folded anew."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memeclip_core.annotation.decisions import queries
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.log import DecisionLog, FindProject
from memeclip_core.annotation.decisions.resolve import resolve_labels
from memeclip_core.database.parts import split_values
from memeclip_core.records.decision import Decision, Labelled
from memeclip_core.records.project import Project, Translated, translate_labels
from memeclip_core.tasks import TaskSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A meme's labels, and the numbers of the first and the last decision that counts."""

    first: int
    last: int
    item: Labelled


class Gathered:
    """The decided memes of one task set; see ``Gatherer.gather``."""

    def __init__(self, tasks: TaskSet) -> None:
        self.tasks = tasks
        self.versions: dict[str, int] = {}
        self.revision = -1
        self._memes: dict[str, Decided] = {}
        self._digests: dict[str, str] = {}
        self._unread: set[str] = set()
        self._tied: set[str] = set()
        self._list: tuple[Labelled, ...] | None = ()
        self._mutex = threading.RLock()

    def __len__(self) -> int:
        """How many memes are decided."""
        return len(self._memes)

    @property
    def unread(self) -> int:
        """How many memes have labels that the task set does not know, under no name."""
        return len(self._unread)

    @property
    def tied(self) -> int:
        """How many memes people are even on, so that nothing there is the truth."""
        return len(self._tied)

    def memes(self) -> tuple[Labelled, ...]:
        """Return the memes with their labels in no order, which is quicker than ``labelled``."""
        with self._mutex:
            return tuple(decided.item for decided in self._memes.values())

    def digests(self) -> frozenset[str]:
        """Return what changes with each meme's text or labels; see ``digest_labels``."""
        with self._mutex:
            return frozenset(self._digests.values())

    def labelled(self) -> tuple[Labelled, ...]:
        """Return the memes with their labels, newest decision first."""
        with self._mutex:
            if self._list is None:
                newest = sorted(self._memes.values(), key=lambda each: each.last, reverse=True)
                self._list = tuple(decided.item for decided in newest)
            return self._list

    def oldest_first(self) -> tuple[Labelled, ...]:
        """Return the memes with their labels, that which was decided first in front."""
        with self._mutex:
            found = sorted(self._memes.values(), key=lambda each: each.first)
            return tuple(decided.item for decided in found)

    def put(self, meme: str, found: Decided | None, *, unread: bool = False) -> None:
        """Note what is decided of a meme, or that nothing is, and whether labels are unknown."""
        with self._mutex:
            (self._unread.add if unread else self._unread.discard)(meme)
            tied = found is not None and found.item.tied
            (self._tied.add if tied else self._tied.discard)(meme)
            if self._memes.get(meme) == found:
                return
            self._list = None
            if found is None:
                del self._memes[meme], self._digests[meme]
            else:
                self._memes[meme] = found
                self._digests[meme] = digest_labels(found.item)


class Gatherer:
    """Gather the labels of memes over the page and all projects.

    Args:
        log: the decisions.
        project: how to find a project; see ``log.FindProject``.
    """

    def __init__(self, *, log: DecisionLog, project: FindProject) -> None:
        self._log = log
        self._project = project
        self._known: dict[str, Gathered] = {}
        self._mutex = threading.RLock()

    def gather(self, tasks: TaskSet) -> Gathered:
        """Return the decided memes of a task set; the cost is that of what is new.

        Of a meme that stands in several projects, or in one and on the page, all decisions count
        together: the latest of each person, or a reviewer's. Where people are even the meme has no
        label; see ``Labelled.tied``. Labels are read under every name that their project gave
        them; those that the task set knows under none are left out.

        Raises:
            StoreError: if the log cannot be read.
        """
        if not self._log.exists:
            return Gathered(tasks)
        with self._mutex, self._log.read() as connection:
            places = queries.read_tallies(connection, tasks.key)
            projects = {key: self._project(key, connection) for key in places if key}
            versions = {key: one.version if one else 0 for key, one in projects.items()}
            known = self._known.get(tasks.key)
            if known is None or known.tasks != tasks or known.versions.items() - versions.items():
                known = self._known[tasks.key] = Gathered(tasks)
            known.versions = versions
            reached = queries.last_number(connection, tasks.key)
            if known.revision != reached:
                touched = queries.select_touched(connection, tasks.key, places, known.revision)
                for part in split_values(touched):
                    rows = queries.select_memes(connection, tasks.key, part)
                    for meme in part:
                        _put(known, meme, rows[meme], projects)
                known.revision = reached
            return known


def _put(
    known: Gathered,
    meme: str,
    rows: Sequence[queries.Numbered],
    projects: Mapping[str, Project | None],
) -> None:
    def translate(decision: Decision) -> Translated:
        project = projects.get(decision.project)
        steps = () if project is None else project.migrations
        return translate_labels(decision.labels, decision.version, steps, known.tasks)

    apart: dict[str, list[queries.Numbered]] = {}
    for row in rows:
        apart.setdefault(row[1].project, []).append(row)
    histories = [History(own) for own in apart.values()]
    decisions = [one for history in histories for one in history.decisions]
    decisions.sort(key=lambda one: one.revision)
    # Who decided in several places has one vote: the latest.
    latest = {one.annotator: one for one in decisions}
    cast = [one for one in decisions if latest[one.annotator] is one]
    settled = [one for history in histories if (one := history.adjudicated) is not None]
    final = max(settled, key=lambda one: one.revision, default=None)
    item = resolve_labels(cast, final, known.tasks, lambda one: translate(one).labels)
    counting = [*cast, *settled]
    unread = any(translate(one).unknown for one in counting)
    decided = None
    if item is not None:
        last = final or cast[-1]
        first = min(one.revision for one in counting)
        decided = Decided(first=first, last=last.revision, item=item)
    known.put(meme, decided, unread=unread)


def digest_labels(item: Labelled) -> str:
    """Return what changes whenever a meme's text or labels do."""
    plain = json.dumps([item.meme, item.text, sorted(item.labels.items())], ensure_ascii=True)
    return hashlib.sha256(plain.encode("ascii")).hexdigest()[:16]
