from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas
import pytest

from memeclip_core.config import ROOT
from memeclip_core.datasets.label_mapping import (
    count_meanings,
    encode_labels,
    is_meant,
    label_names,
    label_rows,
    settle_labels,
)
from memeclip_core.datasets.reader import FORMATS, Dataset, Row, read_dataset
from memeclip_core.errors import DatasetError, LabelError
from memeclip_core.storage.task_files import parse_task_set, read_task_set

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


MAPPED = parse_task_set(
    """
key: mapped
title: Mapped
rows:
  lang: [en, EN-gb]
tasks:
  - key: fine
    title: Fine
    kind: multiclass
    column: harm
    labels: [{name: calm}, {name: some}, {name: much}]
  - key: harmful
    title: Harmful
    kind: multiclass
    column: harm
    labels: [{name: "no", value: calm}, {name: "yes", also: [some, much]}]
  - key: whom
    title: Whom
    kind: multilabel
    none: [nobody]
    labels: [{name: race}, {name: religion}]
  - key: ways
    title: Ways
    kind: multilabel
    labels: [{name: Shaming, column: shaming}, {name: Violence, column: violence}]
""",
    Path("mapped.yaml"),
)


def mapped(**labels: str) -> Row:
    return row(**({"lang": "en", "harm": "much", "whom": "race"} | labels))


def test_several_values_of_one_column_are_two_tasks_labels():
    whole = Dataset(rows=(mapped(), mapped(harm="calm"), mapped(harm="?")), left_out=())
    settled = settle_labels(MAPPED, whole)
    labels = label_rows(MAPPED, settled.rows)
    assert labels["fine"].tolist() == [2, 0, -1]
    assert labels["harmful"].tolist() == [1, 0, -1]
    assert settle_labels(MAPPED, settled).rows == settled.rows
    assert len(settled.unread) == 2 and "'?' is no label" in settled.unread[0].reason


def test_a_value_that_means_none_is_an_answer():
    rows = (mapped(whom="nobody"), mapped(whom=""), mapped(whom="race"))
    settled = settle_labels(MAPPED, Dataset(rows=rows, left_out=()))
    assert label_rows(MAPPED, settled.rows)["whom"].tolist() == [[0, 0], [-1, -1], [1, 0]]


def test_columns_of_ones_and_zeros_are_one_task_of_several_labels():
    rows = (
        mapped(shaming="1", Violence="0"), mapped(shaming="no", Violence="0.0"),
        mapped(shaming="1"), mapped(shaming="1", Violence=""), mapped(shaming="1", Violence="2"),
    )  # fmt: skip
    settled = settle_labels(MAPPED, Dataset(rows=rows, left_out=()))
    none = [-1, -1]
    assert label_rows(MAPPED, settled.rows)["ways"].tolist() == [[1, 0], [0, 0], none, none, none]
    (unread,) = settled.unread
    assert unread.reason.startswith("column Violence: it says whether 'Violence' holds")
    assert not any("read" in note.reason for note in settled.notes if "no task" in note.reason)


def test_only_the_rows_that_are_meant_are_taken_and_a_note_says_so():
    rows = (mapped(), mapped(lang="de"), mapped(lang="en-GB"))
    settled = settle_labels(MAPPED, Dataset(rows=rows, left_out=(), files=("a.csv",)))
    assert len(settled.rows) == 2
    assert settled.notes[0].reason == "2 of its 3 rows are taken: those with lang: en or EN-gb."
    assert is_meant(MAPPED, rows[0]) and not is_meant(MAPPED, rows[1])
    with pytest.raises(DatasetError, match=r"none of its 1 rows has lang: en or EN-gb\."):
        settle_labels(MAPPED, Dataset(rows=rows[1:2], left_out=(), files=("a.csv",)))
    with pytest.raises(DatasetError, match="by their column 'lang', which this one has not"):
        settle_labels(MAPPED, Dataset(rows=(row(harm="calm"),), left_out=()))


def test_a_mapping_is_told_value_by_value_with_its_rows():
    rows = (mapped(shaming="1", violence="0"), mapped(whom="nobody"), mapped(harm="?"))
    found = {
        (one.task, one.column, one.value): (one.labels, one.rows)
        for one in count_meanings(MAPPED, Dataset(rows=rows, left_out=()))
    }
    assert found == {
        ("fine", "harm", "much"): (("much",), 2),
        ("harmful", "harm", "much"): (("yes",), 2),
        ("whom", "whom", "race"): (("race",), 2),
        ("whom", "whom", "nobody"): ((), 1),
        ("ways", "shaming", "1"): (("Shaming",), 1),
        ("ways", "violence", "0"): ((), 1),
    }


@pytest.mark.parametrize(
    ("tasks", "columns", "wanted"),
    [
        ("harmeme-binary", {"intensity": "very harmful", "target": "society"},
         {"harmful": 1, "target": 3}),
        ("harmeme-binary", {"intensity": "not harmful"}, {"harmful": 0, "target": -1}),
        ("multi-off", {"label": "Non-offensiv"}, {"offensive": 0}),
        ("multi-off", {"label": "offensive"}, {"offensive": 1}),
        ("mami",
         {"misogynous": "1", "shaming": "0", "stereotype": "1", "objectification": "0",
          "violence": "1"},
         {"misogynous": 1, "kinds": [0, 1, 0, 1]}),
        ("fine-grained-hateful-memes",
         {"gold_hate": "hateful", "gold_pc": "religion", "gold_attack": "mocking"},
         {"hateful": 1, "protected": [1, 0, 0, 0, 0], "attack": [0, 0, 0, 1, 0, 0, 0]}),
        ("fine-grained-hateful-memes",
         {"gold_hate": "not_hateful", "gold_pc": "pc_empty", "gold_attack": "attack_empty"},
         {"hateful": 0, "protected": [0] * 5, "attack": [0] * 7}),
    ],
)  # fmt: skip
def test_published_files_are_read_as_their_task_sets_say(tasks, columns, wanted):
    found = read_task_set(ASSETS / f"{tasks}.yaml")
    settled = settle_labels(found, Dataset(rows=(row(**columns),), left_out=()))
    labels = label_rows(found, settled.rows)
    assert {key: ids.tolist()[0] for key, ids in labels.items()} == wanted
    assert settled.unread == () and settled.notes == ()
