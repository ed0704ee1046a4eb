"""``memeclip import-official`` on a file built as the authors' code builds it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from memeclip_core.models.checkpoints import read_checkpoint, read_replay
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


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Write a small file in the form of PrideMM.csv, one train row of which is also a val row."""
    path = tmp_path / "PrideMM.csv"
    rows = [
        f"{i}.png,{i % 2},{'NA' if i % 2 == 0 else i % 4},{i % 3},{i % 2},"
        f"{'val' if i < 6 else 'train'},harmless words {0 if i == 6 else i}"
        for i in range(18)
    ]
    path.write_text("\n".join(["name,hate,target,stance,humour,split,text", *rows]), "utf-8")
    return path


def test_a_starter_is_trained_measured_and_written(run: Run, dataset: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    words = ("build-starter", "pridemm-compact", "--dataset", dataset, "--checkpoints", shelf)
    left = run(*words)
    assert left.code == 0, left.err
    assert left.err.endswith(
        "11 rows to train on, 6 to choose by; 1 left out that also stand among those.\n"
    )
    model = read_checkpoint(shelf / "pridemm-compact")
    assert list(model.heads) == ["hate", "target", "stance", "humour"]
    assert len(read_replay(shelf / "pridemm-compact").split) == 17
    assert left.out.startswith("hate: accuracy ")
    assert left.out.count("hate: ") == len(model.heads["hate"].metrics)
    again = run(*words)
    assert (again.code, again.out) == (0, left.out), "the same data make the same model"


def test_a_dataset_of_several_files_is_given_at_once(
    run: Run, dataset: Path, tmp_path: Path
) -> None:
    head, *rows = dataset.read_text("utf-8").splitlines()
    files = [tmp_path / "train.csv", tmp_path / "val.csv"]
    for file in files:
        own = [row for row in rows if f",{file.stem}," in row]
        file.write_text("\n".join([head, *own]), "utf-8")
    shelf = ("--checkpoints", tmp_path / "shelf")
    left = run("build-starter", "pridemm-compact", "--dataset", *files, *shelf)
    assert left.code == 0, left.err
    assert "11 rows to train on, 6 to choose by" in left.err


def test_an_unknown_starter_is_one_sentence(run: Run, dataset: Path) -> None:
    left = run("build-starter", "absent", "--dataset", dataset)
    assert (left.code, left.out) == (2, "")
    assert "Known: pridemm-compact, propaganda-compact, restore-compact, axiom-compact." in left.err
