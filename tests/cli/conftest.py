"""Commands around the tiny studio: the real parts, the fake encoder and text reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.cli.program import main
from memeclip_core.config import Settings
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.experiments import workbench
from tests.factories.studios import build_tiny_studio, draw_png

LABELS = {
    "hate": ("Hate",),
    "target": ("Community",),
    "stance": ("Oppose",),
    "humour": ("Humour",),
}
MILD = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}


@dataclass(frozen=True, slots=True)
class Left:
    """How a command ended: its exit code, and what it said where."""

    code: int
    out: str
    err: str


Run = Callable[..., Left]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, tiny_checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return a function that runs a command line around the tiny studio."""

    def open_tiny(settings: Settings, **options: bool) -> Studio:
        return build_tiny_studio(replace(settings, encoder="fake", checkpoints=tiny_checkpoints))

    monkeypatch.setattr("memeclip_core.app.build.build_studio", open_tiny)
    monkeypatch.setattr(workbench, "build_encoder", lambda spec, **options: FakeEncoder())

    def run_command(*words: object) -> Left:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main([str(word) for word in words])
        seen = capsys.readouterr()
        return Left(code=int(exit_.value.code or 0), out=seen.out, err=seen.err)

    return run_command


@pytest.fixture
def corrected(tiny_settings: Settings, tmp_path: Path) -> Settings:
    """Save corrections of 25 memes, as the page would."""
    settings = replace(tiny_settings, home=tmp_path / "home")
    studio = build_tiny_studio(settings)
    for i in range(25):
        data = draw_png((10 * i, 255 - 10 * i, 128))
        prediction = studio.predict(data, f"{i}.png", task_set="pridemm")
        studio.correct(
            studio.owner(),
            prediction=prediction,
            data=data,
            labels=LABELS if i % 5 else MILD,
            note="=n",
        )
    return settings
