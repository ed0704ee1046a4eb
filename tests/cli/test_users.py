"""Who may sign in, written by a command and read by the page."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from memeclip_core.access.passwords import check_password
from memeclip_core.access.users import read_users
from tests.cli.conftest import Run


def add(run: Run, monkeypatch: pytest.MonkeyPatch, password: str, *words: object) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    left = run("users", "add", *words, "--password-stdin")
    assert password not in left.out + left.err
    return f"{left.code} {left.err}"


def test_a_person_is_added_changed_and_listed(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "home" / "users.json"
    said = add(run, monkeypatch, "correct horse", "ada")
    assert said.startswith(f"0 ada is a new annotator in {path}.\n")
    assert add(run, monkeypatch, "battery staple", "ada", "--role", "admin").startswith("0 ada is")
    (user,) = read_users(path)
    assert (user.name, user.role) == ("ada", "admin")
    assert check_password("battery staple", user.password)
    assert run("users", "list").out == "name  role\nada   admin\n"


def test_the_file_can_lie_elsewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "who.json"
    assert add(run, monkeypatch, "long enough", "ada", "--file", path).startswith("0 ")
    assert [user.name for user in read_users(path)] == ["ada"]


@pytest.mark.parametrize("words", [("a b",), ("ada", "--role", "visitor")])
def test_a_bad_name_or_role_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert add(run, monkeypatch, "long enough", *words).startswith("2 memeclip: ")
    assert not (tmp_path / "home" / "users.json").exists()


def test_a_short_password_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert add(run, monkeypatch, "7 chars", "ada").startswith("2 memeclip: ")
