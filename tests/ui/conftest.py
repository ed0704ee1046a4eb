"""A page around the tiny studio, with its handlers in reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr
import pytest

from memeclip_core.config import Settings
from memeclip_core.service.studio import Studio
from memeclip_core.stores.assets import Sample
from memeclip_core.ui.analyse import build_analyse
from memeclip_core.ui.app import build_frame
from memeclip_core.ui.models import build_models
from memeclip_core.ui.on_analyse import OnAnalyse
from memeclip_core.ui.on_correct import OnCorrect
from memeclip_core.ui.on_models import OnModels
from memeclip_core.ui.widgets import Analyse, Models
from tests.studios import build_tiny_studio, draw_png


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that a test of handlers touches."""

    studio: Studio
    w: Analyse
    models: Models
    on: OnAnalyse
    correct: OnCorrect
    on_models: OnModels


def build_page(studio: Studio, samples: tuple[Sample, ...] = ()) -> Page:
    with gr.Blocks():
        frame = build_frame(studio)
        w = build_analyse(studio, frame, dict.fromkeys(samples, "data:,"))
        models = build_models(frame)
    return Page(
        studio=studio,
        w=w,
        models=models,
        on=OnAnalyse(studio=studio, widgets=w, samples=samples),
        correct=OnCorrect(studio=studio, widgets=w),
        on_models=OnModels(studio=studio, widgets=models),
    )


@pytest.fixture
def page(tiny_studio: Studio) -> Page:
    return build_page(tiny_studio)


@pytest.fixture
def visited(tiny_settings: Settings) -> Page:
    """Return the page as it is at an address that others can reach: it only predicts."""
    return build_page(build_tiny_studio(replace(tiny_settings, host="0.0.0.0")))


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "upload.png"
    path.write_bytes(draw_png())
    return path
