"""Who sends a request, on a Space and elsewhere."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from starlette.requests import HTTPConnection

from memeclip_core.api.identity import Identity, check_opener, read_hub_name
from memeclip_core.errors import OtherPerson
from memeclip_core.records.decision import Person
from tests.factories import loops
from tests.factories.studios import build_tiny_studio

USER = {"name": "Ada L.", "preferred_username": "Ada", "profile": "", "picture": ""}


def visit(session=None, **headers):
    """Return a request with what the session cookie of Hugging Face's sign-in held."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": pairs, "session": session or {}})


def signed_in(**changes):
    return {"oauth_info": {"userinfo": USER, "expires_at": time.time() + 60, **changes}}


def person(studio, request):
    return loops.run(Identity(studio).person(request))


@pytest.fixture
def space(tiny_settings):
    roles = (("ada", "annotator"), ("visitor", "admin"))
    return build_tiny_studio(
        replace(tiny_settings, host="0.0.0.0", space=True, hub_sign_in=True, roles=roles)
    )


def test_a_hugging_face_name_has_the_role_of_the_list(space):
    who = person(space, visit(signed_in()))
    assert who == Person(name="Ada", role="annotator")
    assert space.can(who, "annotator")


def test_a_name_without_a_role_is_a_visitor_by_name(space):
    other = signed_in(userinfo={**USER, "preferred_username": "eve"})
    assert person(space, visit(other)) == Person(name="eve", role="visitor")


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
    assert read_hub_name(visit(session)) is None
    # Even where somebody of Hugging Face is called as strangers are.
    assert person(space, visit(session)) == space.owner() == Person(name="visitor", role="visitor")


def test_off_a_space_no_session_of_hugging_face_counts(tiny_studio, tiny_settings):
    assert person(tiny_studio, visit(signed_in())) == tiny_studio.owner()
    reachable = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    assert person(reachable, visit(signed_in())).role == "visitor"


def test_a_page_belongs_to_who_opened_it(space):
    assert person(space, visit(signed_in(), x_memeclip_opener="Ada")).name == "Ada"
    assert person(space, visit({}, x_memeclip_opener="")).role == "visitor"
    for session, opener, said in (
        (signed_in(), "Eve", "opened by 'Eve', and this browser is 'Ada' now"),
        ({}, "Ada", "opened by 'Ada', and nobody is signed in now"),
        (signed_in(), "", "opened before anybody signed in, and this browser is 'Ada' now"),
    ):
        with pytest.raises(OtherPerson, match=said):
            person(space, visit(session, x_memeclip_opener=opener))
    check_opener("Ada", None)
