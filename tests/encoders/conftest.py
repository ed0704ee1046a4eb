"""A tiny CLIP model on disk."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny CLIP model; nothing writes to it."""
    from tests.factories.clip_folder import make_clip_folder

    return make_clip_folder(tmp_path_factory.mktemp("clip") / "tiny")
