"""Ports, people, proxies and backups as they may be."""

from __future__ import annotations

import socket
from dataclasses import replace
from types import SimpleNamespace

import pytest

from memeclip_core.app.doctor import serving
from memeclip_core.app.people import add_person
from memeclip_core.config import Settings
from memeclip_core.errors import StoreError
from memeclip_core.storage.backup import HubRepository
from tests.factories.serving import find_free_port


def test_a_taken_port_is_told(tmp_path):
    settings = Settings(home=tmp_path, port=find_free_port())
    assert serving.check_port(settings).state == "ok"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = serving.check_port(replace(settings, port=taken.getsockname()[1]))
        assert (found.state, "--port" in found.advice) == ("advice", True)
    assert serving.check_port(replace(settings, port=0)).state == "ok"


def test_somebody_has_to_be_an_admin(tmp_path):
    home = tmp_path / "home"
    assert serving.check_people(Settings(home=home)).state == "ok"
    assert serving.check_people(Settings(home=home, host="0.0.0.0")).state == "advice"
    asked = Settings(home=home, host="0.0.0.0", sign_in=True)
    assert serving.check_people(asked).state == "broken"
    assert not home.exists()
    add_person(asked, name="ann", role="annotator", password="a long password")
    assert serving.check_people(asked).advice == "Run memeclip users add NAME --role admin."
    add_person(asked, name="grace", role="admin", password="a long password")
    assert serving.check_people(asked).state == "ok"
    space = Settings(home=home, space=True, hub_sign_in=True)
    assert serving.check_people(space).state == "advice"
    assert serving.check_people(replace(space, roles=(("ada", "admin"),))).state == "ok"


def test_a_page_that_others_reach_needs_tls(tmp_path):
    assert serving.check_proxy(Settings()).state == "ok"
    assert serving.check_proxy(Settings(host="0.0.0.0")).state == "advice"
    assert serving.check_proxy(Settings(host="0.0.0.0", proxies=("10.0.0.1",))).state == "ok"


def test_a_page_that_others_reach_has_names_of_its_own():
    assert serving.check_hosts(Settings()).state == "ok"
    found = serving.check_hosts(Settings(host="0.0.0.0"))
    assert (found.state, "--hosts" in found.advice) == ("advice", True)
    named = serving.check_hosts(Settings(host="0.0.0.0", hosts=("studio.example",)))
    assert (named.state, named.said) == ("ok", "answered: studio.example")


class FakeApi:
    def __init__(self, *, there=True, private=True, token=True):
        self.there, self.private, self.token = there, private, token

    def whoami(self):
        if not self.token:
            raise RuntimeError("Token is required")

    def repo_exists(self, name, *, repo_type):
        return self.there

    def repo_info(self, name, *, repo_type):
        return SimpleNamespace(private=self.private)


@pytest.mark.parametrize(
    ("api", "state"),
    [
        (FakeApi(), "ok"),
        (FakeApi(there=False), "ok"),
        (FakeApi(private=False), "broken"),
    ],
)
def test_a_backup_needs_a_private_repository(api, state, monkeypatch, tmp_path):
    monkeypatch.setattr(serving, "HubRepository", lambda name: HubRepository(name, api))
    settings = Settings(home=tmp_path, backup_to="ada/backup")
    assert serving.check_backup(settings).state == state


def test_a_backup_needs_a_token_and_a_space_needs_a_backup(monkeypatch, tmp_path):
    api = FakeApi(token=False)
    monkeypatch.setattr(serving, "HubRepository", lambda name: HubRepository(name, api))
    with pytest.raises(StoreError, match="HF_TOKEN"):
        serving.check_backup(Settings(home=tmp_path, backup_to="ada/backup"))
    assert serving.check_backup(Settings(home=tmp_path)).state == "advice"
    monkeypatch.setattr(serving, "is_lasting", lambda folder: False)
    assert serving.check_backup(Settings(home=tmp_path, space=True)).state == "broken"


def test_every_check_is_made(tiny_settings, monkeypatch):
    monkeypatch.setattr(serving, "CHECKS", [("x", lambda s: serving.ok("x", "y"))])
    assert list(serving.examine_all(tiny_settings)) == [serving.ok("x", "y")]
