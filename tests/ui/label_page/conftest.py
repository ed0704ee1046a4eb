"""One studio for all tests of the page Label; each test has a project of its own in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from tests.factories.browser import serving
from tests.factories.label_page import Desk
from tests.factories.labelling import Work, make_project
from tests.factories.studios import build_tiny_studio

WIDE = {"width": 1360, "height": 900}


@pytest.fixture(scope="package")
def studio(tiny_checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    home = tmp_path_factory.mktemp("labelling") / "home"
    settings = Settings(home=home, encoder="fake", checkpoints=tiny_checkpoints, threads=1)
    return build_tiny_studio(settings)


@pytest.fixture(scope="package")
def url(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        with serving(studio) as address:
            yield address


@pytest.fixture
def project(studio: Studio, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Return a way to make this test's project; it has other rules where they are given."""

    def make(count: int = 6, **rules: object) -> Work:
        key = request.node.name.replace("_", "-").partition("[")[0][:40].strip("-")
        mark = hashlib.sha256(request.node.name.encode()).hexdigest()[:6]
        return make_project(studio, tmp_path / "pictures", count, key=f"{key}-{mark}", **rules)

    return make


@pytest.fixture
def work(project: Any) -> Work:
    return project()


@pytest.fixture
def sit(new_tab: Any) -> Any:
    """Return a way to sit down at a tab; one with a profile of its own is another person's."""

    def fresh(size: dict[str, int] = WIDE, own: bool = False) -> Desk:
        return Desk(page=new_tab(size, own))

    return fresh
