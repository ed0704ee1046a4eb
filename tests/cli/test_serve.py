"""``memeclip serve``: a page that listens where it was told to, and says what it allows."""

from __future__ import annotations

import json
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import gradio
import httpx
import pytest
from gradio import networking

from memeclip_core.app.studio import Studio
from memeclip_core.cli import serve
from memeclip_core.cli.logs import JsonFormatter
from memeclip_core.config import Settings
from memeclip_core.errors import StoreError
from tests.cli.conftest import Run
from tests.factories.people import add_user
from tests.factories.serving import find_free_port
from tests.factories.studios import build_tiny_studio


@pytest.fixture
def served(
    monkeypatch: pytest.MonkeyPatch, tiny_checkpoints: Path
) -> Iterator[list[tuple[Settings, int]]]:
    """Let the page start for real, ask for it once, and stop it: settings and HTTP status."""
    seen: list[tuple[Settings, int]] = []
    settings: list[Settings] = []

    def open_tiny(given: Settings, *, reads_apart: bool) -> Studio:
        settings.append(given)
        return build_tiny_studio(replace(given, encoder="fake", checkpoints=tiny_checkpoints))

    def visit(app: gradio.Blocks) -> None:
        seen.append((settings[-1], httpx.get(app.local_url).status_code))
        app.close(verbose=False)

    monkeypatch.setattr(serve, "open_studio", open_tiny)
    monkeypatch.setattr(gradio.Blocks, "block_thread", visit)
    yield seen


def test_it_listens_on_loopback_and_prints_the_address(
    run: Run, served: list[tuple[Settings, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, given = find_free_port(), []
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setattr(serve, "give_large_blocks_back", lambda: given.append(True))
    left = run("serve")
    assert left.code == 0, left.err
    assert given == [True]
    assert left.out == f"MemeCLIP Studio: http://127.0.0.1:{port}  (Ctrl-C stops it)\n"
    ((settings, status),) = served
    assert (settings.loopback, settings.space, status) == (True, False, 200)
    other = find_free_port()
    assert f":{other} " in run("serve", "--port", other).out


def test_it_starts_however_long_the_first_answer_takes(
    run: Run, served: list[tuple[Settings, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradio asks its own page for three seconds, which a busy machine may need, and gives up."""
    monkeypatch.setattr(networking, "url_ok", lambda url: False)
    left = run("serve", "--port", find_free_port())
    assert (left.code, len(served)) == (0, 1), left.err


def test_with_log_json_every_line_is_an_object_until_the_page_ends(
    run: Run, served: list[tuple[Settings, int]], caplog: pytest.LogCaptureFixture
) -> None:
    def visit(app: gradio.Blocks) -> None:
        assert httpx.get(f"{app.local_url}healthz").status_code == 200
        logging.getLogger("memeclip").info("from %s", "the page")
        kept = [one.formatter for one in logging.getLogger("uvicorn").handlers]
        assert kept and all(isinstance(one, JsonFormatter) for one in kept)
        app.close(verbose=False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradio.Blocks, "block_thread", visit)
        assert run("serve", "--log", "json", "--port", find_free_port()).code == 0
    lines = [json.loads(line) for line in caplog.text.splitlines()]
    assert "from the page" in [line.get("message") for line in lines]
    assert all("message" in line for line in lines if line["logger"] == "memeclip")
    caplog.clear()
    logging.getLogger("memeclip").warning("afterwards")
    assert "afterwards" in caplog.text and not caplog.text.startswith("{")


def test_who_tells_it_to_end_is_heard_in_a_container_too(
    run: Run, served: list[tuple[Settings, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process of a container hears only what it has a handler for."""
    before = signal.getsignal(signal.SIGTERM)

    def stop(app: gradio.Blocks) -> None:
        app.close(verbose=False)
        handler = signal.getsignal(signal.SIGTERM)
        assert callable(handler)
        handler(signal.SIGTERM, None)
        pytest.fail("it went on")

    monkeypatch.setattr(gradio.Blocks, "block_thread", stop)
    left = run("serve", "--port", find_free_port())
    assert (left.code, left.err) == (0, "")
    assert signal.getsignal(signal.SIGTERM) is before


def test_on_every_address_it_says_that_it_only_predicts(
    run: Run, served: list[tuple[Settings, int]]
) -> None:
    left = run("serve", "--host", "0.0.0.0", "--port", find_free_port())
    assert "only predicts" in left.out
    assert "users add NAME --role admin, then start with --sign-in" in left.out
    assert not served[0][0].loopback


def test_on_a_space_it_listens_everywhere_without_being_told(
    run: Run, served: list[tuple[Settings, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_ID", "someone/something")
    left = run("serve", "--port", find_free_port())
    assert left.code == 0, left.err
    assert (served[0][0].host, served[0][0].space) == ("0.0.0.0", True)
    assert "only predicts" in left.out
    assert "the variable MEMECLIP_ROLES, such as ada=admin" in left.out


def test_with_a_users_file_it_asks_for_sign_in(
    run: Run, served: list[tuple[Settings, int]], tmp_path: Path
) -> None:
    users = tmp_path / "users.json"
    add_user(users, name="ada", role="admin", password="correct horse")
    left = run("serve", "--auth", users, "--port", find_free_port())
    assert left.code == 0, left.err
    assert served[0][0].auth == users


def test_behind_a_proxy_nobody_is_taken_for_the_person_at_the_machine(
    run: Run, served: list[tuple[Settings, int]]
) -> None:
    left = run("serve", "--proxy", "127.0.0.1, 10.0.0.0/8", "--port", find_free_port())
    assert left.code == 0, left.err
    assert served[0][0].proxies == ("127.0.0.1", "10.0.0.0/8")
    assert "only predicts" in left.out
    left = run("serve", "--proxy", "nginx")
    assert left.code == 2
    assert "proxy is 'nginx'" in left.err


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


OAUTH = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")


def set_up(monkeypatch: pytest.MonkeyPatch, *missing: str) -> list[Settings]:
    """Run the command up to the studio with the variables of a Space; return its settings."""
    seen: list[Settings] = []

    def stop(settings: Settings, *, reads_apart: bool) -> Studio:
        seen.append(settings)
        raise StoreError("far enough")

    monkeypatch.setattr(serve, "open_studio", stop)
    for name in OAUTH:
        monkeypatch.setenv(name, "" if name in missing else "x")
    return seen


def test_a_space_with_sign_in_offers_it_with_the_roles_of_the_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("authlib")
    seen = set_up(monkeypatch)
    monkeypatch.setenv("SPACE_ID", "someone/something")
    monkeypatch.setenv("MEMECLIP_ROLES", "Ada=annotator, grace=admin")
    monkeypatch.setenv("MEMECLIP_BACKUP_TO", "someone/backup")
    run("serve")
    assert seen[0].hub_sign_in
    assert seen[0].roles == (("ada", "annotator"), ("grace", "admin"))
    assert seen[0].backup_to == "someone/backup"


@pytest.mark.parametrize("missing", OAUTH)
def test_a_space_without_a_whole_sign_in_offers_none(
    run: Run, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    seen = set_up(monkeypatch, missing)
    monkeypatch.setenv("SPACE_ID", "someone/something")
    run("serve")
    assert not seen[0].hub_sign_in


def test_off_a_space_there_is_no_such_sign_in_and_roles_are_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set_up(monkeypatch)
    run("serve")
    assert not seen[0].hub_sign_in
    left = run("serve", "--roles", "ada=admin")
    assert left.code == 2
    assert "which sign in on a Space alone" in left.err


def test_a_users_file_on_a_space_is_the_one_way_in(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = set_up(monkeypatch)
    monkeypatch.setenv("SPACE_ID", "someone/something")
    run("serve", "--auth", tmp_path / "users.json")
    assert not seen[0].hub_sign_in
