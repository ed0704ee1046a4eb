"""An export on the Hub: what is sent, what stays, what is never touched."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from memeclip_core.annotation.exchange import hub_dataset
from memeclip_core.annotation.exchange.hub_dataset import push_dataset
from memeclip_core.errors import StoreError
from memeclip_core.storage.backup import HubRepository
from tests.factories.api import LABELS
from tests.factories.hub import hub
from tests.factories.projects import make_project, wait_for

__all__ = ["hub"]


def write(folder, *pictures):
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in (*(f"images/{one}.png" for one in pictures), "metadata.csv", "README.md"):
            file.writestr(name, name.encode())
    return path


def test_pictures_that_are_there_stay_and_others_go(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(hub_dataset, "BATCH", 2)
    repository = HubRepository("ada/cats")
    assert push_dataset(write(tmp_path, "a", "b", "c"), repository) == 5
    assert hub.private and len(hub.commits) == 4
    assert push_dataset(write(tmp_path, "b", "d"), repository) == 3
    names = {"images/b.png", "images/d.png", "metadata.csv", "README.md"}
    assert set(hub.stored) - {".gitattributes"} == names


def test_a_repository_with_something_else_is_left_alone(hub, tmp_path):
    repository = HubRepository("ada/cats")
    repository.connect()
    hub.stored["studio.db"] = b""
    with pytest.raises(StoreError, match=r"other files, such as 'studio\.db'"):
        push_dataset(write(tmp_path, "a"), repository)
    assert "README.md" not in hub.stored


def test_everybody_sees_it_only_where_that_is_meant(hub, tmp_path):
    repository = HubRepository("ada/cats")
    push_dataset(write(tmp_path, "a"), repository, public=True)
    assert not hub.private
    with pytest.raises(StoreError, match="can be seen by everybody"):
        push_dataset(write(tmp_path, "a"), repository)


def test_an_export_is_read_back_with_its_labels(hub, tiny_studio, tmp_path):
    """Line by line, in the columns of an image folder; 0 is how the dataset writes Neutral."""
    work = make_project(tiny_studio, tmp_path / "in", 2)
    first = work.ids()[0]
    tiny_studio.queue.save(
        work.admin, work.key, meme=first, version=1, save="save-0001",
        labels={task: tuple(names) for task, names in LABELS.items()},
    )  # fmt: skip
    job = tiny_studio.projects.start_export(work.admin, work.key, "imagefolder")
    assert wait_for(tiny_studio, work.key, job).state == "done"
    push_dataset(
        tiny_studio.projects.export_file(work.admin, work.key, job.id), HubRepository("ada/cats")
    )
    (row,) = csv.DictReader(io.StringIO(hub.stored["metadata.csv"].decode()))
    assert (row["file_name"] in hub.stored, row["stance"]) == (True, "0")
    assert b"copyright" in hub.stored["README.md"] and b"local" not in hub.stored["metadata.csv"]
