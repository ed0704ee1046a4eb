"""An empty log for each test."""

from __future__ import annotations

import pytest

from tests.factories.logs import Log, TableLog


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def tables(database) -> TableLog:
    return TableLog(database)
