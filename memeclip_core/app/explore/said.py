"""What people and models say of a collection's memes, as far as a person may see it.

A reviewer sees what counts of the decisions, and else what the import brought along; an annotator
sees the own decisions alone. Of a meme whose suggestions are hidden nobody sees them before it is
decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

import numpy as np

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.decided import (
    Decided,
    gather_decided,
    read_labels,
    read_resolved,
)
from memeclip_core.annotation.projects.predictions import (
    EMPTY,
    PredictionTable,
    ProjectPredictions,
)
from memeclip_core.annotation.queue.rankings import last_change
from memeclip_core.annotation.queue.session import Sessions
from memeclip_core.annotation.review.votes import Votes, read_votes
from memeclip_core.app.explore.contents import Contents
from memeclip_core.database.engine import Database
from memeclip_core.datasets.label_mapping import encode_labels
from memeclip_core.errors import InputError
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person
from memeclip_core.records.exploration import GalleryMeme
from memeclip_core.records.project import Project, Suggestion
from memeclip_core.tasks import Task

SEVERAL_PEOPLE: Final = "several people"


@dataclass(frozen=True, kw_only=True)
class Said:
    """Looks up labels, predictions and votes, each aligned to a collection's memes.

    Attributes:
        database, predictions, sessions: where they are.
        people: says who is a reviewer.
    """

    database: Database
    predictions: ProjectPredictions
    sessions: Sessions
    people: People
    _votes: Memory[str, Votes] = field(default_factory=lambda: Memory(4), init=False)

    def task(self, contents: Contents, key: str) -> Task:
        """Return a task of a collection; raise InputError or LabelError if there is none."""
        if contents.tasks is None:
            raise InputError(
                "No task set knows the labels of this dataset, so there is nothing to compare."
            )
        return contents.tasks.task(key)

    def last_change(self, contents: Contents) -> int:
        """Return the number of the last row of the log on a collection; 0 of a dataset."""
        if contents.project is None:
            return 0
        with self.database.read() as connection:
            return last_change(connection, contents.project)

    def votes(self, project: Project) -> Votes:
        """Return the decisions that count; see ``read_votes``."""
        with self.database.read() as connection:
            found = read_votes(connection, project, self._votes.get(project.key))
        self._votes.put(project.key, found)
        return found

    def labels(self, contents: Contents, who: Person | None = None) -> dict[str, np.ndarray]:
        """Return labels by task: ids (N,), or 0 and 1 (N, C); -1 where there is none.

        Of a person, as far as they may see them; of ``None``, what counts.
        """
        if contents.tasks is None:
            return {}
        if contents.project is None:
            return {
                task.key: encode_labels(task, [one.get(task.key) for one in contents.given])
                for task in contents.tasks
            }
        if who is None or self.people.can(who, "reviewer"):
            return dict(self._decided(contents).labels)
        return self._own_labels(contents, contents.project, who)

    def seen(self, contents: Contents, who: Person) -> np.ndarray:
        """Return on which memes a person may see a decision: bool (N,)."""
        if contents.project is None:
            return np.ones(len(contents), bool)
        if self.people.can(who, "reviewer"):
            decided: np.ndarray = self._decided(contents, seen_only=True).seen
            return decided
        votes, seen = self.votes(contents.project), np.zeros(len(contents), bool)
        places = contents.locate(votes.memes)[votes.meme[votes.own(who.name)]]
        seen[places[places >= 0]] = True
        return seen

    def disputes(self, contents: Contents) -> np.ndarray:
        """Return how far people differ on a meme, on the task where most: NaN without two."""
        found = self._decided(contents).disputes
        stack = np.stack([np.full(len(contents), np.nan), *found.values()])
        known = ~np.isnan(stack).all(axis=0)
        values = np.full(len(contents), np.nan)
        values[known] = np.nanmax(stack[:, known], axis=0)
        return values

    def shown(self, contents: Contents, who: Person) -> np.ndarray:
        """Return of which memes a person may see what models say: bool (N,)."""
        project = contents.project
        if project is None:
            return np.ones(len(contents), bool)
        hidden = np.array([project.hides(one) for one in contents.ids], bool)
        mask: np.ndarray = ~hidden | self.seen(contents, who)
        return mask

    def table(self, project: Project, model: str | None = None) -> PredictionTable:
        """Return what a model says of a project (``None``: the one in use); empty if it is not
        kept.
        """
        return self.predictions.read(project.key, model) or EMPTY

    def predicted(
        self,
        contents: Contents,
        task: Task,
        who: Person,
        tables: Sequence[PredictionTable],
        *,
        unasked: bool = False,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what the first of models suggests on a task, as ``labels`` has it, and how sure it
        is: the probability of what it suggests, and of none 1 less that of the likeliest label.

        Where it is hidden from this person or not known: -1, and NaN. So it is where, by the
        model's other answers, the task is not asked, but for ``unasked``.
        """
        multiple = task.kind == "multilabel"
        labels = np.full((len(contents), len(task.labels)) if multiple else len(contents), -1)
        sure = np.full(len(contents), np.nan)
        table = next(iter(tables), EMPTY)
        found = table.read_probabilities(task, contents.ids)
        if found is None:
            return labels, sure
        asked = unasked or _find_asked(contents, task, table)
        known = np.flatnonzero(~np.isnan(found).any(axis=1) & self.shown(contents, who) & asked)
        chosen = table.tasks[task.key].suggested(table.rows(contents.ids)[known])
        labels[known] = chosen if multiple else chosen.argmax(axis=1)
        best = np.where(chosen, found[known], -1).max(axis=1)
        sure[known] = np.where(best < 0, 1 - found[known].max(axis=1), best)
        return labels, sure

    def describe(
        self,
        contents: Contents,
        places: Sequence[int],
        who: Person,
        table: PredictionTable = EMPTY,
    ) -> tuple[GalleryMeme, ...]:
        """Return some memes with what people and models say of them; see ``GalleryMeme``.

        ``table`` is what a model says of a dataset.
        """
        plain = [_describe(contents, place) for place in places]
        project = contents.project
        if project is None:
            said = table.suggest([one.id for one in plain])
            labelled = [
                replace(one, labels=contents.given[place])
                for one, place in zip(plain, places, strict=True)
            ]
            return tuple(_add_said(contents, one, said.get(one.id, {})) for one in labelled)
        ids, reviewer = [one.id for one in plain], self.people.can(who, "reviewer")
        with self.sessions.reading(project.key, who) as session:
            histories, suggestions = session.histories(ids), session.suggestions(ids)
        found = []
        for one, place in zip(plain, places, strict=True):
            history = histories[one.id]
            if reviewer:
                resolved = read_resolved(project, history)
                labels = contents.given[place] if resolved is None else resolved.labels
                seen = resolved is not None
            else:
                own = history.decision(who.name)
                labels, seen = read_labels(project, own), own is not None
            hidden = project.hides(one.id) and not seen
            known = replace(one, labels=dict(labels), hidden=hidden)
            found.append(_add_said(contents, known, {} if hidden else suggestions[one.id]))
        return tuple(found)

    def deciders(self, contents: Contents) -> tuple[list[str], list[str]]:
        """Return who decided each meme, and which model was in sight; "" where nobody or none.

        Of several people "several"; of several decisions the last one's model.
        """
        if contents.project is None:
            return [""] * len(contents), [""] * len(contents)
        votes = self.votes(contents.project)
        places = contents.locate(votes.memes)
        people, models = [""] * len(contents), [""] * len(contents)
        for meme, person, model in zip(votes.meme, votes.person, votes.model, strict=True):
            place, name = places[meme], votes.people[person]
            if place < 0:
                continue
            people[place] = name if people[place] in ("", name) else SEVERAL_PEOPLE
            models[place] = votes.models[model]
        return people, models

    def _decided(self, contents: Contents, *, seen_only: bool = False) -> Decided:
        assert contents.project is not None
        with self.database.read() as connection:
            return gather_decided(
                connection, contents.project, contents.ids, contents.given, seen_only=seen_only
            )

    def _own_labels(
        self, contents: Contents, project: Project, who: Person
    ) -> dict[str, np.ndarray]:
        votes = self.votes(project)
        own = np.flatnonzero(votes.own(who.name))
        places = contents.locate(votes.memes)[votes.meme[own]]
        found = {}
        for task in project.tasks:
            part = votes.tasks[task.key]
            names: list[tuple[str, ...] | None] = [None] * len(contents)
            for place, given in zip(places, part.given[own], strict=True):
                if place >= 0:
                    names[place] = part.answers[given]
            found[task.key] = encode_labels(task, names)
        return found


def _find_asked(contents: Contents, task: Task, table: PredictionTable) -> np.ndarray:
    """Return on which memes a task is asked, by a model's own answers to the others: bool (N,)."""
    rows, asked, condition = table.rows(contents.ids), np.ones(len(contents), bool), task.applies
    while contents.tasks is not None and condition is not None and condition.task in table.tasks:
        part = table.tasks[condition.task]
        wanted = [name in condition.labels for name in part.labels]
        asked &= part.suggested(rows)[:, wanted].any(axis=1)
        condition = contents.tasks.task(condition.task).applies
    return asked


def _add_said(contents: Contents, meme: GalleryMeme, said: Mapping[str, Suggestion]) -> GalleryMeme:
    labels = {task: each.labels for task, each in said.items()}
    if contents.tasks is not None:
        labels = contents.tasks.keep_applying(labels)
    sure = {task: said[task].probability for task in labels}
    return replace(
        meme,
        prediction=labels,
        probability={task: sure[task] if labels[task] else 1 - sure[task] for task in labels},
    )


def _describe(contents: Contents, place: int) -> GalleryMeme:
    own = contents.ids[place]
    address = f"/explore/{quote(contents.key, safe=':')}/memes/{own}/picture"
    return GalleryMeme(
        id=own,
        filename=contents.names[place],
        text=contents.texts[place],
        picture=address if contents.has_image[place] else "",
    )
