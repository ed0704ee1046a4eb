"""One studio with an explored project for all tests that change nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from tests.factories.explored import make_explored, write_dataset
from tests.factories.studios import build_tiny_studio


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoints: Path) -> Studio:
    """Return a studio with the project and the dataset of ``factories.explored``."""
    root = tmp_path_factory.mktemp("explored")
    settings = Settings(home=root / "home", encoder="fake", checkpoints=tiny_checkpoints, threads=1)
    data = write_dataset(root / "data")
    studio = build_tiny_studio(replace(settings, datasets=(data,)))
    return make_explored(studio, root / "memes")
