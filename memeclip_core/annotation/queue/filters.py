"""Which memes a filter means: one mask over all of a project's memes per part of it."""

from __future__ import annotations

import numpy as np

from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.annotation.queue.states import CODES, MaskKey, StateTable
from memeclip_core.memory import Memory
from memeclip_core.records.project import Project, Suggestion
from memeclip_core.records.queue import QueueFilter

_REMEMBERED = 8


class Sieve:
    """The filters of one project; the caller holds the states's lock around every call.

    Searches of texts and rows of prediction tables are remembered until memes are added.
    """

    def __init__(self) -> None:
        self._texts: Memory[str, tuple[int, np.ndarray]] = Memory(_REMEMBERED)
        self._rows: Memory[PredictionTable, tuple[tuple[str, ...], np.ndarray]] = Memory(
            _REMEMBERED
        )

    def mask(
        self,
        filters: QueueFilter,
        *,
        name: str,
        reviewer: bool,
        states: StateTable,
        table: PredictionTable,
    ) -> np.ndarray:
        """Return bool (N,): the memes that the filter means.

        Args:
            filters: what is asked.
            name: whose memes.
            reviewer: whether others' flags and decisions may be seen.
            states: the project.
            table: what the model says.

        Raises:
            LabelError: if the filter names an unknown task or label.
        """
        marks = states.marks(name)
        if filters.state is None:
            mask = np.ones(states.size, bool)
        elif filters.state == "pending":
            mask = states.available(name)
        else:
            mask = marks.codes == CODES[filters.state]
        if filters.flagged is not None:
            anybody = reviewer and not filters.annotator
            mask = mask & ((states.flagged if anybody else marks.flagged) == filters.flagged)
        if filters.returned is not None:
            mask = mask & (marks.returned == filters.returned)
        if filters.ids is not None:
            chosen = np.zeros(states.size, bool)
            chosen[states.places(filters.ids)] = True
            mask = mask & chosen
        if filters.text.strip():
            mask = mask & self._contains(filters.text.strip().casefold(), states)
        decided = find_key(filters, states.project, name=name, reviewer=reviewer)
        if decided is not None:
            mask = mask & states.chose(decided)
        elif filters.label is not None:
            mask = mask & self._suggested(filters.label, states, table)
        return np.asarray(mask)

    def _contains(self, words: str, states: StateTable) -> np.ndarray:
        index = states.index
        known = self._texts.get(words)
        if known is None or known[0] != index.revision or len(known[1]) < states.size:
            found = [
                words in meme.text.casefold() or words in meme.filename.casefold()
                for meme in index.rows
            ]
            known = (index.revision, np.array(found, bool))
            self._texts.put(words, known)
        return known[1][: states.size]

    def _suggested(
        self, label: tuple[str, str], states: StateTable, table: PredictionTable
    ) -> np.ndarray:
        task = states.project.tasks.task(label[0])
        name = task.label(label[1]).name
        part = table.tasks.get(task.key)
        found = np.zeros(states.size, bool)
        if part is None or name not in part.labels:
            return found
        says = part.suggested()[:, part.labels.index(name)]
        rows = self._rows_of(table, states)
        found[rows >= 0] = says[rows[rows >= 0]]
        # Otherwise a filter would tell what is hidden.
        return np.asarray(found & ~states.hidden)

    def _rows_of(self, table: PredictionTable, states: StateTable) -> np.ndarray:
        ids = states.index.ids
        known = self._rows.get(table)
        if known is None or known[0] is not ids:
            known = (ids, table.rows(ids))
            self._rows.put(table, known)
        return known[1][: states.size]


def find_key(
    filters: QueueFilter, project: Project, *, name: str, reviewer: bool
) -> MaskKey | None:
    """Return whose decision on which label a filter asks for; ``None`` if for none.

    Raises:
        LabelError: if the filter names an unknown task or label.
    """
    if filters.label is None or filters.label_by != "decision":
        return None
    task = project.tasks.task(filters.label[0])
    whose = "" if reviewer and not filters.annotator else name
    return whose, task.key, task.label(filters.label[1]).name


def fit_suggestions(project: Project, found: dict[str, Suggestion]) -> dict[str, Suggestion]:
    """Return the suggestions as the project's label set of today reads them.

    They may be older than it: labels that were renamed or merged since lead to those of today,
    whose probabilities add up (of several labels the likelier counts), others are left out, and a
    task of which the suggested label is gone has no suggestion.
    """
    fitting: dict[str, Suggestion] = {}
    for task in project.tasks:
        one = found.get(task.key)
        if one is None:
            continue
        moved = {name: name for name in one.probabilities}
        if tuple(moved) != task.names:
            moved = {name: project.lead(task.key, name) or "" for name in moved}
        chosen = {moved[name] for name in one.labels}
        labels = tuple(name for name in task.names if name in chosen)
        if task.kind == "multiclass" and len(labels) != 1:
            continue
        parts = {
            name: [value for old, value in one.probabilities.items() if moved[old] == name]
            for name in task.names
        }
        join = sum if task.kind == "multiclass" else max
        fitting[task.key] = Suggestion(
            labels=labels,
            probabilities={name: join(values) for name, values in parts.items() if values},
            model=one.model,
        )
    return fitting
