"""A project for each test of the page Label, and people who sit down at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.studio import Studio
from tests.factories.label_page import Desk
from tests.factories.projects import Work, make_project

WIDE = {"width": 1360, "height": 900}


@pytest.fixture
def project(studio: Studio, tmp_path: Path) -> Any:
    """Return a way to make this test's project; it has other rules where they are given."""

    def make(count: int = 6, **rules: object) -> Work:
        return make_project(studio, tmp_path / "pictures", count, **rules)

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
