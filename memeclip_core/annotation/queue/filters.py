"""Which memes of a project a filter means, as conditions of a statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    FromClause,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    true,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from memeclip_core.database.schema import (
    answer,
    assignment,
    comment,
    decision,
    item,
    mark,
    meme,
    rank,
    suggestion,
)
from memeclip_core.errors import NotFound
from memeclip_core.records.project import Project, Suggestion
from memeclip_core.records.queue import QueueFilter

_PROJECT: BindParameter[str] = bindparam("project")
_TASK_SET: BindParameter[str] = bindparam("task_set")


class Pool:
    """The memes of a project, joined with what they are to one or two persons.

    Conditions name whatever a pool has and others have not by parameters: a statement for one is
    good for another, with its own ``values``.

    Attributes:
        project: the project.
        who: who asks.
        name: whose memes are meant.
        own, theirs: the rows of ``mark`` of both; NULL where nothing happened.
        values: of the parameters.
    """

    def __init__(
        self,
        project: Project,
        who: str,
        name: str = "",
        *,
        client: str = "",
        query: str = "",
        now: float = 0.0,
    ) -> None:
        self.project, self.who, self.name = project, who, name or who
        self.own = mark.alias("own")
        self.theirs = self.own if self.name == who else mark.alias("theirs")
        self.values: dict[str, Any] = {
            "project": project.key, "task_set": project.tasks.key, "who": who, "name": self.name,
            "client": client, "query": query, "now": now,
        }  # fmt: skip

    def join(self, source: FromClause) -> FromClause:
        """Return a source that has the memes, with both marks."""
        for table, person in {self.theirs: "name", self.own: "who"}.items():
            here = and_(
                table.c.project == _PROJECT,
                table.c.task_set == _TASK_SET,
                table.c.meme == meme.c.id,
                table.c.person == bindparam(person),
            )
            source = source.outerjoin(table, here)
        return source

    def of_item(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return where what the decisions on a meme add up to meets some conditions."""
        found = exists(item.c.meme).where(
            item.c.project == _PROJECT,
            item.c.task_set == _TASK_SET,
            item.c.meme == meme.c.id,
            *conditions,
        )
        # The statement may go through the items itself.
        return found.correlate(meme)

    @property
    def is_own(self) -> ColumnElement[bool]:
        """Whether who asks has a place that nobody can take: decided it, or it was sent back."""
        return or_(self.own.c.returned.is_(True), func.coalesce(self.own.c.state, "") == "done")

    @property
    def is_open(self) -> ColumnElement[bool]:
        """Whether a meme can go to who asks as to one person more, if nobody held anything."""
        return _is_open_to("who")

    @property
    def is_reachable(self) -> ColumnElement[bool]:
        """Whether who asks may work on a meme, if nobody held anything."""
        return or_(self.is_open, self.is_own)


def _is_open_to(person: str) -> ColumnElement[bool]:
    """Return where a meme can go to one person more, and to that one of a parameter's name."""
    # The statement may go through the assignments itself.
    given = assignment.alias("given")
    here = exists(given.c.meme).where(
        given.c.project == _PROJECT,
        given.c.person == bindparam(person),
        given.c.meme == meme.c.id,
    )
    return and_(meme.c.open == true(), or_(meme.c.assigned == false(), here))


def select_wanted(
    pool: Pool, filters: QueueFilter, *, reviewer: bool, model: str
) -> list[ColumnElement[bool]]:
    """Return the conditions that a filter's memes meet.

    Args:
        pool: the memes.
        filters: what is asked.
        reviewer: whether others' flags, decisions and comments may be seen.
        model: whose suggestions count; "" for nobody's.

    Raises:
        LabelError: if the filter names an unknown task or label.
        NotFound: if its selection cannot be one.
    """
    theirs = pool.theirs
    where: list[ColumnElement[bool]] = [meme.c.removed == (true() if filters.removed else false())]
    if filters.state == "pending":
        where.append(func.coalesce(theirs.c.state, "pending") == "pending")
        where.append(or_(_is_open_to("name"), theirs.c.returned.is_(True)))
    elif filters.state is not None:
        where.append(theirs.c.state == filters.state)
    if filters.flagged is not None:
        flagged: ColumnElement[bool] = theirs.c.flagged.is_(True)
        if reviewer and not filters.annotator:
            flagged = pool.of_item(item.c.flags > 0)
        where.append(flagged if filters.flagged else ~flagged)
    if filters.returned is not None:
        returned = theirs.c.returned
        where.append(returned.is_(True) if filters.returned else returned.is_not(True))
    if filters.comments is not None:
        talked = _talked(pool, reviewer=reviewer)
        where.append(talked if filters.comments else ~talked)
    if filters.ids is not None:
        where.append(meme.c.id.in_(filters.ids))
    if filters.selection:
        # The statement may go through the ranking itself.
        chosen = rank.alias("chosen")
        here = exists(chosen.c.place).where(chosen.c.meme_place == meme.c.place)
        where.append(here.where(chosen.c.ranking == read_selection(filters.selection)))
    if words := filters.text.strip().casefold():
        where.append(_Holds(meme.c.words, words))
    if filters.label is not None:
        task = pool.project.tasks.task(filters.label[0])
        name = task.label(filters.label[1]).name
        if filters.label_by == "model":
            where.append(_suggested(pool.project, model, task.key, name))
        elif reviewer and not filters.annotator:
            where.append(_answered(pool.project, task.key, name))
        else:
            where.append(_chosen(pool, task.key, name))
    return where


def read_selection(name: str) -> int:
    """Return the number of the ranking that a selection is; raise NotFound if it cannot be one."""
    if not name.isascii() or not name.isdigit() or len(name) > 18:
        raise NotFound(f"There is no selection '{name[:80]}'. Choose the memes again.")
    return int(name)


def _talked(pool: Pool, *, reviewer: bool) -> ColumnElement[bool]:
    """Return where an open thread is that may be read; see ``review.threads.see_thread``."""
    found = exists(comment.c.number).where(
        comment.c.project == _PROJECT,
        comment.c.meme == meme.c.id,
        comment.c.thread == 0,
        comment.c.resolved_by == "",
    )
    return (
        found if reviewer else found.where(or_(comment.c.person == bindparam("who"), pool.is_own))
    )


def _suggested(project: Project, model: str, task: str, name: str) -> ColumnElement[bool]:
    """Return where a model suggests a label, unless that is hidden: a filter must not tell it."""
    found = exists(suggestion.c.meme).where(
        suggestion.c.project == project.key,
        suggestion.c.model == model,
        suggestion.c.task == task,
        suggestion.c.meme == meme.c.id,
        _has(suggestion.c.labels, name),
    )
    return and_(found, ~meme.c.hidden)


def _answered(project: Project, task: str, name: str) -> ColumnElement[bool]:
    """Return where what counts of people's decisions has a label."""
    return exists(answer.c.meme).where(
        answer.c.project == project.key,
        answer.c.task_set == project.tasks.key,
        answer.c.meme == meme.c.id,
        answer.c.task == task,
        _has(answer.c.labels, name),
    )


def _chosen(pool: Pool, task: str, name: str) -> ColumnElement[bool]:
    """Return where a person's decision that counts has a label, by whatever name it had then."""
    project = pool.project
    readings = []
    for version in range(1, project.version + 1):
        names = [one for one, now in project.list_leads(task, version).items() if now == name]
        gone = [one for one, now in project.list_leads(task, version).items() if now is None]
        readings.append(
            and_(
                decision.c.version == version,
                or_(false(), *(_has(decision.c.labels, one) for one in names)),
                # An answer of which a label is gone says nothing.
                *(~_has(decision.c.labels, one) for one in gone),
            )
        )
    return exists(decision.c.number).where(
        pool.theirs.c.save != "",
        decision.c.save == pool.theirs.c.save,
        decision.c.meme == meme.c.id,
        decision.c.task == task,
        decision.c.action == "label",
        decision.c.annotator == pool.theirs.c.person,
        decision.c.project == project.key,
        or_(*readings),
    )


def _has(labels: ColumnElement[tuple[str, ...]], name: str) -> ColumnElement[bool]:
    """Return where a name is in a list that is kept as JSON; within a name quotes are escaped."""
    quoted = json.dumps(name, ensure_ascii=False)
    return type_coerce(labels, Text).contains(quoted, autoescape=True)


class _Holds(FunctionElement[bool]):
    """Whether a text holds another: the words themselves, in which nothing stands for anything.

    SQLite goes through texts several times as quickly as it compares them with a pattern.
    """

    type = Boolean()
    name = "holds"
    inherit_cache = True


@compiles(_Holds)
def _compile_holds(element: _Holds, compiler: SQLCompiler, **rest: Any) -> str:
    find = "strpos" if compiler.dialect.name == "postgresql" else "instr"
    return f"{find}({compiler.process(element.clauses, **rest)}) > 0"


def fit_suggestions(
    project: Project, found: Mapping[str, Mapping[str, Suggestion]], memes: Iterable[str]
) -> dict[str, dict[str, Suggestion]]:
    """Return the suggestions for memes as the project's label set of today reads them.

    They may be older than it: labels that were renamed or merged since lead to those of today,
    whose probabilities add up (of several labels the likelier counts), others are left out, and a
    task of which the suggested label is gone has no suggestion.
    """
    return {meme: _fit(project, found.get(meme, {})) for meme in memes}


def _fit(project: Project, found: Mapping[str, Suggestion]) -> dict[str, Suggestion]:
    fitting: dict[str, Suggestion] = {}
    for task in project.tasks.tasks:
        one = found.get(task.key)
        if one is None:
            continue
        names = tuple([label.name for label in task.labels])
        if tuple(one.probabilities) == names and len(one.labels) == 1:
            fitting[task.key] = one
            continue
        moved = {name: name for name in one.probabilities}
        if tuple(moved) != names:
            moved = {name: project.lead(task.key, name) or "" for name in moved}
        chosen = {moved[name] for name in one.labels}
        labels = tuple([name for name in names if name in chosen])
        if task.kind == "multiclass" and len(labels) != 1:
            continue
        parts = {
            name: [value for old, value in one.probabilities.items() if moved[old] == name]
            for name in names
        }
        join = sum if task.kind == "multiclass" else max
        fitting[task.key] = Suggestion(
            labels=labels,
            probabilities={name: join(values) for name, values in parts.items() if values},
            model=one.model,
        )
    return fitting
