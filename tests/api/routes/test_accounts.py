"""One's own account over the API, as the page's browser and as a program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.api.application import PREFIX
from memeclip_core.api.identity import NO_TOKEN
from memeclip_core.app.people import add_person
from tests.factories.signed_in import PASSWORD, serve, sign_in, who
from tests.factories.studios import build_tiny_studio


@pytest.fixture
def studio(tiny_settings):
    settings = replace(tiny_settings, host="0.0.0.0", sign_in=True)
    add_person(settings, name="ann", role="annotator", password=PASSWORD)
    return build_tiny_studio(settings)


@pytest.fixture
def client(studio):
    return serve(studio)


def test_the_browser_that_changes_the_password_stays_and_others_sign_in_anew(client, studio):
    sign_in(client)
    other = serve(studio)
    sign_in(other)
    wrong = client.post(f"{PREFIX}/me/password", json={"old": "wrong", "new": "another password"})
    assert (wrong.status_code, who(other)) == (400, "ann")
    sent = {"old": PASSWORD, "new": "another password"}
    answer = client.post(f"{PREFIX}/me/password", json=sent)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (who(client), who(other)) == ("ann", 401)
    assert sign_in(other, password="another password").status_code == 200


def test_a_token_is_shown_once_and_revoked(client):
    sign_in(client)
    made = client.post(f"{PREFIX}/me/tokens", json={"title": "script"}).json()
    header = {"Authorization": f"Bearer {made['token']}"}
    assert who(client, **header) == "ann"
    listed = client.get(f"{PREFIX}/me/tokens")
    assert [one["title"] for one in listed.json()] == ["script"]
    assert made["token"] not in listed.text
    revoked = client.post(f"{PREFIX}/me/tokens/revoke", json={"title": "script"})
    client.get("/logout")
    assert (revoked.status_code, who(client, **header)) == (204, 401)


def test_a_token_changes_no_account(client, studio):
    header = {"Authorization": f"Bearer {studio.keys.make_token('ann', 'script')}"}
    passwords = {"old": PASSWORD, "new": "another password"}
    for path, sent in (
        ("password", passwords),
        ("tokens", {"title": "another"}),
        ("tokens/revoke", {"title": "script"}),
    ):
        answer = client.post(f"{PREFIX}/me/{path}", json=sent, headers=header)
        assert (answer.status_code, answer.json()["detail"]) == (403, NO_TOKEN)
        assert "set-cookie" not in answer.headers
    assert [one.title for one in studio.keys.tokens("ann")] == ["script"]
    assert sign_in(client).status_code == 200
