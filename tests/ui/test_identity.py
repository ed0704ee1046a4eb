"""Who is behind an event of the page."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest

from memeclip_core.errors import OtherPerson
from memeclip_core.records.decision import Person
from memeclip_core.ui.identity import identify
from tests.factories.studios import build_tiny_studio


def visit(username, **headers):
    """Return a request as Gradio passes it, with what was found at the door."""
    return gr.Request(request=SimpleNamespace(headers=headers), username=username)


@pytest.fixture
def space(tiny_settings):
    roles = (("ada", "annotator"), ("visitor", "admin"))
    return build_tiny_studio(
        replace(tiny_settings, host="0.0.0.0", space=True, hub_sign_in=True, roles=roles)
    )


def test_the_name_that_was_found_at_the_door_has_its_role(space):
    assert identify(space, visit("Ada")) == Person(name="Ada", role="annotator")
    assert identify(space, visit("")) == identify(space, visit(None)) == space.owner()


def test_a_request_without_anything_behind_it_is_a_stranger(tiny_studio, space):
    assert identify(space, gr.Request()).role == "visitor"
    assert identify(tiny_studio, gr.Request()) == tiny_studio.owner()


def test_a_page_belongs_to_who_opened_it(space):
    assert identify(space, visit("Ada", **{"x-memeclip-opener": "Ada"})).name == "Ada"
    for opener, said in (("Eve", "opened by 'Eve'"), ("", "before anybody signed in")):
        with pytest.raises(OtherPerson, match=said):
            identify(space, visit("Ada", **{"x-memeclip-opener": opener}))
