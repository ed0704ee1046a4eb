"""Predictions of another system that come as a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas
import pytest

from memeclip_core.datasets.prediction_files import PredictionFile, read_prediction_files
from memeclip_core.errors import DatasetError, InputError
from memeclip_core.experiments.answers import Answers, RowFacts, write_answers
from memeclip_core.experiments.outcomes import Outcome
from memeclip_core.experiments.prediction_files import answer_facts, find_records
from memeclip_core.training.rows import MISSING
from tests.factories.workbench import shipped_tasks

FACTS = tuple(
    RowFacts(place=f"val.csv, line {i + 2}", name=f"{i}.png", id=f"{i}" * 8, split="val")
    for i in range(3)
)
HATE = {"hate": np.array([1, 0, MISSING])}


def write(folder: Path, *lines: str) -> Path:
    path = folder / "gpt.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def read(folder: Path, *lines: str) -> PredictionFile:
    (found,) = read_prediction_files(write(folder, *lines))
    return found


def answer(folder: Path, *lines: str, tasks: str = "pridemm", **labels: np.ndarray) -> dict:
    own = read(folder, *lines)
    held = [i for i, record in enumerate(find_records(own, FACTS)) if record is not None]
    part = {key: truth[held] for key, truth in (labels or HATE).items()}
    return answer_facts(own, shipped_tasks(tasks), [FACTS[i] for i in held], part)


def test_what_a_model_wrote_is_read_back_as_it_answered(tmp_path: Path) -> None:
    names = shipped_tasks("propaganda").tasks[0].names
    key = shipped_tasks("propaganda").tasks[0].key
    rng = np.random.default_rng(0)
    for kind, threshold in (("one", 0.3), ("folds", np.array([[0.3], [0.6], [0.2]]))):
        wrote = Outcome(
            kind="multilabel",
            names=names,
            places=tuple(own.place for own in FACTS),
            labels=rng.integers(0, 2, (3, len(names))),
            probabilities=rng.random((3, len(names))).astype(np.float32),
            threshold=threshold,
        )
        path = tmp_path / f"{kind}.csv"
        said = [
            Answers(model=f"m-seed{seed}", seed=seed, facts=FACTS, tasks={key: wrote})
            for seed in (4, 5)
        ]
        write_answers(path, said)
        first, second = read_prediction_files(path)
        assert (first.version, first.seed, second.seed) == ("m-seed4", 4, 5)
        got = answer_facts(first, shipped_tasks("propaganda"), FACTS, {key: wrote.labels})[key]
        assert np.array_equal(got.decisions, wrote.decisions)
        assert np.allclose(got.probabilities, wrote.probabilities, atol=1e-8)
        assert np.array_equal(got.labels, wrote.labels)
        assert isinstance(got.threshold, float) == (kind == "one")


def test_answers_alone_are_read_in_any_spelling_and_count_as_0_and_1(tmp_path: Path) -> None:
    found = answer(tmp_path, "name,hate", "1.png,no hate", "0.png,Hate", "2.png,1")
    assert list(found) == ["hate"]
    assert found["hate"].probabilities.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert found["hate"].labels.tolist() == [[0, 1], [1, 0], [MISSING, MISSING]]
    assert read(tmp_path, "name,hate", "0.png,1").answers_alone


def test_probabilities_alone_give_the_answer(tmp_path: Path) -> None:
    lines = ["id,hate.No Hate.probability,hate.Hate.probability"]
    lines += [f"{own.id},0.{i + 3},0.{7 - i}" for i, own in enumerate(FACTS)]
    found = answer(tmp_path, *lines)["hate"]
    assert found.decisions.argmax(axis=1).tolist() == [1, 1, 0]
    assert not read(tmp_path, *lines).answers_alone


def test_jsonl_and_parquet_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        "\n".join(json.dumps({"image": own.name, "hate": 1}) for own in FACTS), "utf-8"
    )
    (own,) = read_prediction_files(tmp_path / "a.jsonl")
    assert own.version == "a"
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"row": [f.place for f in FACTS], "hate": ["Hate"] * 3, "seed": 7})
    frame.to_parquet(tmp_path / "b.parquet")
    (own,) = read_prediction_files(tmp_path / "b.parquet")
    assert own.seed == 7
    assert answer_facts(own, shipped_tasks("pridemm"), FACTS, HATE)["hate"].decisions[:, 1].all()


def test_a_row_is_found_by_the_first_column_that_tells_rows_apart(tmp_path: Path) -> None:
    lines = ["name,id,hate", "same,00000000,1", "same,11111111,0"]
    found = find_records(read(tmp_path, *lines), FACTS)
    assert [None if r is None else r.line for r in found] == [2, 3, None]
    with pytest.raises(InputError, match=r"in 'name' the file has a name twice"):
        find_records(read(tmp_path, "name,hate", "0.png,1", "0.png,0"), FACTS)
    with pytest.raises(InputError, match=r"'name' holds none of the dataset's names"):
        find_records(read(tmp_path, "name,hate", "x.png,1"), FACTS)
    with pytest.raises(InputError, match=r"none of the columns row, id, name, image"):
        find_records(read(tmp_path, "meme,hate", "x.png,1"), FACTS)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("name,hate", "0.png,very"), "line 2: its answer is no label of 'hate'. Allowed: 0, 1"),
        (("name,hate", "0.png,1", "1.png,"), "no answer for 'hate' in 1 of the rows .* line 3"),
        (("name,hate.No Hate.probability,hate.Hate.probability", "0.png,0.5,0.4"), "sum 0.9"),
        (("name,hate.No Hate.probability,hate.Hate.probability", "0.png,-1,2"), "from 0 to 1"),
        (("name,hate.No Hate.probability,hate.Hate.probability", "0.png,a,1"), "from 0 to 1"),
        (
            ("name,hate,hate.No Hate.probability,hate.Hate.probability", "0.png,1,0.9,0.1"),
            "not the one that its probabilities say",
        ),
    ],
)
def test_an_answer_that_cannot_be_is_named_with_its_line(
    tmp_path: Path, lines: tuple[str, ...], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        answer(tmp_path, *lines)


def test_a_row_without_a_label_needs_no_answer(tmp_path: Path) -> None:
    found = answer(tmp_path, "name,hate", "0.png,1", "1.png,0", "2.png,")
    assert found["hate"].labelled.tolist() == [True, True, False]


def test_no_label_of_several_is_an_answer(tmp_path: Path) -> None:
    task = shipped_tasks("propaganda").tasks[0]
    labels = {task.key: np.zeros((3, len(task.names)), np.int64)}
    one, two = (label.value for label in task.labels[:2])
    lines = (f"name,{task.key}", f"0.png,{one}|{two}", "1.png,", "2.png,[]")
    found = answer(tmp_path, *lines, tasks="propaganda", **labels)[task.key]
    assert found.decisions.sum(axis=1).tolist() == [2, 0, 0]


def test_a_file_without_rows_or_with_a_broken_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no row"):
        read(tmp_path, "name,hate")
    (tmp_path / "bad.jsonl").write_text('{"name": "a", "hate": 1}\n{"name"\n', "utf-8")
    with pytest.raises(DatasetError, match=r"bad.jsonl, line 2"):
        read_prediction_files(tmp_path / "bad.jsonl")
