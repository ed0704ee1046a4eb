"""Signing in on a page that answers everybody else meanwhile."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from memeclip_core.access.users import add_user
from memeclip_core.errors import StoreError
from tests.factories.browser import SERVER_MARKS
from tests.factories.serving import serve_page
from tests.factories.studios import build_tiny_studio

pytestmark = SERVER_MARKS
PASSWORD = "a long password"


@pytest.fixture
def studio(tiny_settings, tmp_path, uploads):
    users = tmp_path / "users.json"
    add_user(users, name="ann", role="annotator", password=PASSWORD)
    return build_tiny_studio(replace(tiny_settings, auth=users, proxies=("127.0.0.1",)))


@pytest.fixture
def client(studio, monkeypatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")
    with serve_page(studio) as one:
        yield one


def sign_in(client: httpx.Client, password: str, address: str) -> int:
    form = {"username": "ann", "password": password}
    return client.post("/login", data=form, headers={"X-Forwarded-For": address}).status_code


def test_everybody_is_answered_while_passwords_are_checked(studio, client, monkeypatch):
    go, started = threading.Event(), threading.Event()

    def slow(name: str, password: str, address: str) -> bool:
        started.set()
        return go.wait(30)

    monkeypatch.setattr(studio, "sign_in", slow)
    threads = [threading.Thread(target=sign_in, args=(client, "x", "192.0.2.1")) for _ in range(16)]
    for thread in threads:
        thread.start()
    assert started.wait(30)
    asked = time.monotonic()
    assert client.get("/gradio_api/app_id", timeout=20).status_code == 200
    assert time.monotonic() - asked < 20
    go.set()
    for thread in threads:
        thread.join()


def test_the_address_of_a_guess_is_the_one_that_waits(client):
    here, there = "203.0.113.9", "198.51.100.1"
    assert [sign_in(client, "wrong", here) for _ in range(5)] == [400] * 5
    refused = client.post(
        "/login",
        data={"username": "ann", "password": PASSWORD},
        headers={"X-Forwarded-For": here},
    )
    assert refused.status_code == 429
    assert "Too many wrong passwords for 'ann' from this address" in refused.json()["detail"]
    assert sign_in(client, PASSWORD, there) == 200


def test_a_users_file_that_cannot_be_read_is_no_strangers_business(studio, client, monkeypatch):
    def broken(*_: str) -> bool:
        raise StoreError("/srv/users.json could not be read")

    monkeypatch.setattr(studio, "sign_in", broken)
    answer = client.post("/login", data={"username": "ann", "password": PASSWORD})
    assert answer.status_code == 503
    assert "/srv" not in answer.text
