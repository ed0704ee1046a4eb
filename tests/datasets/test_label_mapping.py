from __future__ import annotations

import json

import numpy as np
import pandas
import pytest

from memeclip_core.config import ROOT
from memeclip_core.datasets.label_mapping import (
    encode_labels,
    is_missing,
    label_names,
    label_rows,
    read_spelling,
    settle_labels,
)
from memeclip_core.datasets.reader import FORMATS, Dataset, Row, read_dataset
from memeclip_core.errors import DatasetError, LabelError
from memeclip_core.storage.task_files import read_task_set
from memeclip_core.tasks import Label, Task

ASSETS = ROOT / "assets" / "tasks"
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


def test_a_label_that_cannot_be_read_costs_that_label_and_is_named():
    rows = (row(hate="1.0"), row(hate="2", stance="1"), row(hate="Hate", target="x"), row())
    found = settle_labels(PRIDEMM, Dataset(rows=rows, left_out=()))
    assert [item.labels for item in found.rows] == [
        {"hate": ("1",)},
        {"stance": ("1",)},
        {"hate": ("1",)},
        {},
    ]
    assert [failure.filename for failure in found.unread] == ["line 7", "line 7"]
    assert found.unread[1].reason.startswith("column target: 'x' is no label")


def test_an_empty_list_is_no_label_of_a_single_choice_and_an_answer_of_several():
    empty = Row(name="x", image=None, text="", labels={"hate": (), "labels": ()}, split="", line=7)
    assert label_names(PRIDEMM.task("hate"), empty) is None
    assert label_names(PROPAGANDA.task("techniques"), empty) == ()
    assert label_rows(PRIDEMM, [empty])["hate"].tolist() == [-1]


def test_the_case_of_a_column_does_not_matter():
    assert label_names(PRIDEMM.task("hate"), row(Hate="1")) == ("Hate",)
    assert label_names(PRIDEMM.task("humour"), row(Humor="0")) == ("No Humour",)


def shipped(name, number, values):
    """Return one record of a shipped format; numbers go through all its labels, and gaps."""
    text, image = f"words {number}", f"{number}.png"
    held = {key: found[number % len(found)] for key, found in values.items()}
    if name == "pridemm":
        target = int(held["target"]) if held["hate"] == "1" else None
        codes = {key: int(value) for key, value in held.items()} | {"target": target}
        return {"name": image, **codes, "split": "train", "text": text}
    if name == "hateful-memes":
        label = int(held["hateful"]) if number % 3 else None
        return {"id": number, "img": f"img/{image}", "text": text, "label": label}
    if name == "harmeme":
        harmful = held["intensity"] != "not harmful"
        labels = [held["intensity"], held["target"]] if harmful else [held["intensity"]]
        return {"id": f"m{number}", "image": image, "text": text, "labels": labels}
    if name == "propaganda":
        labels = values["techniques"][number : number + number % 3]
        return {"id": str(number), "image": image, "text": text, "labels": labels}
    if name == "memotion":
        return {"image_name": image, "text_ocr": text, "text_corrected": text, **held}
    if name == "restore":
        some = values["depression"][: number % 3]
        return {"sample_id": image, "ocr_text": text, "meme_depressive_categories": some}
    label = held["anxiety"] if number % 3 else None
    return {"sample_id": image, "ocr_text": text, "meme_anxiety_category": label}


SAVES = {
    "csv": lambda frame, path: frame.to_csv(path),
    "plain.csv": lambda frame, path: frame.to_csv(path, index=False),
    "tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "json": lambda frame, path: frame.to_json(path, orient="records"),
    "jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True),
}


@pytest.mark.parametrize("ending", SAVES)
@pytest.mark.parametrize("name", [name for name, item in FORMATS.items() if item.tasks])
def test_a_trip_through_pandas_changes_no_label(name, ending, tmp_path):
    tasks = read_task_set(ASSETS / f"{FORMATS[name].tasks}.yaml")
    values = {task.key: [label.value for label in task.labels] for task in tasks}
    records = [shipped(name, number, values) for number in range(30)]
    path = tmp_path / "before.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    before = settle_labels(tasks, read_dataset(path))
    assert before.unread == () and len(before.rows) == len(records)
    after = tmp_path / f"after.{ending}"
    SAVES[ending](pandas.read_json(path, lines=True), after)
    found = settle_labels(tasks, read_dataset(after))
    assert found.unread == () and found.left_out == () and found.format == name
    assert [row.labels for row in found.rows] == [row.labels for row in before.rows]
    assert len({str(row.labels) for row in before.rows}) > 1


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


HATE = read_task_set(ASSETS / "pridemm.yaml").task("hate")
STANCE = read_task_set(ASSETS / "pridemm.yaml").task("stance")
TECHNIQUES = read_task_set(ASSETS / "propaganda.yaml").task("techniques")


def task_of(*values: str, kind: str = "multiclass") -> Task:
    labels = tuple(Label(name=v, display=v, prompt=v, value=v) for v in values)
    return Task(key="t", title="T", kind=kind, labels=labels, column="t")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("1", "Hate"), ("1.0", "Hate"), ("01", "Hate"), (" 1 ", "Hate"), ("+1.00", "Hate"),
        ("Hate", "Hate"), ("hate", "Hate"), ("HATE", "Hate"), ("True", "Hate"), ("yes", "Hate"),
        ("0", "No Hate"), ("0.0", "No Hate"), ("-0", None), ("no_hate", "No Hate"),
        ("No-Hate", "No Hate"), ("no  hate", "No Hate"), ("FALSE", "No Hate"),
        ("1.000000000000000000e+00", "Hate"), ("1e0", "Hate"), ("\uff11", "Hate"), ("'1", "Hate"),
        ("'Hate'", "Hate"), ("\u201chate\u201d", "Hate"), ("\ufeffHate\u200b", "Hate"),
        ("-1", None), ("- 1", None), ("\u20131", None), ("\u22121", None), ("\uff0d1", None),
        ("1,0", "Hate"), ("1,5", None), ("2", None), ("1.5", None), ("10", None), ("", None),
    ],
)  # fmt: skip
def test_a_class_is_known_however_it_is_written(cell: str, name: str | None) -> None:
    assert read_spelling(HATE, cell) == (None if name is None else (name,))


@pytest.mark.parametrize("dash", "-\u2010\u2013\u2014\u2212\uff0d")
def test_a_dash_before_a_number_is_its_sign_whichever_dash(dash: str) -> None:
    assert read_spelling(task_of("-1", "0", "1"), f"{dash}1.0") == ("-1",)


def test_accents_matter_only_where_they_tell_classes_apart() -> None:
    cliche = next(name for name in TECHNIQUES.names if "\u00e9" in name)
    assert read_spelling(TECHNIQUES, cliche.replace("\u00e9", "e").upper()) == (cliche,)
    assert read_spelling(task_of("resume", "r\u00e9sum\u00e9"), "R\u00c9SUM\u00c9") is None


def test_yes_and_no_mean_nothing_where_there_are_more_than_two_classes() -> None:
    assert read_spelling(STANCE, "yes") is None
    assert read_spelling(STANCE, "2.0") == ("Oppose",)


@pytest.mark.parametrize(
    "cell", ["", "NA", "nan", "NaN", "None", "null", "N/A", "<NA>", "-", "#N/A"]
)
def test_a_gap_is_a_gap_however_it_is_written(cell: str) -> None:
    assert read_spelling(HATE, cell) is None and is_missing(HATE, cell)


def test_a_class_called_none_is_a_class() -> None:
    assert read_spelling(task_of("none", "some"), "None") == ("none",)
    assert not is_missing(HATE, "no")


def test_a_spelling_that_could_be_two_classes_is_none_but_the_exact_one_is() -> None:
    task = task_of("a b", "a-b", "c")
    assert read_spelling(task, "A B") is None
    assert read_spelling(task, "a-b") == ("a-b",)


@pytest.mark.parametrize("separator", ["|", ", ", ";", ",", "\n"])
def test_several_labels_of_one_cell_may_hold_the_separator_themselves(separator: str) -> None:
    names = ("Smears", "Obfuscation, Intentional vagueness, Confusion", "Doubt")
    assert read_spelling(TECHNIQUES, separator.join(names)) == names
    assert read_spelling(TECHNIQUES, separator.join((*names, "Nonsense"))) is None
    assert read_spelling(STANCE, "0,1") is None
