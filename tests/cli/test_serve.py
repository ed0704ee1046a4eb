"""``memeclip serve``: a page that listens where it was told to, and says what it allows."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import gradio
import httpx
import pytest
from gradio import networking

from memeclip_core.cli import serve
from memeclip_core.config import Settings
from memeclip_core.service.studio import Studio
from memeclip_core.stores.users import add_user
from tests.cli.conftest import Run
from tests.studios import build_tiny_studio


@pytest.fixture
def served(
    monkeypatch: pytest.MonkeyPatch, tiny_checkpoints: Path
) -> Iterator[list[tuple[Settings, int]]]:
    """Let the page start for real, ask for it once, and stop it: settings and HTTP status."""
    seen: list[tuple[Settings, int]] = []
    settings: list[Settings] = []

    def open_tiny(given: Settings) -> Studio:
        settings.append(given)
        return build_tiny_studio(replace(given, encoder="fake", checkpoints=tiny_checkpoints))

    def visit(app: gradio.Blocks) -> None:
        seen.append((settings[-1], httpx.get(app.local_url).status_code))
        app.close(verbose=False)

    monkeypatch.setattr(serve, "open_studio", open_tiny)
    monkeypatch.setattr(gradio.Blocks, "block_thread", visit)
    yield seen


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_it_listens_on_loopback_and_prints_the_address(
    run: Run, served: list[tuple[Settings, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    left = run("serve")
    assert left.code == 0, left.err
    assert left.out == f"MemeCLIP Studio: http://127.0.0.1:{port}  (Ctrl-C stops it)\n"
    ((settings, status),) = served
    assert (settings.loopback, settings.space, status) == (True, False, 200)
    other = free_port()
    assert f":{other} " in run("serve", "--port", other).out


def test_on_every_address_it_says_that_it_only_predicts(
    run: Run, served: list[tuple[Settings, int]]
) -> None:
    left = run("serve", "--host", "0.0.0.0", "--port", free_port())
    assert "only predicts" in left.out
    assert not served[0][0].loopback


def test_on_a_space_it_listens_everywhere_without_being_told(
    run: Run, served: list[tuple[Settings, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", "someone/something")
    monkeypatch.setattr(networking, "url_ok", lambda url: True)
    left = run("serve", "--port", free_port())
    assert left.code == 0, left.err
    assert (served[0][0].host, served[0][0].space) == ("0.0.0.0", True)
    assert "only predicts" in left.out


def test_with_a_users_file_it_asks_for_sign_in(
    run: Run, served: list[tuple[Settings, int]], tmp_path: Path
) -> None:
    users = tmp_path / "users.json"
    add_user(users, name="ada", role="admin", password="correct horse")
    left = run("serve", "--auth", users, "--port", free_port())
    assert left.code == 0, left.err
    assert served[0][0].auth == users


def test_a_taken_port_and_an_absent_users_file_are_one_sentence(
    run: Run, served: list[tuple[Settings, int]], tmp_path: Path, make_taken: Callable[[], int]
) -> None:
    taken = make_taken()
    left = run("serve", "--port", taken)
    assert left.code == 2
    assert left.err.startswith(f"memeclip: The page cannot listen on 127.0.0.1, port {taken}")
    left = run("serve", "--auth", tmp_path / "absent.json")
    assert left.code == 2
    assert served == []


@pytest.fixture
def make_taken() -> Iterator[Callable[[], int]]:
    """Return a function that occupies a port for the length of the test."""
    held: list[socket.socket] = []

    def take() -> int:
        sock = socket.socket()
        held.append(sock)
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        return int(sock.getsockname()[1])

    yield take
    for sock in held:
        sock.close()
