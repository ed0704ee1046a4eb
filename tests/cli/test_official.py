"""``memeclip import-official`` on a file built as the authors' code builds it."""

from __future__ import annotations

from pathlib import Path

import torch

from memeclip_core.models.checkpoints import read_checkpoint
from tests.cli.conftest import Run
from tests.factories.official import make_official
from tests.factories.workbench import write_pridemm


def test_the_folder_works_like_any_other(run: Run, tmp_path: Path) -> None:
    file, out = tmp_path / "model.ckpt", tmp_path / "official-hate"
    torch.save({"state_dict": make_official(), "epoch": 9}, file)
    left = run("import-official", file, "--task", "hate", "--out", out, "--scale", "20")
    assert left.code == 0, left.err
    assert read_checkpoint(out).config["scale"] == 20
    assert "the head 'hate' of model.ckpt" in left.out
    assert list(read_checkpoint(out).heads) == ["hate"]
    found = run(
        *("evaluate", "--model", out, "--dataset", write_pridemm(tmp_path)),
        *("--home", tmp_path / "home"),
    )
    assert found.code == 0, found.err
    assert "official-hate on the split val" in found.out
    again = run("import-official", file, "--task", "hate", "--out", out)
    assert again.code == 2
    assert "exists" in again.err


def test_a_file_of_another_task_is_one_sentence(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "model.ckpt"
    torch.save({"state_dict": make_official(classes=4)}, file)
    left = run("import-official", file, "--task", "hate", "--out", tmp_path / "x")
    assert (left.code, left.out) == (2, "")
    assert "has 4 classes" in left.err
    assert not (tmp_path / "x").exists()
