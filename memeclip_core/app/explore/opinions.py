"""What models say of the rows of a dataset; a project's predictions are kept with the project."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from memeclip_core.annotation.projects.predictions import EMPTY, PredictionTable, TaskTable
from memeclip_core.annotation.projects.scoring import CHUNK, Scorer
from memeclip_core.app.explore.contents import Contents
from memeclip_core.inference.loaded_model import ZERO_SHOT
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.records.job import Progress
from memeclip_core.storage.arrays import KeptArrays

NO_VECTORS: Final = np.zeros((0, 0), np.float32)


@dataclass(frozen=True, kw_only=True)
class Opinions:
    """Asks models about datasets."""

    scorer: Scorer
    catalogue: Catalogue

    def list(self, contents: Contents) -> tuple[str, ...]:
        """Return the models that can be asked: the one in use, then the candidate and others."""
        if contents.tasks is None or contents.project is not None:
            return ()
        key = contents.tasks.key
        names = [model.version for model in self.catalogue.models(key)]
        # The active one comes first; a candidate is what it is compared with before others are.
        first = (self.catalogue.active_version(key), self.catalogue.status(key).newest)
        shared = self.scorer.engines.encoder().shared_dim
        prompts = [ZERO_SHOT] if shared else []
        return tuple(dict.fromkeys(name for name in (*first, *names, *prompts) if name))

    def stamp(self, contents: Contents, model: str) -> str:
        """Return what changes with the rows, the encoder, the tasks or the model's files."""
        manifest = json.dumps(self.catalogue.manifest(model), sort_keys=True, default=str)
        told = f"{self.scorer.engines.encoder().fingerprint}\n{contents.tasks}\n{manifest}"
        return f"{contents.digest} {hashlib.sha256(told.encode()).hexdigest()}"

    def ask(
        self, contents: Contents, model: str, on_progress: Callable[[Progress], None]
    ) -> KeptArrays:
        """Have a model answer all rows; what ``on_progress`` raises ends the work.

        What was encoded by then stays in the cache of features.

        Raises:
            CheckpointError, EncoderMismatchError: if it cannot answer.
        """
        tasks, size = contents.tasks, len(contents)
        assert tasks is not None
        heads = self.catalogue.resolve(tasks.key, model)
        parts: dict[str, list[np.ndarray]] = {}
        facts: dict[str, dict[str, object]] = {}
        for start in range(0, size, CHUNK):
            on_progress(Progress(done=start, total=size, message="predicting"))
            rows = contents.rows[start : start + CHUNK]
            _, said = self.scorer.score(tasks, _keep, heads, rows)
            for key, table in said.items():
                parts.setdefault(key, []).append(table.probabilities)
                facts[key] = {"labels": list(table.labels), "threshold": table.threshold}
        return KeptArrays(
            # By number: a task's key need not be the name of a file.
            arrays={f"task{n}": np.concatenate(parts[key]) for n, key in enumerate(facts)},
            facts=[{"key": key, **told} for key, told in facts.items()],
        )


def read_table(contents: Contents, model: str, kept: KeptArrays) -> PredictionTable:
    """Return as a project's predictions are what ``Opinions.ask`` made."""
    tasks = {
        told["key"]: TaskTable(
            labels=tuple(told["labels"]),
            probabilities=np.asarray(kept.arrays[f"task{n}"]),
            threshold=told["threshold"],
        )
        for n, told in enumerate(kept.facts)
    }
    if not tasks:
        return EMPTY
    return PredictionTable(model=model, ids=contents.ids, tasks=tasks, vectors=NO_VECTORS)


def _keep(task: str, name: str) -> str:
    """Return a label as it is: those of a task set have no earlier names."""
    return name
