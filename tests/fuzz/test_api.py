"""Requests made up from the API's own description: no answer is a fault of the server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks

from tests.factories.api import Asked
from tests.factories.projects import make_project
from tests.factories.studios import build_tiny_studio

LEAST = 2
"""Requests of each operation in every run."""

load_all_checks()
HELD = [
    CHECKS.get_one(name)
    for name in ("not_a_server_error", "content_type_conformance", "response_schema_conformance")
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whatever_the_description_allows_is_answered(
    request: pytest.FixtureRequest, tiny_settings, tmp_path: Path
) -> None:
    studio = build_tiny_studio(tiny_settings)
    make_project(studio, tmp_path / "memes", 3, key="cats")
    asked = Asked(studio)
    schema = schemathesis.openapi.from_asgi("/openapi.json", asked.client.app)
    ends = time.monotonic() + request.config.getoption("--fuzz")
    round = 0
    while True:
        for result in schema.get_all_operations():
            operation = result.ok()
            ask(operation, LEAST if round == 0 else 10 * LEAST, round)
        round += 1
        if time.monotonic() >= ends:
            return


def ask(operation, count: int, round: int) -> None:
    """Send so many requests of one operation and look at the answers."""
    print(operation.label)

    def check(case) -> None:
        if "project" in case.path_parameters and len(case.path_parameters["project"]) % 2:
            case.path_parameters["project"] = "cats"
        case.call_and_validate(checks=HELD)

    limits = settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    cases: st.SearchStrategy = operation.as_strategy()
    limits(seed(round)(given(cases)(check)))()
