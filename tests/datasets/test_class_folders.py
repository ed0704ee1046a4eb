"""A folder for each class is a dataset without a list."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.annotation.exchange.import_sources import ImportOrder, ImportSource
from memeclip_core.config import ROOT
from memeclip_core.datasets.label_mapping import label_rows, settle_labels
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.errors import DatasetError
from memeclip_core.storage.task_files import read_task_set
from tests.factories.dataset_files import make_zip, write

PRIDEMM = read_task_set(ROOT / "assets" / "tasks" / "pridemm.yaml")
FILES = {
    "train/hate/images/a.png": b"A",
    "train/No Hate/b.png": b"B",
    "validation/hate/a.png": b"C",
    "other/c.png": b"D",
}


@pytest.mark.parametrize("packed", [False, True])
def test_the_folder_is_the_label_of_the_task_that_knows_it(tmp_path: Path, packed: bool) -> None:
    for name, data in FILES.items():
        write(tmp_path / "data" / name, data)
    path = make_zip(tmp_path / "m.zip", FILES) if packed else tmp_path / "data"
    found = read_dataset(path)
    assert found.format == "folders"
    said = {row.name: (row.split, row.labels["label"]) for row in found.rows}
    assert said["train/hate/images/a.png"] == ("train", ("hate",))
    assert said["validation/hate/a.png"] == ("val", ("hate",))
    settled = {row.name: row.labels for row in settle_labels(PRIDEMM, found).rows}
    assert settled["train/No Hate/b.png"] == {"hate": ("0",)}
    labels = label_rows(PRIDEMM, settle_labels(PRIDEMM, found).rows)
    assert sorted(labels["hate"].tolist()) == [-1, 0, 1, 1]
    assert all(set(labels[task].tolist()) == {-1} for task in ("target", "stance", "humour"))
    with ImportSource(ImportOrder(path=path)) as source:
        assert [source.read(c, max_bytes=9) for c in source.candidates] == [b"D", b"B", b"A", b"C"]
        assert all(candidate.row for candidate in source.candidates)


def test_one_folder_of_pictures_is_no_class(tmp_path: Path) -> None:
    write(tmp_path / "images" / "a.png", b"A")
    write(tmp_path / "memes" / "b.png", b"B")
    with pytest.raises(DatasetError, match="none of its 0 files"):
        read_dataset(tmp_path)
    with ImportSource(ImportOrder(path=tmp_path)) as source:
        assert [candidate.row for candidate in source.candidates] == [None, None]


def test_folders_that_several_tasks_know_or_none_are_named_and_no_label(tmp_path: Path) -> None:
    for name in ("0/a.png", "1/b.png", "hates/c.png"):
        write(tmp_path / name, name.encode())
    found = settle_labels(PRIDEMM, read_dataset(tmp_path))
    assert not any(row.labels for row in found.rows)
    reasons = [failure.reason for failure in found.unread]
    assert "the folder '0' is a label of several tasks (hate, target, stance, hum" in reasons[0]
    assert "the folder 'hates' is a label of none of the tasks (hate, ta" in reasons[2]
