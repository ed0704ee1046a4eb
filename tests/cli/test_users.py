"""Who may sign in, written by a command and read by the page."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from memeclip_core.access.passwords import check_password
from memeclip_core.access.users import Users
from memeclip_core.annotation.decisions.progress import count_anew
from memeclip_core.annotation.team.queries import insert_assignments
from memeclip_core.app.people import open_database
from memeclip_core.config import Settings
from tests.cli.conftest import Run
from tests.factories.queues import ANN, KEY, make_desk, make_project, meme_id


def add(run: Run, monkeypatch: pytest.MonkeyPatch, password: str, *words: object) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    left = run("users", "add", *words, "--password-stdin")
    assert password not in left.out + left.err
    return f"{left.code} {left.err}"


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(open_database(Settings(home=tmp_path / "home")))


def test_a_person_is_added_changed_listed_and_removed(
    run: Run, monkeypatch: pytest.MonkeyPatch, users: Users
) -> None:
    said = add(run, monkeypatch, "correct horse", "ada")
    assert said.startswith("0 ada is a new annotator.\n")
    assert "memeclip serve --sign-in" in said
    assert add(run, monkeypatch, "battery staple", "ada", "--role", "admin").startswith("0 ada is")
    (user,) = users.list()
    assert (user.name, user.role) == ("ada", "admin")
    assert check_password("battery staple", user.password)
    assert run("users", "list").out == "name  role\nada   admin\n"
    assert run("users", "remove", "ada").err == "ada can sign in no more.\n"
    assert run("users", "remove", "ada").code == 2


def test_memes_that_stay_with_somebody_who_is_removed_are_told_with_what_frees_them(
    run: Run, monkeypatch: pytest.MonkeyPatch, users: Users, tmp_path: Path
) -> None:
    add(run, monkeypatch, "correct horse", "ada")
    desk = make_project(make_desk(tmp_path / "home", database=users.database), 3)
    with users.database.write() as connection:
        insert_assignments(connection, KEY, [(meme_id(n), "ada") for n in (0, 1)])
        count_anew(connection, KEY, "demo")
    assert desk.ids(ANN, count=3) == [2]
    said = run("users", "remove", "ada").err
    assert "Memes of 'cats' that are assigned to ada and go to nobody else: 2." in said
    command = said.rpartition("memeclip ")[2].split()
    assert command == ["projects", "assign", "cats", "--to", "ada", "--undo"]
    assert run(*command).code == 0
    assert sorted(desk.ids(ANN, count=3)) == [0, 1, 2]


def test_password_and_role_are_changed_each_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, users: Users
) -> None:
    add(run, monkeypatch, "correct horse", "ada")
    assert run("users", "role", "ada", "reviewer").err == "ada is now reviewer.\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("battery staple\n"))
    said = run("users", "password", "ada", "--password-stdin").err
    assert said == "ada has another password, and signs in anew.\n"
    (user,) = users.list()
    assert user.role == "reviewer" and check_password("battery staple", user.password)
    assert run("users", "role", "eve", "admin").code == 2
    assert run("users", "role", "ada", "owner").code == 2


@pytest.mark.parametrize("words", [("a b",), ("ada", "--role", "visitor")])
def test_a_bad_name_or_role_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, users: Users, words: tuple[str, ...]
) -> None:
    assert add(run, monkeypatch, "long enough", *words).startswith("2 memeclip: ")
    assert users.list() == ()


def test_a_short_password_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert add(run, monkeypatch, "7 chars", "ada").startswith("2 memeclip: ")


def test_a_token_is_printed_once_named_and_revoked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("users", "token", "ada").code == 2
    add(run, monkeypatch, "long enough", "ada")
    made = run("users", "token", "ada", "--title", "my script")
    assert made.out.startswith("memeclip_")
    listed = run("users", "tokens", "ada").out
    assert "my script" in listed and "never" in listed
    assert made.out.strip() not in listed
    assert run("users", "revoke", "ada", "my script").code == 0
    assert "my script" not in run("users", "tokens", "ada").out


def test_webhooks_are_made_tried_and_removed(run: Run) -> None:
    left = run("webhooks", "add", "https://localhost/x", "--events", "saved")
    assert left.code == 0 and "not shown again" in left.err and len(left.out.strip()) > 30
    assert "https://localhost/x  saved" in run("webhooks", "list").out
    left = run("webhooks", "test", "1")
    assert left.code == 2 and "has an address that is not public" in left.err
    assert "waiting" in run("webhooks", "list", "--number", "1").out
    assert "is removed" in run("webhooks", "remove", "1").err
    assert run("webhooks", "remove", "1").code == 2
    assert run("webhooks", "add", "http://a.org").code == 2
