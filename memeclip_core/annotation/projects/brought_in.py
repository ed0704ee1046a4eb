"""Predictions of other models that an admin brings into a project as suggestions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import CallKind
from memeclip_core.annotation.exchange.export_rows import name_apart
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.predictions import (
    PredictionTable,
    ProjectPredictions,
    TaskTable,
)
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.datasets.prediction_files import PredictionFile, read_prediction_files
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person, Role
from memeclip_core.records.limits import check_text
from memeclip_core.records.prediction import BROUGHT_IN, BroughtIn, is_brought_in
from memeclip_core.records.project import Project, ProjectMeme

LONGEST: Final = 80
"""Characters of a model's name."""
_NAMED: Final = 5
_PASSED_OVER: Final = ("row", "split", "fold", "seed", "model", "text", "text_source")
"""What a file may tell of a row besides names and answers, as ours do."""


@dataclass(eq=False, kw_only=True)
class Suggesters:
    """Bring in what other models say of a project's memes, and choose whose suggestions are shown.

    Its methods check the role before anything else; ``key`` is a project's, and InputError is
    raised if there is none of it.
    """

    people: People
    projects: ProjectStore
    predictions: ProjectPredictions
    precomputation: Precomputation

    def bring_in(
        self, who: Person, key: str, path: Path, *, model: str = ""
    ) -> tuple[BroughtIn, ...]:
        """Take in what other models say of a project's memes, beside the studio's own.

        What a model of the same name said before goes. ``show`` says whose is suggested.

        Args:
            who: an admin.
            key: the project's key.
            path: the file; see ``read_tables``.
            model: the model's name; "" takes that of the file.

        Returns:
            what came of each model in the file.

        Raises:
            DatasetError, InputError: if the file is of no use; nothing was taken in then.
        """
        project = self._open(who, key, "bring in suggestions", "admin", "job")
        memes = self.projects.memes(key).rows
        tables = read_tables(path, project, memes, model.strip())
        self.predictions.bring_in(key, tables, self.precomputation.version(project))
        return tuple(
            BroughtIn(
                model=table.model, memes=len(table), total=len(memes), tasks=tuple(table.tasks)
            )
            for table in tables
        )

    def shown(self, who: Person, key: str) -> str:
        """Return the model, brought in, whose suggestions people see; "" for the studio's own."""
        project = self._open(who, key, "see a project", "annotator", "read")
        return self.predictions.chosen(key) if self.predictions.shows_other(project) else ""

    def show(self, who: Person, key: str, model: str = "") -> None:
        """Let people see the suggestions of a model that was brought in, or "" of the studio's own.

        The queue's orders go by the same model.

        Raises:
            InputError: if there is no such model.
        """
        project = self._open(who, key, "choose whose suggestions are shown", "admin", "save")
        known = [name for name in self.predictions.models(key) if is_brought_in(name)]
        wanted = model if not model or is_brought_in(model) else f"{model}{BROUGHT_IN}"
        if wanted and wanted not in known:
            words = ", ".join(name.removesuffix(BROUGHT_IN) for name in known) or "none yet"
            raise InputError(
                f"There are no suggestions of '{model[:80]}' here. Brought in: {words}. Bring its "
                "predictions in first, or choose the studio's own model."
            )
        own = self.precomputation.version(project)
        kept = own if own in self.predictions.models(key) else ""
        self.predictions.choose(key, wanted or kept)
        if not wanted:
            self.precomputation.look(project)

    def _open(self, who: Person, key: str, what: str, role: Role, spends: CallKind) -> Project:
        self.people.require(who, role, what, spends=spends)
        return self.projects.open(key, who)


def read_tables(
    path: Path, project: Project, memes: Sequence[ProjectMeme], model: str = ""
) -> tuple[PredictionTable, ...]:
    """Return what the models of a file say of a project's memes.

    Args:
        path: as ``datasets.prediction_files`` describes it; a line names its meme by id (``meme``
            or ``id``) or by file name (``name``, ``image`` or ``file_name``), as in an export.
        project: whose label set the answers are of.
        memes: all of the project.
        model: its name; "" takes that of the file.

    Raises:
        DatasetError: if the file cannot be read.
        InputError: if a column, a meme or an answer is unknown, in one report on all of them.
    """
    files = read_prediction_files(path)
    if model and len(files) > 1:
        raise InputError(
            f"{path.name} holds predictions of {len(files)} models, so one name does not do. "
            "Leave it blank, and each goes by its own."
        )
    return tuple(_read_table(one, project, memes, model or one.version) for one in files)


def _read_table(
    file: PredictionFile, project: Project, memes: Sequence[ProjectMeme], model: str
) -> PredictionTable:
    check_text(model, "model")
    name = " ".join(model.split()).removesuffix(BROUGHT_IN)
    if not 1 <= len(name) <= LONGEST:
        raise InputError(
            f"The model's name has {len(name)} characters; allowed are 1 to {LONGEST}."
        )
    ids, apart = [meme.id for meme in memes], name_apart({meme.id: meme.filename for meme in memes})
    named = [apart[own] for own in ids]
    names = {"meme": ids, "id": ids, "name": named, "image": named, "file_name": named}
    faults = _check_columns(file, project, names)
    records = file.find(names, of="project")
    held = [place for place, record in enumerate(records) if record is not None]
    known = [record for record in records if record is not None]
    lines = {id(record) for record in known}
    strange = [record for record in file.records if id(record) not in lines]
    if strange:
        where = ", ".join(str(record.line) for record in strange[:_NAMED])
        more = " and more" if len(strange) > _NAMED else ""
        faults.append(
            f"{len(strange):,} of {len(file.records):,} lines name no meme of the project: "
            f"{strange[0].unit} {where}{more}."
        )
    tables = {}
    for task in project.tasks:
        if not file.list_columns(task):
            continue
        try:
            said = np.array([file.says(task, record) for record in known], bool)
            # Where no line answers, that is said of the first one.
            rows = np.flatnonzero(said if said.any() else ~said)
            answering = [known[row] for row in rows]
            answers, threshold = file.answer_task(task, answering, np.zeros(len(rows), bool))
        except InputError as error:
            faults.append(str(error))
            continue
        probabilities = np.full((len(known), len(task.names)), np.nan, np.float32)
        probabilities[rows] = answers
        if isinstance(threshold, np.ndarray):
            faults.append(
                f"No single threshold makes the answers to '{task.key}' of their probabilities. "
                "Leave one of the two out."
            )
            continue
        tables[task.key] = TaskTable(
            labels=task.names,
            probabilities=probabilities,
            threshold=threshold,
        )
    if faults:
        raise InputError(f"Nothing of {file.version} was brought in. {' '.join(faults)}")
    return PredictionTable(
        model=f"{name}{BROUGHT_IN}",
        ids=tuple(ids[place] for place in held),
        tasks=tables,
        vectors=np.zeros((0, 0), np.float32),
    )


def _check_columns(file: PredictionFile, project: Project, names: Collection[str]) -> list[str]:
    """Say that columns answer nothing of the project, in a sentence or none."""
    answered = [column for task in project.tasks for column in file.list_columns(task)]
    keys = ", ".join(task.key for task in project.tasks)
    if not answered:
        return [f"No column answers a task of the project. Its tasks: {keys}."]
    ours = {f"{task.key}{end}" for task in project.tasks for end in (".truth", ".labelled")}
    logits = {column for column in file.columns if column.endswith(".logit")}
    known = {*answered, *names, *_PASSED_OVER, *ours, *logits}
    strange = [column for column in file.columns if column not in known]
    if not strange:
        return []
    words = ", ".join(f"'{column[:60]}'" for column in strange[:_NAMED])
    return [
        f"The project has no task or class of these columns: {words}. Its tasks: {keys}; of each "
        "class there is one column, such as task.class.probability. Leave other columns out."
    ]
