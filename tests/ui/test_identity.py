"""Who is at the page, on a Space and elsewhere."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest

from memeclip_core.errors import OtherPerson
from memeclip_core.records.decision import Person
from memeclip_core.ui.identity import identify, identify_still, read_profile
from tests.factories.studios import build_tiny_studio

USER = {
    "name": "Ada L.",
    "preferred_username": "Ada",
    "profile": "https://huggingface.co/Ada",
    "picture": "",
}


def visit(session, username=None):
    """Return a request as Gradio passes it, with what the session cookie held."""
    return gr.Request(request=SimpleNamespace(scope={"session": session}), username=username)


def signed_in(**changes):
    return {"oauth_info": {"userinfo": USER, "expires_at": time.time() + 60, **changes}}


@pytest.fixture
def space(tiny_settings):
    return build_tiny_studio(
        replace(
            tiny_settings,
            host="0.0.0.0",
            space=True,
            hub_sign_in=True,
            roles=(("ada", "annotator"),),
        )
    )


def test_a_hugging_face_name_has_the_role_of_the_list(space):
    assert identify(space, visit(signed_in())) == Person(name="Ada", role="annotator")
    assert space.can(identify(space, visit(signed_in())), "annotator")


def test_a_name_without_a_role_is_a_visitor_by_name(space):
    other = signed_in(userinfo={**USER, "preferred_username": "eve"})
    assert identify(space, visit(other)) == Person(name="eve", role="visitor")


@pytest.mark.parametrize(
    "session",
    [
        {},
        {"oauth_info": None},
        {"oauth_info": "ada"},
        signed_in(expires_at=time.time() - 1),
        signed_in(expires_at=None),
        signed_in(userinfo={}),
        signed_in(userinfo=None),
    ],
)
def test_without_a_whole_and_valid_sign_in_one_is_a_stranger(space, session):
    assert read_profile(visit(session)) is None
    assert (
        identify(space, visit(session)) == space.owner() == Person(name="visitor", role="visitor")
    )


def test_the_name_of_another_sign_in_counts_for_nothing_there(space):
    assert identify(space, visit({}, username="ada")).role == "visitor"


def test_off_a_space_no_session_counts(tiny_studio, tiny_settings):
    assert identify(tiny_studio, visit(signed_in())) == tiny_studio.owner()
    reachable = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    assert identify(reachable, visit(signed_in())).role == "visitor"


def test_a_request_without_anything_behind_it_is_a_stranger(space):
    assert identify(space, SimpleNamespace(username="ada")).role == "visitor"


def test_a_page_belongs_to_who_opened_it(space):
    assert identify_still(space, visit(signed_in()), "Ada").name == "Ada"
    assert identify_still(space, visit(signed_in()), "").name == "Ada"
    for session, opener in ((signed_in(), "Eve"), ({}, "Ada")):
        with pytest.raises(OtherPerson, match=f"opened by '{opener}'"):
            identify_still(space, visit(session), opener)
