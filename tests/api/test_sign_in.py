"""Signing in and out, for browsers and for programs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from memeclip_core.api.application import PREFIX
from memeclip_core.api.identity import cookie_name
from memeclip_core.api.sign_in import WRONG
from memeclip_core.app.people import add_person, make_token
from memeclip_core.config import SIGNED_IN_SECONDS
from memeclip_core.errors import StoreError
from tests.factories.clocks import hold_waits
from tests.factories.signed_in import PASSWORD, serve, sign_in, who
from tests.factories.studios import build_tiny_studio

BROWSER = {"Accept": "text/html,*/*"}


@pytest.fixture
def settings(tiny_settings):
    found = replace(tiny_settings, host="0.0.0.0", sign_in=True)
    for name, role in (("ann", "annotator"), ("root", "admin")):
        add_person(found, name=name, role=role, password=PASSWORD)
    return found


@pytest.fixture
def studio(settings):
    return build_tiny_studio(settings)


@pytest.fixture
def client(studio):
    return serve(studio)


def test_who_is_not_signed_in_is_sent_to_sign_in_and_programs_are_refused(client):
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "login")
    answer = client.get(f"{PREFIX}/projects")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["detail"].startswith("Nobody is signed in")
    assert client.get(f"{PREFIX}/health").status_code == 200
    assert client.get(f"{PREFIX}/openapi.json").status_code == 200


def test_one_sign_in_is_for_the_page_and_the_api(client):
    answer = sign_in(client, **BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert client.get("/").text == "the page of ann"
    assert who(client) == "ann"
    assert client.get(f"{PREFIX}/projects").json() == []


def test_what_an_address_asks_for_is_opened_after_the_sign_in(client):
    asked = "?page=Review&next=//elsewhere.test"
    answer = client.get(f"/{asked}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"login{asked}")
    form = {"username": "ann", "password": PASSWORD}
    answer = client.post(f"/login{asked}", data=form, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, f"./{asked}")


def test_a_program_signs_in_as_gradios_client_does(client):
    answer = sign_in(client)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert who(client) == "ann"
    refused = sign_in(client, password="wrong")
    assert (refused.status_code, refused.json()) == (401, {"detail": WRONG})


def test_the_cookie_is_for_this_server_alone(client, studio):
    cookie = sign_in(client).headers["set-cookie"]
    name = cookie_name(studio.settings)
    assert re.fullmatch(
        rf"{name}=[\w-]{{43}}; HttpOnly; Max-Age={SIGNED_IN_SECONDS}; Path=/; SameSite=lax", cookie
    )
    assert cookie_name(replace(studio.settings, home=studio.settings.home / "x")) != name
    assert "Secure" in sign_in(client, **{"X-Forwarded-Proto": "https"}).headers["set-cookie"]
    assert "Secure" in sign_in(serve(studio, base_url="https://x")).headers["set-cookie"]


def test_on_a_space_the_cookie_passes_the_frame(settings):
    space = serve(build_tiny_studio(replace(settings, space=True)))
    assert "; SameSite=none; Secure" in sign_in(space).headers["set-cookie"]


def test_a_sign_in_survives_a_restart_and_ends_on_sign_out(client, settings):
    key = sign_in(client).cookies
    again = serve(build_tiny_studio(settings))
    again.cookies.update(key)
    assert who(again) == "ann"
    answer = again.get("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "login")
    assert who(again) == who(client) == 401
    assert client.get("/logout").status_code == 303


def test_a_sign_in_ends_with_a_new_password(client, settings):
    sign_in(client)
    add_person(settings, name="ann", role="annotator", password="another password")
    assert who(client) == 401
    assert sign_in(client).status_code == 401


def test_a_token_stands_for_its_person_and_a_wrong_one_for_nobody(client, settings):
    token = make_token(settings, "root", "script")
    assert who(client, Authorization=f"Bearer {token}") == "root"
    assert who(client, Authorization=f"bearer  {token} ") == "root"
    assert who(client, Authorization="Bearer memeclip_x") == 401
    assert who(client, Authorization=f"Basic {token}") == 401
    # On a Space that is not public, every request has a bearer of Hugging Face's own.
    sign_in(client)
    assert who(client, Authorization="Bearer hf_x") == "ann"


def test_a_page_that_somebody_else_opened_does_nothing(client):
    sign_in(client, "root")
    header = {"X-MemeCLIP-Opener": "ann"}
    answer = client.post(f"{PREFIX}/retrainings", json={"task_set": "pridemm"}, headers=header)
    assert answer.status_code == 412
    assert answer.json()["detail"].startswith("This page was opened by 'ann', and this browser is")
    assert who(client, **{"X-MemeCLIP-Opener": "root"}) == "root"


def test_the_page_says_what_was_wrong_and_keeps_the_name(client):
    page = client.get("/login")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "alert" not in page.text and "{" + "error}" not in page.text
    answer = sign_in(client, 'a"><script>', "wrong", **BROWSER)
    assert answer.status_code == 401
    assert f'role="alert">{WRONG}</p>' in answer.text
    assert 'value="a&quot;&gt;&lt;script&gt;"' in answer.text
    assert re.search(r'id="password"[^>]* autofocus>', answer.text)
    assert re.search(r'id="name"[^>]* autofocus>', page.text)


def test_too_many_guesses_are_told_to_wait(studio, client):
    hold_waits(studio)
    codes = [sign_in(client, password="wrong").status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]
    assert "Too many wrong passwords for 'ann'" in sign_in(client).json()["detail"]
    assert "Try again in" in sign_in(client, **BROWSER).text


def test_a_database_that_fails_is_no_strangers_business(client, studio, monkeypatch):
    def broken(*_):
        raise StoreError("/srv/memeclip.sqlite could not be read")

    monkeypatch.setattr(studio.keys, "sign_in", broken)
    answer = sign_in(client)
    assert (answer.status_code, "/srv" in answer.text) == (503, False)


@pytest.mark.parametrize("form", [{}, {"username": "ann"}, {"password": PASSWORD}])
def test_half_a_form_lets_nobody_in(client, form):
    assert client.post("/login", data=form).status_code == 401


def test_where_nobody_signs_in_the_page_is_open(tiny_settings):
    client = serve(build_tiny_studio(tiny_settings))
    assert client.get("/").text == "the page of "
    assert who(client) == "local"
