"""The page Projects: its layout."""

from __future__ import annotations

from typing import get_args

import gradio as gr
import pytest

from memeclip_core.annotation.projects.projects import RULES
from memeclip_core.datasets.reader import FORMATS as KNOWN
from memeclip_core.records.project import Order
from memeclip_core.ui.pages.projects.layout import FORMATS, ORDERS, build_projects


@pytest.fixture
def built(tiny_studio):
    with gr.Blocks() as blocks, gr.Tab("Projects") as tab:
        page = build_projects(tiny_studio, tab).w
    return blocks, page


def test_everything_that_the_service_knows_is_on_offer():
    assert {value for _, value in ORDERS} == set(get_args(Order))
    assert set(FORMATS) == set(KNOWN)


def test_what_only_some_may_see_is_hidden_at_first(built):
    _, page = built
    for part in (page.creating, page.body, page.importing, page.changing, page.migrating,
                 page.exporting, page.stop, page.resume, page.predict):  # fmt: skip
        assert part.visible is False
    assert page.migrate.interactive is False and page.timer.active is False


def test_no_event_is_a_public_endpoint(built):
    blocks, _ = built
    assert blocks.get_api_info()["named_endpoints"] == {}


def test_every_rule_has_a_field_and_guidelines_have_their_own(built):
    _, page = built
    assert set(page.rules) == set(RULES) - {"guidelines"}
