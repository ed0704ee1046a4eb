"""The page about the HTTP API: it names every route and every status, and its examples work."""

from __future__ import annotations

import pytest

from memeclip_core.api.problems import STATUSES
from tests.docs.pages import GUIDE, README, find_tables, read_blocks
from tests.factories.api import Asked

PAGE = GUIDE["api"]


def test_the_page_names_every_route_and_no_other(tiny_studio):
    paths = Asked(tiny_studio).get("/openapi.json")["paths"]
    offered = [f"`{m.upper()} {path}`" for path, methods in paths.items() for m in methods]
    ((_, rows),) = find_tables(PAGE, "| route | what it does |")
    assert [row[0] for row in rows] == offered


def test_the_page_names_every_status():
    ((_, rows),) = find_tables(PAGE, "| status | what it says |")
    named = {int(row[0]) for row in rows}
    assert named == set(STATUSES.values()) | {413, 422}


@pytest.mark.parametrize("page", ["README", "api"])
def test_the_examples_work(page, tiny_studio, monkeypatch, capsys):
    import httpx

    client = Asked(tiny_studio).client
    monkeypatch.setattr(httpx, "Client", lambda base_url: client)
    text = README if page == "README" else PAGE
    (code,) = [block for block in read_blocks(text, "python") if "import httpx" in block]
    exec(code, {})
    assert "No Hate" in capsys.readouterr().out
