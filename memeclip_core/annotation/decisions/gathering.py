"""What all decisions on a task set teach, over the page and all projects.

Invariants: what is taught of each meme is a row of ``lesson``, folded from all its decisions. A
number says up to which row of the log they are taken in, and another what was mended last; what
came since is taken in whenever somebody looks, and everything anew where the task set or the label
set of a project is another. A decision teaches with the text that its meme has now.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from memeclip_core.annotation.decisions import bulk, queries
from memeclip_core.annotation.decisions.log import DecisionLog, FindProject
from memeclip_core.annotation.decisions.resolve import resolve_labels
from memeclip_core.annotation.projects.meme_changes import (
    last_mended,
    select_mended,
    select_texts,
)
from memeclip_core.database.facts import read_fact, write_fact
from memeclip_core.database.parts import split_values
from memeclip_core.errors import MemeclipError
from memeclip_core.models.lessons import Lesson, select_decided, write_lessons
from memeclip_core.models.readiness import Caught
from memeclip_core.records.decision import Decision, Labelled
from memeclip_core.records.project import Project, Translated, translate_labels
from memeclip_core.records.schemas import to_plain
from memeclip_core.tasks import TaskSet

AT_ONCE: Final = 3_000
"""Rows of the log that are taken in while somebody waits; more are in the background."""

_FACT: Final = "lessons on {}"
_PART: Final = 200
"""Memes that one transaction takes in: others can save in between."""

_log = logging.getLogger("memeclip")


class Gatherer:
    """Gather the labels of memes over the page and all projects.

    Of a meme that stands in several projects, or in one and on the page, all decisions count
    together: the latest of each person, or a reviewer's. Where people are even the meme has no
    label; see ``Labelled.tied``. Labels are read under every name that their project gave them;
    those that the task set knows under none are left out.

    Args:
        log: the decisions.
        project: how to find a project; see ``log.FindProject``.
    """

    def __init__(self, *, log: DecisionLog, project: FindProject) -> None:
        self._log = log
        self._project = project
        self._threads: dict[str, threading.Thread] = {}

    def catch_up(self, tasks: TaskSet, *, wait: bool = False) -> Caught:
        """Take in what was decided since the last time, and say how far the rows are.

        Args:
            tasks: the task set.
            wait: whether much that is new is waited for; else it goes on in the background.

        Raises:
            StoreError: if the log cannot be read, or nothing can be written.
        """
        if not self._log.exists:
            return Caught(number=0, left=0)
        with self._log.read() as connection:
            state = self._read_state(connection, tasks)
            reached, mended = queries.last_number(connection, tasks.key), last_mended(connection)
        number = state["number"]
        if number >= reached and state["mended"] >= mended:
            return Caught(number=number, left=0, mended=mended)
        if reached - number > AT_ONCE and not wait:
            self._begin(tasks)
            return Caught(number=number, left=reached - number, mended=state["mended"])
        return Caught(number=self._take_in(tasks), left=0, mended=mended)

    def labelled(self, tasks: TaskSet, *, newest: bool = True) -> tuple[Labelled, ...]:
        """Return the memes with their labels: newest decision first, or first decided in front."""
        self.catch_up(tasks, wait=True)
        if not self._log.exists:
            return ()
        with self._log.read() as connection:
            memes = select_decided(connection, tasks.key, newest=newest)
            found = [one.item for one in self._fold(connection, tasks, memes)]
        return tuple(item for item in found if item is not None)

    def find(self, tasks: TaskSet, memes: Sequence[str]) -> dict[str, Labelled]:
        """Return memes with their labels by id, without those that nobody decided.

        What is not asked for is not read.
        """
        if not self._log.exists:
            return {}
        with self._log.read() as connection:
            found = [one.item for one in self._fold(connection, tasks, memes)]
        return {item.meme: item for item in found if item is not None}

    def _begin(self, tasks: TaskSet) -> None:
        known = self._threads.get(tasks.key)
        if known is None or not known.is_alive():
            thread = threading.Thread(
                target=self._go_on, args=(tasks,), name=f"lessons-{tasks.key}", daemon=True
            )
            self._threads[tasks.key] = thread
            thread.start()

    def _go_on(self, tasks: TaskSet) -> None:
        try:
            self._take_in(tasks)
        except MemeclipError as error:
            _log.warning("what was decided on %s was not taken in: %s", tasks.key, error)

    def _take_in(self, tasks: TaskSet) -> int:
        """Take everything in that is new; return the number of the last row."""
        while True:
            with self._log.read() as connection:
                state = self._read_state(connection, tasks)
                since, mended = int(state["number"]), last_mended(connection)
                touched = queries.select_touched(connection, tasks.key, since)
                anew = select_mended(connection, tasks.key, state["mended"])
            if state["mended"] < mended:
                self._learn(tasks, anew, since, since, mended)
            elif not touched:
                return since
            for start in range(0, len(touched), _PART):
                part = touched[start : start + _PART]
                memes = [meme for meme, _ in part]
                if not self._learn(tasks, memes, since, part[-1][1], mended):
                    break

    def _learn(
        self, tasks: TaskSet, memes: Sequence[str], since: int, reached: int, mended: int
    ) -> bool:
        """Take memes in; say whether what was there before them still holds."""
        with self._log.write("lessons", lasting=False) as connection:
            state = self._read_state(connection, tasks)
            if state["number"] < since:
                return False
            write_lessons(connection, tasks.key, self._fold(connection, tasks, memes))
            told = {"number": max(state["number"], reached), "mended": max(state["mended"], mended)}
            write_fact(connection, _FACT.format(tasks.key), {**state, **told})
        return True

    def _read_state(self, connection: Connection, tasks: TaskSet) -> dict[str, Any]:
        """Return up to which number rows are taken in, and under which label sets."""
        asked = hashlib.sha256(json.dumps(to_plain(tasks)).encode()).hexdigest()
        projects = self._find_projects(connection, tasks)
        versions = {key: one.version if one else 0 for key, one in projects.items()}
        known = read_fact(connection, _FACT.format(tasks.key))
        # A project that is new changes nothing that is known.
        if known and known["tasks"] == asked and not known["versions"].items() - versions.items():
            return {"mended": 0, **known, "versions": versions}
        return {"tasks": asked, "versions": versions, "number": 0, "mended": 0}

    def _find_projects(self, connection: Connection, tasks: TaskSet) -> dict[str, Project | None]:
        places = queries.read_tallies(connection, tasks.key)
        return {key: self._project(key, connection) for key in places if key}

    def _fold(
        self, connection: Connection, tasks: TaskSet, memes: Sequence[str]
    ) -> Iterator[Lesson]:
        reading = _Reading(tasks, self._find_projects(connection, tasks))
        for part in split_values(memes):
            rows = bulk.select_counting(connection, tasks.key, part)
            texts = select_texts(connection, part)
            for meme in part:
                told = [_read_text(one, texts) for one in rows.get(meme, ())]
                yield _fold_meme(meme, told, reading)


class _Reading:
    """Labels of projects as a task set reads them; most decisions repeat a few answers."""

    def __init__(self, tasks: TaskSet, projects: Mapping[str, Project | None]) -> None:
        self.tasks = tasks
        self._projects = projects
        self._known: dict[tuple[object, ...], Translated] = {}

    def translate(self, decision: Decision) -> Translated:
        key = (decision.project, decision.version, *decision.labels.items())
        if key not in self._known:
            project = self._projects.get(decision.project)
            steps = () if project is None else project.migrations
            self._known[key] = translate_labels(
                decision.labels, decision.version, steps, self.tasks
            )
        return self._known[key]


def _read_text(decision: Decision, texts: Mapping[tuple[str, str], str]) -> Decision:
    """Return a decision with the text that its meme has, where an admin corrected it since."""
    text = texts.get((decision.project, decision.meme), decision.text)
    return decision if text == decision.text else replace(decision, text=text, text_source="user")


def _fold_meme(meme: str, rows: Sequence[Decision], reading: _Reading) -> Lesson:
    # Who decided in several places has one vote: the latest.
    latest = {one.annotator: one for one in rows if one.action == "label"}
    cast = [one for one in rows if latest.get(one.annotator) is one]
    settled = [one for one in rows if one.action == "adjudicate"]
    final = settled[-1] if settled else None
    item = resolve_labels(
        cast, final, reading.tasks, lambda decision: reading.translate(decision).labels
    )
    counting = [*cast, *settled]
    unread = any(reading.translate(one).unknown for one in counting)
    if item is None:
        return Lesson(meme=meme, item=None, unread=unread)
    first, last = min(one.revision for one in counting), final or cast[-1]
    return Lesson(meme=meme, item=item, first=first, last=last.revision, unread=unread)
