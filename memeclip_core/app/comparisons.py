"""Two models on the same rows: what a person asks before one is promoted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.loop import Seen
from memeclip_core.app.evaluation import find_entrant
from memeclip_core.errors import InputError, MemeclipError, NotFound
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.comparison import (
    Entrant,
    compare_files,
    compare_ground,
    describe_rows,
)
from memeclip_core.experiments.ground import Ground, open_replay
from memeclip_core.experiments.reports.page import render_page
from memeclip_core.experiments.reports.sections import build_section
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.inference.engines import Engines
from memeclip_core.memes.near_duplicates import group_memes, key_memes
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.models.retraining import Retrainer
from memeclip_core.models.retraining_steps import label_features
from memeclip_core.models.training_memes import TrainingMemes
from memeclip_core.records.comparison import Rivals
from memeclip_core.records.decision import Labelled, Person, Role
from memeclip_core.records.schemas import from_plain, to_plain
from memeclip_core.storage.uploads import hold_file
from memeclip_core.tasks import TaskSet


class Comparisons:
    """Compare models of one home; see ``experiments.comparison``.

    Args:
        people: checks roles.
        catalogue, corrector, retrainer, engines, training: the parts behind.
        bench: reads datasets.
        datasets: those that the settings name, by key.
        task_set: the task set of a key; ConfigError where it is not on offer.
        hidden: the projects that a person must not see, by key.
    """

    def __init__(
        self,
        *,
        people: People,
        catalogue: Catalogue,
        corrector: Corrector,
        retrainer: Retrainer,
        engines: Engines,
        training: TrainingMemes,
        bench: Workbench,
        datasets: Mapping[str, Path],
        task_set: Callable[[str], TaskSet],
        hidden: Callable[[Person], frozenset[str]],
    ) -> None:
        self._people = people
        self._catalogue = catalogue
        self._corrector = corrector
        self._retrainer = retrainer
        self._engines = engines
        self._training = training
        self._bench = bench
        self.datasets = datasets
        self._task_set = task_set
        self._hidden = hidden

    def check(self, who: Person, asked: Rivals) -> None:
        """Raise PermissionDenied or RateLimited where ``compare`` would; nothing is spent."""
        self._people.require(who, _find_role(asked), "compare models", asks="job")

    def compare(self, who: Person, asked: Rivals) -> Results:
        """Compare two models: scores, classes, changed answers, and how many rows each has met.

        Raises:
            PermissionDenied: if the person is no annotator; no reviewer, if corrected memes are
                asked for, as the answer says what people decided on them.
            RateLimited: if the person compared too often; it counts as a long task.
            InputError: if there is no such model, or no row is left.
            EncoderMismatchError: if a model belongs to another encoder than the rows.
        """
        self._people.require(who, _find_role(asked), "compare models", spends="job")
        tasks = self._task_set(asked.task_set)
        names = (asked.first, asked.second)
        one, other = (self._enter(tasks, name) for name in names)
        names = (one.model.version, other.model.version)
        sides = [[one], [other]]
        if asked.rows == "dataset":
            return compare_files(
                self._open_bench(),
                names,
                sides,
                DatasetFiles(source=(self._find_dataset(asked.dataset),)),
                split=asked.split or None,
                unseen=asked.unseen,
                by=asked.by,
            )
        if asked.rows == "shipped":
            replay = one.model.replay or one.model.version
            ground = open_replay(one.model, self._catalogue.store.read_replay(replay))
            which = f"validation rows of {replay}"
        else:
            ground = self._gather(who, tasks, asked.project, (one, other))
            which = "corrected memes" + (f" of the project {asked.project}" * bool(asked.project))
        fresh = self._bench.begin("comparison", dataset=[which])
        return compare_ground(fresh, names, sides, ground, unseen=asked.unseen, by=asked.by)

    def report(self, who: Person, asked: Rivals) -> dict[str, Any]:
        """Return a comparison as JSON values, with a sentence on its rows under ``said``; see
        ``compare``.
        """
        results = self.compare(who, asked)
        return {"said": describe_rows(results), **to_plain(results)}

    def report_file(self, who: Person, asked: Rivals, name: str, data: IO[bytes]) -> dict[str, Any]:
        """Return a comparison on a dataset that is sent; see ``report``."""
        self.check(who, asked)
        with hold_file(name, data) as path:
            return self.report(who, replace(asked, dataset=path))

    def render(self, found: Mapping[str, Any]) -> bytes:
        """Return a report of ``report`` as a page that needs nothing else."""
        plain = {key: value for key, value in found.items() if key != "said"}
        return render_page([build_section(from_plain(Results, plain))]).encode()

    def look(self, who: Person, task_set: str, meme: str) -> Seen:
        """Return a corrected meme, to be looked at.

        Raises:
            PermissionDenied: if the person is no reviewer.
            InputError: if nobody decided on this meme.
        """
        self._people.require(who, "reviewer", "see corrected memes", spends="read")
        found = self._corrector.find_labelled(self._task_set(task_set), meme)
        if found is None or found.outside(self._hidden(who)) is None:
            raise InputError(f"Nobody has decided on the meme '{meme[:12]}'.")
        return Seen(image=self._corrector.saved_image(meme), text=found.text)

    def _find_dataset(self, named: Path | str) -> Path:
        if isinstance(named, Path):
            return named
        if not named:
            raise InputError("Hand in a dataset: a list of memes with labels, or an archive.")
        if named not in self.datasets:
            known = ", ".join(self.datasets) or "none"
            raise NotFound(f"There is no dataset '{named[:100]}' on this server. Known: {known}.")
        return self.datasets[named]

    def _enter(self, tasks: TaskSet, name: str) -> Entrant[HeadModel]:
        entrant = find_entrant(self._catalogue, tasks.key, name)
        if entrant.model.origin != "retrained":
            return entrant
        loaded = self._catalogue.find(tasks, entrant.model.version)
        return replace(entrant, taught=self._training.taught(loaded))

    def _open_bench(self) -> Workbench:
        named = self._bench.settings.captioner
        captioner = self._engines.captioner() if named else None
        return replace(self._bench, encoder=self._engines.encoder(), captioner=captioner)

    def _gather(
        self, who: Person, tasks: TaskSet, project: str, entrants: Sequence[Entrant[HeadModel]]
    ) -> Ground:
        """Encode the memes that people decided; those that cannot be encoded are left out."""
        every = [
            item
            for item in self._corrector.labelled(tasks, newest=False, hidden=self._hidden(who))
            if item.labels and (not project or project in item.projects)
        ]
        if not every:
            raise InputError("There are no corrected memes to compare on. Correct some first.")
        reader = _read_all(entrants)
        parts = []
        for item in every:
            with suppress(MemeclipError):
                parts.append((self._retrainer.encode(item, reader), item))
        if not parts:
            raise InputError("None of the corrected memes could be encoded.")
        items = [item for _, item in parts]
        rows = label_features(tasks, reader, parts)
        keys = key_memes([item.meme for item in items], [item.text for item in items])
        return Ground(
            rows={bool(rows.features.captioner): rows},
            places=tuple(item.meme for item in items),
            groups=np.asarray(group_memes(keys)[0]),
            keys=keys,
            columns=_list_columns(tasks, items),
            left_out=len(every) - len(items),
        )


def _find_role(asked: Rivals) -> Role:
    return "reviewer" if asked.rows == "corrected" else "annotator"


def _read_all(entrants: Sequence[Entrant[HeadModel]]) -> HeadModel:
    """Return a model that reads what any of these reads, as far as one of them needs it."""
    models = [one.model for one in entrants]
    most = max(models, key=lambda model: sum(astuple(find_model_needs(model))))
    reads = {model.reads for model in models}
    return most if len(reads) == 1 else replace(most, reads="image+text")


def _list_columns(
    tasks: TaskSet, items: Sequence[Labelled]
) -> dict[str, Sequence[tuple[str, ...]]]:
    columns: dict[str, Sequence[tuple[str, ...]]] = {
        task.key: [item.labels.get(task.key, ()) for item in items] for task in tasks
    }
    return columns | {"project": [item.projects for item in items]}
