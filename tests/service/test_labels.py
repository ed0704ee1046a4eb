from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.errors import DatasetError, LabelError
from memeclip_core.records import Failure
from memeclip_core.service.labels import drop_mislabelled, encode_labels, label_names, label_rows
from memeclip_core.stores.datasets import FORMATS, Dataset, Row
from memeclip_core.stores.task_files import read_task_set

ASSETS = Path(__file__).parents[2] / "assets" / "tasks"
PRIDEMM = read_task_set(ASSETS / "pridemm.yaml")
PROPAGANDA = read_task_set(ASSETS / "propaganda.yaml")


def row(**labels: str) -> Row:
    cells = {column: (value,) for column, value in labels.items()}
    return Row(name="x", image=None, text="", labels=cells, split="train", line=7)


def test_ids_are_places():
    target = PRIDEMM.task("target")
    ids = encode_labels(target, [("Organization",), None, ("Undirected",)])
    assert ids.tolist() == [3, -1, 0]
    assert ids.dtype == np.int64


def test_multilabel_rows_are_sets():
    task = PROPAGANDA.task("techniques")
    ids = encode_labels(task, [("Doubt", "Smears"), (), None])
    assert ids.shape == (3, 22)
    assert set(np.flatnonzero(ids[0])) == {task.index("Smears"), task.index("Doubt")}
    assert not ids[1].any()
    assert (ids[2] == -1).all()


def test_unknown_names_are_refused():
    with pytest.raises(LabelError, match="no label 'Love'"):
        encode_labels(PRIDEMM.task("hate"), [("Love",)])


def test_values_become_names():
    assert label_names(PRIDEMM.task("stance"), row(stance="2")) == ("Oppose",)
    assert label_names(PRIDEMM.task("humour"), row(humor="1")) == ("Humour",)
    assert label_names(PRIDEMM.task("target"), row(hate="0", target="NA")) is None
    assert label_names(PRIDEMM.task("target"), row(hate="0")) is None


def test_unknown_values_name_line_and_column():
    with pytest.raises(DatasetError, match=r"line 7, column stance: '5'.*Allowed: 0, 1, 2"):
        label_names(PRIDEMM.task("stance"), row(stance="5"))


def test_a_task_that_does_not_apply_has_no_label():
    labels = label_rows(
        PRIDEMM,
        [
            row(hate="1", target="2", stance="0", humour="1"),
            row(hate="0", target="2", stance="1", humour="0"),
        ],
    )
    assert labels["target"].tolist() == [2, -1]
    assert labels["stance"].tolist() == [0, 1]


def test_two_labels_where_one_is_asked_name_line_and_column():
    both = Row(name="x", image=None, text="", labels={"hate": ("0", "1")}, split="", line=7)
    with pytest.raises(DatasetError, match="line 7, column hate: 2 labels"):
        label_names(PRIDEMM.task("hate"), both)


def test_mislabelled_rows_are_left_out_and_named():
    rows = (row(hate="1"), row(hate="2"), row(hate="0", target="x"), row())
    found = drop_mislabelled(PRIDEMM, Dataset(rows=rows, left_out=()))
    assert found.rows == (rows[0], rows[3])
    assert [failure.filename for failure in found.left_out] == ["line 7", "line 7"]
    assert found.left_out[1].reason.startswith("column target: 'x' is no label")


def test_lines_are_left_out_in_the_order_of_the_files():
    named = [
        replace(row(hate="9"), file=file, line=n) for file, n in (("b", 10), ("b", 9), ("a", 1))
    ]
    before = (Failure(filename="a, line 30", reason="not valid JSON"),)
    dataset = Dataset(rows=tuple(named), left_out=before, files=("b", "a"))
    places = [failure.filename for failure in drop_mislabelled(PRIDEMM, dataset).left_out]
    assert places == ["b, line 9", "b, line 10", "a, line 1", "a, line 30"]


LABELS = {
    "axiom": {"anxiety": 6},
    "harmeme": {"intensity": 3, "target": 4},
    "hateful-memes": {"hateful": 2},
    "memotion": {
        "humour": 4,
        "sarcasm": 4,
        "offensive": 4,
        "motivational": 2,
        "overall_sentiment": 5,
    },
    "pridemm": {"hate": 2, "target": 4, "stance": 3, "humour": 2},
    "propaganda": {"techniques": 22},
    "restore": {"depression": 7},
}


@pytest.mark.parametrize("name", [name for name, item in FORMATS.items() if item.tasks])
def test_every_format_has_its_shipped_tasks(name):
    tasks = read_task_set(ASSETS / f"{FORMATS[name].tasks}.yaml")
    assert {task.key: len(task.labels) for task in tasks} == LABELS[name]
    assert all(label.hint.endswith(".") for task in tasks for label in task.labels)
