"""Rows of any format, with duplicates on one side."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from memeclip_core.config import ROOT
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.datasets.selection import drop_straddlers, read_rows
from memeclip_core.errors import DatasetError
from memeclip_core.storage.task_files import read_task_set
from tests.factories.dataset_files import PRIDEMM, jsonl, propaganda, restore, write

TASKS = ROOT / "assets" / "tasks"
CSV = (
    PRIDEMM
    + "a.png,1,2,0,1,train,same words\n"
    + "b.png,0,NA,1,0,val,Same   words\n"
    + "c.png,0,NA,1,0,val,other words\n"
    + "d.png,0,NA,9,0,val,wrong label\n"
    + "e.png,0,NA\n"
)


def test_rows_of_a_split_and_a_word_about_the_lines_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "p.csv", CSV)
    with caplog.at_level(logging.WARNING, logger="memeclip"):
        assert [row.name for row in read_rows(read_dataset(path), "val")] == [
            "b.png",
            "c.png",
            "d.png",
        ]
        tasks = read_task_set(TASKS / "pridemm.yaml")
        assert [row.name for row in read_rows(read_dataset(path), "val", task_set=tasks)] == [
            "b.png",
            "c.png",
            "d.png",
        ]
    said = "p.csv: 0 of 4 named pictures found, 0 pictures not named by any row"
    assert [record.getMessage() for record in caplog.records] == [
        said,
        "p.csv: 1 line(s) left out, 4 rows read",
        said,
        "p.csv: 1 line(s) left out, 4 rows read",
        "p.csv: 1 label(s) cannot be read and are left out, such as p.csv, line 5: "
        "column stance: '9' is no label of the task 'stance'. Allowed: 0, 1, 2.",
    ]


def test_every_published_format_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "val.json", json.dumps([restore("Self-Harm")]))
    assert [row.split for row in read_rows(read_dataset(path))] == ["val"]
    path = write(tmp_path / "val.jsonl", jsonl(propaganda()))
    assert [row.name for row in read_rows(read_dataset(path))] == ["7"]


def test_a_split_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No row has the split 'test'\. Found: train, val\."):
        read_rows(read_dataset(write(tmp_path / "p.csv", CSV)), "test")


def test_a_text_that_stands_on_the_other_side_is_dropped(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", CSV)
    train, val = read_rows(read_dataset(path), "train"), read_rows(read_dataset(path), "val")
    assert drop_straddlers(train, val) == train
    path = write(tmp_path / "q.csv", CSV.replace("Same   words", "same \n words"))
    same = read_rows(read_dataset(path))
    assert [row.name for row in drop_straddlers(same[1:], same[:1])] == ["b.png", "c.png", "d.png"]


def test_nearly_the_same_text_counts_where_that_is_asked_for(tmp_path: Path) -> None:
    long = "when the meeting could have been an email and everybody knows it by now"
    mine = write(tmp_path / "a.csv", f"text,hate\n{long}!!,1\nsomething else,0\n")
    other = write(tmp_path / "b.csv", f"text,hate\n{long} ok,1\n")
    rows, others = read_dataset(mine).rows, read_dataset(other).rows
    assert drop_straddlers(rows, others) == list(rows)
    assert [row.text for row in drop_straddlers(rows, others, nearly=True)] == ["something else"]
