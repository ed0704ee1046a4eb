"""Predictions as a table: every number in its column, and nothing that runs."""

from __future__ import annotations

import csv
import io

from memeclip_core.annotation.exchange.prediction_csv import write_predictions_csv
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction

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
    text = write_predictions_csv([PREDICTION]).decode("utf-8-sig")
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
    assert write_predictions_csv([]) == b"\xef\xbb\xbf" + header  # Excel needs the mark
