"""An empty log for each test."""

from __future__ import annotations

import pytest

from tests.factories.logs import Log


@pytest.fixture
def log() -> Log:
    return Log()
