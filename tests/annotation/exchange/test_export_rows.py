"""Predictions as a table: every number in its column, and nothing that runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from memeclip_core.annotation.exchange.export_rows import (
    name_apart,
    write_predictions,
    write_pridemm_csv,
)
from memeclip_core.config import ROOT
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.memes.splits import is_held_out
from memeclip_core.records.decision import Labelled
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.storage.task_files import read_named_task_set

PRIDEMM = read_named_task_set("pridemm", ROOT / "assets")
PROPAGANDA = read_named_task_set("propaganda", ROOT / "assets")
HEADER = "name,hate,target,stance,humour,split,text,meme,project,status,votes\r\n"


def write(tasks, memes, names=None):
    return write_pridemm_csv(tasks, memes, lambda item: (names or {}).get(item.meme, ""))


HATE = {
    "hate": ("Hate",), "target": ("Organization",), "stance": ("Support",), "humour": ("Humour",),
}  # fmt: skip
CALM = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}


def meme(labels, text="t", *, start="1"):
    return Labelled(
        meme=start * 64,
        image=f"{start * 64}.png",
        text=text,
        text_source="user",
        labels=labels,
        time=datetime(2026, 1, 2, tzinfo=UTC),
        annotators=("ann",),
        statuses=dict.fromkeys(labels, "single"),
        projects=("", "cats"),
    )


def test_the_shape_is_that_of_the_dataset():
    assert write(PRIDEMM, [meme(HATE), meme(CALM, start="0")]).decode("utf-8-sig") == (
        HEADER
        + f"{'1' * 64}.png,1,3,1,1,train,t,{'1' * 64},|cats,single,\r\n"
        + f"{'0' * 64}.png,0,NA,0,0,val,t,{'0' * 64},|cats,single,\r\n"
    )
    assert is_held_out("0" * 64)
    assert not is_held_out("1" * 64)


def test_the_datasets_own_reader_reads_it_back(tmp_path):
    text = 'quotes " commas, lines\n and \U0001f3f3\ufe0f'
    path = tmp_path / "export.csv"
    path.write_bytes(write(PRIDEMM, [meme(HATE, text), meme(CALM)]))
    one, two = read_dataset(path, format="pridemm").rows
    assert one.text == text
    assert one.labels == {"hate": ("1",), "target": ("3",), "stance": ("1",), "humour": ("1",)}
    assert "target" not in two.labels


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cells_that_a_spreadsheet_would_run_are_neutralised(start):
    exported = write(PRIDEMM, [meme(HATE, f"{start}cmd")]).decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(exported, newline="")))
    assert row["text"] == f"'{start}cmd"


def test_a_multilabel_cell_is_a_list_of_the_datasets_own_words():
    exported = write(
        PROPAGANDA,
        [meme({"techniques": ("Smears", "Thought-terminating cliché")}), meme({"techniques": ()})],
    ).decode("utf-8-sig")
    one, two = csv.DictReader(io.StringIO(exported, newline=""))
    assert one["labels"] == '["Smears", "Thought-terminating cliché"]'
    assert two["labels"] == "[]"


def test_a_text_without_image_is_named_by_its_id():
    item = Labelled(
        meme="2" * 64,
        image="",
        text="t",
        text_source="file",
        labels=CALM,
        time=datetime(2026, 1, 2, tzinfo=UTC),
        annotators=("ann",),
    )
    assert f"\r\n{'2' * 64},0," in write(PRIDEMM, [item]).decode()


def test_memes_keep_their_names_and_equal_names_are_told_apart():
    memes = [meme(HATE), meme(CALM, start="0")]
    named = write(PRIDEMM, memes, {"1" * 64: "in/Cat.PNG", "0" * 64: "out/cat.png"}).decode(
        "utf-8-sig"
    )
    assert [row["name"] for row in csv.DictReader(io.StringIO(named))] == [
        "Cat-11111111.PNG", "cat-00000000.png",
    ]  # fmt: skip
    assert name_apart({"a": "x\\one.png", "b": "two.png", "c": "", "d": ""}) == {
        "a": "one.png", "b": "two.png", "c": "", "d": "",
    }  # fmt: skip


KINDS = TaskPrediction(
    task="kinds",
    title="Kinds",
    kind="multilabel",
    labels=("no", "yes"),
    scores=(
        ClassScore(label="no", display="No", probability=0.75, cosine=0.5),
        ClassScore(label="yes", display="Yes", probability=0.25, cosine=-0.125),
    ),
    threshold=0.2,
    applies=False,
    reason="It does not.",
    reads="text",
    model="m1",
)
MEME = Meme(id="ab" * 32, filename="@a.png", text='=HYPERLINK("x"),\n2', text_source="user")
PREDICTION = Prediction(
    meme=MEME, task_set="s", tasks=(KINDS,), model="m1", encoder="fake", notes=("=a.", "b.")
)


def test_a_meme_is_a_row_a_number_a_column_and_a_formula_a_text() -> None:
    text = write_predictions([PREDICTION], "csv").decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == [
        {
            "filename": "'@a.png",
            "meme": "ab" * 32,
            "text": '\'=HYPERLINK("x"),\n2',
            "text_source": "user",
            "model": "m1",
            "notes": "'=a. b.",
            "kinds": "no|yes",
            "kinds.applies": "no",
            "kinds.no.probability": "0.750000",
            "kinds.no.cosine": "0.500000",
            "kinds.yes.probability": "0.250000",
            "kinds.yes.cosine": "-0.125000",
        }
    ]


def test_nothing_is_a_header() -> None:
    header = b"filename,meme,text,text_source,model,notes\r\n"
    assert write_predictions([], "csv") == b"\xef\xbb\xbf" + header  # Excel needs the mark
