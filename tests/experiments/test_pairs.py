"""Judged models as cells and in pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.errors import InputError
from memeclip_core.experiments.evaluation import Judged
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.pairs import collect_cells, find_seed, name_family, pair_models
from memeclip_core.experiments.trials import run_trial, seed_recipe
from tests.factories.workbench import NOW, TINY, fresh_results, pridemm_material


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    recipe = seed_recipe(read_recipe("memeclip", TINY), 5)
    trial = run_trial(pridemm_material(tmp_path), recipe, version="mine-seed5", created=NOW)
    assert trial.model is not None
    return Judged(model=trial.model, rows=12, left_out=0, outcomes=trial.outcomes)


def test_a_cell_names_family_seed_and_version(judged: Judged) -> None:
    cells = collect_cells([judged])
    assert [cell.task for cell in cells] == ["hate", "target", "stance", "humour"]
    assert cells[0].axes == {"model": "mine"}
    assert cells[0].seed == 5 == find_seed(judged.model, "hate")
    assert cells[0].details["version"] == "mine-seed5"
    assert find_seed(replace(judged.model, recipe={}), "hate") is None
    assert name_family(replace(judged.model, version="pridemm-compact")) == "pridemm-compact"


def test_pairs_need_a_task_in_common(judged: Judged) -> None:
    hate = replace(judged, outcomes={"hate": judged.outcomes["hate"]})
    humour = replace(judged, outcomes={"humour": judged.outcomes["humour"]})
    found = pair_models(fresh_results(), [judged], [hate])
    assert [item["task"] for item in found.comparisons] == ["hate"]
    assert found.comparisons[0]["mcnemar"]["p"] == 1.0
    with pytest.raises(InputError, match="no task in common"):
        pair_models(fresh_results(), [hate], [humour])
