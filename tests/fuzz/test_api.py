"""Requests made up from the API's own description: no answer is a fault of the server."""

from __future__ import annotations

import itertools
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.errors import InvalidSchema

from tests.factories.api import Asked
from tests.factories.projects import make_project
from tests.factories.studios import build_tiny_studio
from tests.fuzz.exploring import rounds

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
    request: pytest.FixtureRequest,
    tiny_settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    studio = build_tiny_studio(tiny_settings)
    work = make_project(studio, tmp_path / "memes", 3, key="cats")
    asked = Asked(studio)
    meme = work.ids()[0]
    said = asked.post(f"/projects/cats/memes/{meme}/comments", save="save-0001", text="why?")
    hook = asked.post("/webhooks", url="https://hooks.example/a")
    known = {
        "project": "cats",
        "meme": meme,
        "thread": said["number"],
        "number": hook["webhook"]["number"],
    }
    schema = schemathesis.openapi.from_asgi("/openapi.json", asked.client.app)
    ends = time.monotonic() + request.config.getoption("--fuzz")
    for round in rounds():
        for result in schema.get_all_operations():
            operation = result.ok()
            ask(operation, known, LEAST if round == 0 else 10 * LEAST, round)
        if time.monotonic() >= ends:
            return


def nowhere(*asked: Any, **more: Any) -> Any:
    """Find no host: what is made up is never called."""
    raise OSError


def ask(operation, known: dict[str, Any], count: int, round: int) -> None:
    """Send so many requests of one operation, two of three of what there is, and look at the
    answers.
    """
    print(operation.label)
    turns = itertools.count()

    def check(case) -> None:
        if next(turns) % 3:
            case.path_parameters |= {
                name: known[name] for name in case.path_parameters if name in known
            }
        # It rewrites what it is told of a tuple, and fails on its own words.
        with suppress(InvalidSchema):
            case.call_and_validate(checks=HELD, timeout=60)

    limits = settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    cases: st.SearchStrategy = operation.as_strategy()
    limits(seed(round)(given(cases)(check)))()
