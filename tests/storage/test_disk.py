"""What is asked of a disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.disk import find_existing, free_bytes, prove_writable


def test_the_nearest_folder_that_is_there_is_found(tmp_path: Path) -> None:
    assert find_existing(tmp_path / "a" / "b") == tmp_path
    assert free_bytes(tmp_path) > 0
    with pytest.raises(StoreError, match="could not be read"):
        free_bytes(tmp_path / "absent")


def test_a_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    prove_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="could not be written"):
        prove_writable(tmp_path / "absent")
