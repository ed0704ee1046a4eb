"""What a map can be coloured by, and the colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from memeclip_core.access.people import People
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.app.explore.contents import Contents
from memeclip_core.app.explore.opinions import Opinions
from memeclip_core.app.explore.said import Said
from memeclip_core.errors import InputError
from memeclip_core.evaluation.active_learning import compute_divergence
from memeclip_core.explore.palette import (
    code_labels,
    colour_classes,
    colour_numbers,
    compare_labels,
    name_classes,
    number_names,
)
from memeclip_core.records.decision import Person
from memeclip_core.records.exploration import ColourChoice, Colouring
from memeclip_core.records.project import Project
from memeclip_core.tasks import Task, TaskSet

MODEL: Final = frozenset(("prediction", "correct", "confidence", "models"))
"""What is made of the answers of models."""

HIDDEN: Final = "Of memes whose suggestions are hidden, they are left out until they are decided."
OWN: Final = "Only your own decisions are shown; a reviewer sees everybody's."
COUNTS: Final = "What counts of the decisions, and else what the import brought along."

Tables = Sequence[PredictionTable]
"""What the model in use says, and another one."""

Paint = Callable[[Tables], Colouring]
Painter = Callable[[Contents, Person, str, Tables], Colouring]


@dataclass(frozen=True, kw_only=True)
class Colourer:
    """Colours collections; see ``records.exploration.ColourChoice``.

    Attributes:
        said: labels, predictions and votes.
        opinions: which models can be asked about a dataset.
        people: says who is a reviewer.
    """

    said: Said
    opinions: Opinions
    people: People

    def choices(
        self, who: Person, tasks: TaskSet | None, project: Project | None
    ) -> tuple[ColourChoice, ...]:
        """Return what a person can colour a collection by."""
        found = []
        for task in tasks or ():
            found.append(_choice(f"label:{task.key}", f"{task.title}: label", "category"))
            found += [
                _choice(f"prediction:{task.key}", f"{task.title}: prediction", "category"),
                _choice(f"correct:{task.key}", f"{task.title}: right or wrong", "category"),
                _choice(f"confidence:{task.key}", f"{task.title}: confidence", "number"),
            ]
        if tasks is not None:
            found.append(_choice("models", "Disagreement of two models", "number"))
        if project is not None:
            if self.people.can(who, "reviewer"):
                found += [
                    _choice("people", "Disagreement of people", "number"),
                    _choice("annotator", "Annotator", "category"),
                    _choice("version", "Model in sight when it was decided", "category"),
                ]
        else:
            found.append(_choice("split", "Split", "category"))
        return tuple(found)

    def plan(
        self, who: Person, contents: Contents, by: str
    ) -> tuple[tuple[str, ...], Callable[[Tables], Colouring]]:
        """Return whose answers are needed, and what makes a collection's colours of them.

        Raises:
            InputError: if it cannot be coloured by this.
            PermissionDenied: if it shows other people's work to somebody who is no reviewer.
        """
        kind, _, rest = by.partition(":")
        if by in ("people", "annotator", "version"):
            self.people.require(who, "reviewer", "see other people's work")
        known = {one.by for one in self.choices(who, contents.tasks, contents.project)}
        painter = self._painters().get(kind)
        if painter is None or not (by in known or kind == "models" in known):
            raise InputError(
                f"'{contents.key}' cannot be coloured by '{by[:80]}'. By: "
                f"{', '.join(sorted(known))}."
            )
        names: tuple[str, ...] = ()
        if kind in MODEL:
            models = self._models_of(contents)
            if kind == "models" and rest not in ("", *models[1:]):
                raise InputError(
                    f"Nothing is known of the model '{rest[:80]}' here. Others than the one in "
                    f"use: {', '.join(models[1:]) or 'none'}."
                )
            beside = (rest or models[1],) if kind == "models" and len(models) > 1 else ()
            names = (*models[:1], *beside)
        return names, partial(painter, contents, who, rest)

    def _painters(self) -> dict[str, Painter]:
        return {
            "label": self._label,
            "prediction": self._prediction,
            "correct": self._correct,
            "confidence": self._confidence,
            "models": self._models,
            "people": self._people,
            "annotator": self._annotator,
            "version": self._version,
            "split": self._split,
        }

    def _label(self, contents: Contents, who: Person, key: str, tables: Tables) -> Colouring:
        task = self.said.task(contents, key)
        codes = code_labels(task, self.said.labels(contents, who)[task.key])
        note = _condition(contents, task)
        if contents.project is not None:
            note = f"{COUNTS if self.people.can(who, 'reviewer') else OWN} {note}".strip()
        return colour_classes(contents.key, f"label:{key}", name_classes(task), codes, note)

    def _prediction(self, contents: Contents, who: Person, key: str, tables: Tables) -> Colouring:
        task = self.said.task(contents, key)
        labels, _ = self.said.predicted(contents, task, who, tables)
        note = f"{_of_model(contents, tables)} {_condition(contents, task)}".strip()
        return colour_classes(
            contents.key, f"prediction:{key}", name_classes(task), code_labels(task, labels), note
        )

    def _correct(self, contents: Contents, who: Person, key: str, tables: Tables) -> Colouring:
        task = self.said.task(contents, key)
        labels, _ = self.said.predicted(contents, task, who, tables, unasked=True)
        true = self.said.labels(contents, who)[task.key]
        return colour_classes(
            contents.key,
            f"correct:{key}",
            ("right", "wrong"),
            compare_labels(labels, true),
            f"{_of_model(contents, tables)} The model may have learnt from these very labels.",
        )

    def _confidence(self, contents: Contents, who: Person, key: str, tables: Tables) -> Colouring:
        task = self.said.task(contents, key)
        _, sure = self.said.predicted(contents, task, who, tables)
        note = f"{_of_model(contents, tables)} {_condition(contents, task)}".strip()
        return colour_numbers(contents.key, f"confidence:{key}", sure, note)

    def _models(self, contents: Contents, who: Person, other: str, tables: Tables) -> Colouring:
        by = f"models:{other}" if other else "models"
        nothing = np.full(len(contents), np.nan)
        if len(tables) < 2:
            note = "The answers of two models are needed, and of one at most they are known."
            return colour_numbers(contents.key, by, nothing, note)
        parts = []
        for task in contents.tasks or ():
            opinions = [one.read_probabilities(task, contents.ids) for one in tables]
            given = [one for one in opinions if one is not None]
            if len(given) == 2:
                parts.append(compute_divergence(given, task.kind))
        values = np.mean(parts, axis=0) if parts else nothing
        values = np.where(self.said.shown(contents, who), values, np.nan)
        note = (
            f"Between {tables[0].model} and {tables[1].model}: the Jensen-Shannon divergence, 0 "
            "where they say the same and 1 where they are sure of different answers."
        )
        return colour_numbers(contents.key, by, values, _hide(contents, note))

    def _people(self, contents: Contents, who: Person, rest: str, tables: Tables) -> Colouring:
        note = "Of the task on which they differ most; of memes that fewer than two have decided, \
nothing is known."
        return colour_numbers(contents.key, "people", self.said.disputes(contents), note)

    def _annotator(self, contents: Contents, who: Person, rest: str, tables: Tables) -> Colouring:
        names, codes = number_names(self.said.deciders(contents)[0])
        return colour_classes(contents.key, "annotator", names, codes)

    def _version(self, contents: Contents, who: Person, rest: str, tables: Tables) -> Colouring:
        names, codes = number_names(self.said.deciders(contents)[1])
        return colour_classes(contents.key, "version", names, codes)

    def _split(self, contents: Contents, who: Person, rest: str, tables: Tables) -> Colouring:
        names, codes = number_names([row.split for row in contents.rows])
        return colour_classes(contents.key, "split", names, codes)

    def _models_of(self, contents: Contents) -> tuple[str, ...]:
        """Return the model in use, then the others, that to compare it with first."""
        if contents.project is None:
            return self.opinions.list(contents)
        used = self.said.table(contents.project).model
        kept = self.said.predictions.models(contents.project.key)
        others = [name for name in reversed(kept) if name != used]
        return (used, *others) if used else ()


def _of_model(contents: Contents, tables: Tables) -> str:
    if not tables or not len(tables[0]):
        return "Nothing is predicted yet."
    return _hide(contents, f"By {tables[0].model}.")


def _condition(contents: Contents, task: Task) -> str:
    return "" if contents.tasks is None else contents.tasks.condition(task)


def _hide(contents: Contents, note: str) -> str:
    return note if contents.project is None else f"{note} {HIDDEN}"


def _choice(by: str, title: str, kind: str) -> ColourChoice:
    return ColourChoice(by=by, title=title, kind="number" if kind == "number" else "category")
