"""A new version of a project's label set: what becomes of the decisions made so far.

Invariant: a migration reads the project and writes it in one transaction.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from memeclip_core.annotation.decisions.bulk import iterate_memes
from memeclip_core.annotation.decisions.entry import Entry, write_rows
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.queries import (
    ORDER,
    append_missing,
)
from memeclip_core.annotation.projects import queries
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.projects.suggestions import choose_model
from memeclip_core.database.engine import keep_order
from memeclip_core.errors import ConfigError, InputError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Decision, Person
from memeclip_core.records.project import (
    Labels,
    Migration,
    MigrationPreview,
    Project,
    ProjectMeme,
    translate_labels,
)
from memeclip_core.tasks import TaskSet

Mapped = Mapping[str, Mapping[str, str | None]]
"""Old label name to new by task key; ``None`` says that the label is gone."""


def plan_migration(
    project: Project, tasks: TaskSet, mapping: Mapped, *, time: datetime, by: str
) -> Project:
    """Return the project with a new label set, one version on.

    Labels that the new set lacks and that the mapping does not name lead nowhere.

    Args:
        project: as it is.
        tasks: the new label set, under the same key: the log knows decisions by it.
        mapping: where labels lead; those that are not named stay as they are.
        time, by: when and by whom.

    Raises:
        ConfigError: listing everything in the mapping that leads from or to nothing.
        InputError: if nothing would change.
    """
    faults = []
    if tasks.key != project.tasks.key:
        faults.append(
            f"the key of the task set is '{tasks.key}'; it must stay '{project.tasks.key}'"
        )
    old = {task.key: task for task in project.tasks}
    new = {task.key: task for task in tasks}
    for key, moves in mapping.items():
        if key not in old:
            faults.append(f"there is no task '{key}'; there are {', '.join(old)}")
            continue
        targets = new[key].names if key in new else ()
        for name, target in moves.items():
            if name not in old[key].names:
                faults.append(f"'{key}' has no label '{name}'; it has {', '.join(old[key].names)}")
            if target is not None and target not in targets:
                allowed = ", ".join(targets) or "no labels any more"
                faults.append(f"'{key}' leads '{name}' to '{target}'; the new set has {allowed}")
    if faults:
        raise ConfigError("The labels cannot be changed like this: " + "; ".join(faults) + ".")
    if tasks == project.tasks:
        raise InputError("The new label set is the one that the project has. Nothing would change.")
    complete: dict[str, Mapping[str, str | None]] = {}
    for key in old.keys() & new.keys():
        moves = dict(mapping.get(key, {}))
        moves |= {n: None for n in old[key].names if n not in new[key].names and n not in moves}
        if moves:
            complete[key] = moves
    step = Migration(version=project.version + 1, tasks=complete, time=time, by=by)
    return replace(
        project, tasks=tasks, version=step.version, migrations=(*project.migrations, step)
    )


def preview_migration(
    project: Project,
    successor: Project,
    decisions: Iterable[Decision],
    given: int = 0,
    heads: TaskSet | None = None,
) -> MigrationPreview:
    """Count what would become of decisions.

    Args:
        project, successor: as it is, and as it would be.
        decisions: those that count.
        given: how many memes have imported labels that would read otherwise.
        heads: what the heads know; ``None`` where there are none.
    """
    total, changed, again, unread, memes_again = 0, 0, 0, 0, set()
    changes: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    titles = {task.key: task.title for task in (*project.tasks, *successor.tasks)}
    for decision in decisions:
        total += 1
        before = project.migrate(decision.labels, decision.version)
        after = successor.migrate(decision.labels, decision.version)
        other = [task for task in before if task in after and before[task] != after[task]]
        missing = find_missing(successor.tasks, after)
        changed += bool(other)
        if heads is not None:
            steps = successor.migrations
            read = translate_labels(decision.labels, decision.version, steps, heads)
            unread += read.unknown
        changes.update(other)
        if missing:
            again += 1
            memes_again.add(decision.meme)
            misses.update(missing)
    step = successor.migrations[-1]
    return MigrationPreview(
        project=successor,
        decisions=total,
        changed=changed,
        again=again,
        memes_again=len(memes_again),
        gone=tuple(
            (titles[task], name)
            for task, moves in step.tasks.items()
            for name, target in moves.items()
            if target is None
        ),
        by_task={titles[t]: (changes[t], misses[t]) for t in titles if changes[t] or misses[t]},
        given=given,
        unread=unread,
    )


def send_back(successor: Project, decisions: Iterable[Decision]) -> Iterator[Entry]:
    """Return what goes into the log so that people see the memes again that miss a task now.

    Each is sent back to whoever decided it, once for a version, whose labels stay at hand.
    """
    for decision in decisions:
        missing = find_missing(
            successor.tasks, successor.migrate(decision.labels, decision.version)
        )
        if not missing:
            continue
        titles = ", ".join(successor.tasks.task(key).title for key in missing)
        own = f"{successor.key}\n{decision.annotator}\n{decision.meme}".encode()
        yield Entry(
            save=f"migration-{successor.version}-{hashlib.sha256(own).hexdigest()[:40]}",
            action="return",
            meme=decision.meme,
            image=decision.image,
            text=decision.text,
            text_source=decision.text_source,
            note=f"The label set has changed. Please decide again: {titles}.",
            project=successor.key,
            version=successor.version,
            target=decision.annotator,
        )


def carry_given(project: Project, successor: Project, meme: ProjectMeme) -> ProjectMeme | None:
    """Return a meme whose imported labels read in the new set; ``None`` if nothing changes."""
    if not meme.given:
        return None
    given = successor.migrate(meme.given, project.version)
    if given == meme.given:
        return None
    return replace(meme, given=given, gold=meme.gold and bool(given))


def find_missing(tasks: TaskSet, labels: Labels) -> tuple[str, ...]:
    """Return the tasks that apply and have no label, so that a decision is not complete."""
    return tuple(
        task.key for task in tasks if tasks.applies(task.key, labels) and task.key not in labels
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrator:
    """Carry migrations out: decisions, imported labels and the project itself."""

    store: ProjectStore
    log: DecisionLog
    task_sets: Callable[[str], TaskSet]

    def preview(
        self, who: Person, project: Project, tasks: TaskSet, mapping: Mapped
    ) -> MigrationPreview:
        """Return what a new label set would do; see ``Projects.preview_migration``."""
        successor = plan_migration(project, tasks, mapping, time=utc_now(), by=who.name)
        with self.log.read() as connection:
            return self._look(connection, project, successor)[0]

    def migrate(
        self, who: Person, key: str, tasks: TaskSet, mapping: Mapped, version: int | None
    ) -> MigrationPreview:
        """Give a project a new label set, all or nothing; see ``Projects.migrate``."""
        self.log.join()
        time = utc_now()
        with self.store.changing(key) as connection:
            keep_order(connection, ORDER)
            project = self.store.read(key, connection)
            if version is not None and project.version != version:
                raise InputError(
                    f"The label set is version {project.version} by now, and you looked at "
                    f"version {version}. Look at the preview again."
                )
            successor = plan_migration(project, tasks, mapping, time=time, by=who.name)
            preview, entries, memes = self._look(connection, project, successor)
            rows = (row for one in entries for row in write_rows(who, project.tasks, one, {}, time))
            append_missing(connection, rows)
            queries.add_memes(connection, project, memes)
            self.store.write(successor, connection)
            choose_model(connection, key, "")
        self.log.follow()
        return preview

    def _look(
        self, connection: Connection, project: Project, successor: Project
    ) -> tuple[MigrationPreview, list[Entry], list[ProjectMeme]]:
        """Return what would be done, what goes into the log, and the memes with other labels."""
        back: list[tuple[int, list[Entry]]] = []

        def counting() -> Iterator[Decision]:
            for piece in iterate_memes(connection, project.tasks.key, project.key):
                for history in map(History, piece.values()):
                    own, final = history.decisions, history.adjudicated
                    back.append((history.changed, list(send_back(successor, own))))
                    yield from own if final is None else (*own, final)

        given = [carry_given(project, successor, meme)
                 for meme in queries.select_labelled(connection, project.key)]  # fmt: skip
        memes = [meme for meme in given if meme is not None]
        try:
            heads = self.task_sets(project.tasks.key)
        except ConfigError:
            heads = None
        preview = preview_migration(project, successor, counting(), len(memes), heads)
        # People get memes again in the order in which they were decided last.
        back.sort(key=lambda one: one[0])
        return preview, [entry for _, entries in back for entry in entries], memes
