"""A foreign checkpoint gives its tensors; code in it is never run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.models.official_file import read_official

STATE = {"classifier.weight": torch.ones(2, 3)}


def test_a_lightning_file_and_a_bare_state_dict_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    torch.save({"state_dict": STATE, "epoch": 3, "hyper_parameters": {"lr": 1e-4}}, path)
    assert torch.equal(read_official(path)["classifier.weight"], torch.ones(2, 3))
    torch.save(STATE, path)
    assert list(read_official(path)) == ["classifier.weight"]


class Trap:
    """Would make a folder if it were unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self):
        return (os.mkdir, (self.folder,))


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    path, trace = tmp_path / "model.ckpt", tmp_path / "trace"
    torch.save({"state_dict": STATE, "callbacks": Trap(trace)}, path)
    with pytest.raises(CheckpointError, match="would run code"):
        read_official(path)
    assert not trace.exists()


def test_what_is_no_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.ckpt"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError):
        read_official(path)
    torch.save({"state_dict": {}}, path)
    with pytest.raises(CheckpointError, match="no state_dict"):
        read_official(path)
    torch.save({"state_dict": {"a": 1}}, path)
    with pytest.raises(CheckpointError, match="'a' of its state_dict is no tensor"):
        read_official(path)
    with pytest.raises(StoreError, match="could not be read"):
        read_official(tmp_path / "absent.ckpt")
