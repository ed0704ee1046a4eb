"""What a file says of a task, whatever the rows belong to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from memeclip_core.datasets.prediction_files import PredictionFile, read_prediction_files
from memeclip_core.errors import InputError
from tests.factories.workbench import shipped_tasks

HATE = shipped_tasks("pridemm").task("hate")


def read(folder: Path, *lines: str) -> PredictionFile:
    path = folder / "gpt.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    (found,) = read_prediction_files(path)
    return found


def test_an_answer_and_how_sure_it_is_give_all_probabilities(tmp_path: Path) -> None:
    own = read(tmp_path, "name,hate,hate.probability", "a,Hate,0.75")
    assert own.list_columns(HATE) == ["hate", "hate.probability"] and not own.answers_alone
    probabilities, threshold = own.answer_task(HATE, own.records, np.zeros(1, bool))
    assert probabilities.tolist() == [[0.25, 0.75]] and threshold is None


def test_an_answer_less_sure_than_another_class_is_refused(tmp_path: Path) -> None:
    own = read(tmp_path, "name,hate,hate.probability", "a,Hate,0.25")
    with pytest.raises(InputError, match="line 2: the answer for 'hate' is not the one"):
        own.answer_task(HATE, own.records, np.zeros(1, bool))


def test_rows_are_found_by_the_first_column_that_tells_them_apart(tmp_path: Path) -> None:
    own = read(tmp_path, "name,hate", "a,1")
    found = own.find({"meme": ["x", "y"], "name": ["b", "a"]}, of="project")
    assert [None if one is None else one.line for one in found] == [None, 2]
    with pytest.raises(InputError, match="'name' holds none of the project's names"):
        own.find({"name": ["b"]}, of="project")


def test_cells_of_other_programs_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("name,hate\n'=a.png,Hate\n", encoding="utf-8")
    (found,) = read_prediction_files(path)
    assert all(found.find({"name": ["'=a.png"]}, of="dataset"))
