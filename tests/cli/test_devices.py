"""Every command that trains does so on the device that ``--device`` names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pytest

from memeclip_core.errors import ConfigError
from tests.cli.conftest import Run
from tests.factories.workbench import TINY, write_pridemm


@pytest.fixture
def trained_on(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pretend that there is a CUDA device; return where trainings were to run. None does."""
    seen: list[str] = []

    def stop(*args: Any, device: str, **options: Any) -> NoReturn:
        seen.append(device)
        raise ConfigError("stopped before the first step")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("memeclip_core.training.fit.run_epochs", stop)
    monkeypatch.setattr("memeclip_core.training.multitask.run_epochs", stop)
    return seen


@pytest.mark.parametrize(
    ("option", "device"),
    [((), "cuda"), (("--device", "cuda"), "cuda"), (("--device", "cpu"), "cpu")],
)
@pytest.mark.parametrize(
    "command",
    [
        ("train", "--head", "memeclip", "--out", "out", "--set", *TINY),
        # Balanced weights would go to the device before the training that is pretended.
        ("train", "--head", "simclip", "--out", "out", "--set", "map_dim=8", "class_weights=none"),
        ("sweep", "--json", "s.json", "--vary", "ratio=0", "--set", *TINY),
        ("build-starter", "pridemm-compact", "--checkpoints", "shelf"),
    ],
    ids=["train", "train-together", "sweep", "build-starter"],
)
def test_a_command_trains_where_it_is_told(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trained_on: list[str],
    command: tuple[str, ...],
    option: tuple[str, ...],
    device: str,
) -> None:
    data = write_pridemm(tmp_path)
    monkeypatch.chdir(tmp_path)
    run(*command, "--dataset", data, "--home", "home", *option)
    assert set(trained_on) == {device}


@pytest.mark.usefixtures("corrected")
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_retraining_runs_where_it_is_told(run: Run, trained_on: list[str], device: str) -> None:
    left = run("retrain", "--device", device)
    assert "stopped before the first step" in left.err
    assert trained_on == [device]
