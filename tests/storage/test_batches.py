"""Folders of batches: by names that nobody chooses, until they are old."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest

from memeclip_core.errors import InputError
from memeclip_core.storage.batches import BatchFolders
from memeclip_core.storage.home import Home


def test_files_are_kept_and_deleted_when_they_are_old(tmp_path):
    folders, given = BatchFolders(Home(tmp_path / "home")), tmp_path / "a.png"
    given.write_bytes(b"x")
    folders.sweep(timedelta(days=1))
    for name in ("old", "new"):
        folders.keep(name, {"../a.png": given})
    assert folders.files("new")["a.png"].read_bytes() == b"x"
    assert folders.source("new").name == "a.png"
    os.utime(tmp_path / "home/batches/old/upload", (0, time.time() - 90_000))
    folders.sweep(timedelta(days=1))
    assert (folders.exists("old"), folders.exists("new"), folders.exists("")) == (
        False,
        True,
        False,
    )


@pytest.mark.parametrize("name", ["..", "../x", "a/b", ".x"])
def test_names_lead_nowhere_else(tmp_path, name):
    with pytest.raises(InputError):
        BatchFolders(Home(tmp_path)).exists(name)
