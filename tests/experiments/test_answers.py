"""A table of what models said of every row."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas
import pytest

from memeclip_core.datasets.prediction_files import read_prediction_files
from memeclip_core.errors import InputError
from memeclip_core.experiments.answers import Answers, RowFacts, check_kind, write_answers
from memeclip_core.experiments.outcomes import Outcome
from memeclip_core.training.rows import MISSING

PLACES = ("a.csv, line 2", "a.csv, line 3")
FACTS = tuple(
    RowFacts(place=place, name=name, id=name[0] * 8, split="val")
    for place, name in zip(PLACES, ("x.png", "y.png"), strict=True)
)
HATE = Outcome(
    kind="multiclass",
    names=("No Hate", "Hate"),
    places=PLACES,
    labels=np.array([[0, 1], [MISSING, MISSING]]),
    probabilities=np.array([[0.25, 0.75], [0.9, 0.1]], np.float32),
    threshold=None,
    logits=np.array([[-1.0, 1 / 3], [2.0, 0.0]], np.float32),
)
KINDS = Outcome(
    kind="multilabel",
    names=("smears", "doubt"),
    places=PLACES,
    labels=np.array([[1, 1], [0, 0]]),
    probabilities=np.array([[0.6, 0.4], [0.1, 0.2]], np.float32),
    threshold=0.3,
    folds=np.array([0, 1]),
)


def test_every_row_of_every_model_is_a_line(tmp_path: Path) -> None:
    said = [
        Answers(model=f"m{seed}", seed=seed, facts=FACTS, tasks={"hate": HATE}) for seed in (0, 1)
    ]
    write_answers(tmp_path / "out" / "said.csv", said)
    with (tmp_path / "out" / "said.csv").open(encoding="utf-8", newline="") as file:
        first, second, third, fourth = csv.DictReader(file)
    assert first == {
        "row": "a.csv, line 2", "name": "x.png", "id": "xxxxxxxx", "split": "val",
        "model": "m0", "seed": "0", "fold": "",
        "hate": "Hate", "hate.truth": "Hate", "hate.labelled": "yes",
        "hate.No Hate.probability": "0.25", "hate.No Hate.logit": "-1",
        "hate.Hate.probability": "0.75", "hate.Hate.logit": "0.333333343",
    }  # fmt: skip
    assert np.float32(first["hate.Hate.logit"]) == np.float32(1 / 3)
    assert (second["hate"], second["hate.truth"], second["hate.labelled"]) == ("No Hate", "", "no")
    assert (third["model"], fourth["row"]) == ("m1", "a.csv, line 3")


def test_parquet_keeps_what_is_a_number(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    said = Answers(model="m", seed=None, facts=FACTS, tasks={"kinds": KINDS, "hate": HATE})
    write_answers(tmp_path / "said.parquet", [said])
    frame = pandas.read_parquet(tmp_path / "said.parquet")
    assert frame["fold"].tolist() == [0, 1] and frame["seed"].isna().all()
    assert frame["kinds"].tolist() == ["smears|doubt", ""]
    assert frame["kinds.truth"].tolist() == ["smears|doubt", ""]
    assert frame["kinds.labelled"].tolist() == [True, True]
    assert frame["kinds.doubt.probability"].astype("float32").tolist() == pytest.approx([0.4, 0.2])
    assert frame["hate.labelled"].tolist() == [True, False]


def test_another_ending_is_refused() -> None:
    with pytest.raises(InputError, match=r"'said.xlsx'; its name must end in .csv or .parquet"):
        check_kind(Path("said.xlsx"))
    assert check_kind(Path("said.CSV")) == Path("said.CSV")


STARTS = ("=", "+", "-", "@", "\t", "\r")
NAMES = [f"{start}a.png" for start in STARTS] + [f"'{start}a.png" for start in STARTS]
NAMES += ["''=a.png", "'a.png", "a=b.png", " =a.png", "a\r\nb.png", "-"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_words_that_a_spreadsheet_would_run_are_safe_and_read_back_exactly(
    tmp_path: Path, kind: str
) -> None:
    pytest.importorskip("pyarrow")
    places = [f"{name}, line {i}" for i, name in enumerate(NAMES)]
    facts = tuple(
        RowFacts(place=place, name=name, id=str(i), split="-x")
        for i, (place, name) in enumerate(zip(places, NAMES, strict=True))
    )
    labels = np.tile([[0, 1], [1, 0]], (len(NAMES) // 2, 1))
    outcome = Outcome(
        kind="multiclass",
        names=("=no", "'+yes"),
        places=tuple(places),
        labels=labels,
        probabilities=np.where(labels, 0.75, 0.25),
        threshold=None,
        logits=np.where(labels, -1.5, -2.5),
    )
    path = tmp_path / f"said.{kind}"
    write_answers(path, [Answers(model="@m", seed=0, facts=facts, tasks={"hate": outcome})])
    if kind == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        assert {line["hate.=no.logit"] for line in lines} == {"-1.5", "-2.5"}, "numbers stay so"
        cells = [v for line in lines for k, v in line.items() if not k.endswith(".logit")]
        assert not [cell for cell in cells if cell.startswith(STARTS)]
    (found,) = read_prediction_files(path)
    assert found.version == "@m"
    assert all(found.find({"name": NAMES}, of="dataset"))
    assert all(found.find({"row": places}, of="dataset"))
    assert [record.value("name") for record in found.records] == NAMES
    assert [record.value("hate") for record in found.records] == ["'+yes", "=no"] * 9
    assert {record.value("split") for record in found.records} == {"-x"}
