"""The Hugging Face sign-in as a Space offers it: a real page, and cookies as Gradio signs them."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from gradio import oauth

from memeclip_core.config import Settings
from tests.factories.serving import serving
from tests.factories.studios import build_tiny_studio

pytest.importorskip("authlib", reason="what Gradio checks the sign-in with is not installed")
SECRET = "known to this Space alone"


def make_cookie(name: str, secret: str = SECRET, lasts: float = 600.0) -> str:
    """Return the session cookie of somebody whom Hugging Face has sent back, signed."""
    from itsdangerous import TimestampSigner

    user = {"name": name, "preferred_username": name, "profile": "", "picture": ""}
    session = {"oauth_info": {"userinfo": user, "expires_at": time.time() + lasts}}
    key = hashlib.sha256(f"{secret}-v4".encode()).hexdigest()
    return TimestampSigner(key).sign(base64.b64encode(json.dumps(session).encode())).decode()


@pytest.fixture
def space(tiny_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the page as a Space with hf_oauth does, and return its address."""
    monkeypatch.setenv("SPACE_ID", "someone/something")
    monkeypatch.setattr(oauth, "get_space", lambda: "someone/something")
    monkeypatch.setattr(oauth, "OAUTH_CLIENT_ID", "id")
    monkeypatch.setattr(oauth, "OAUTH_CLIENT_SECRET", SECRET)
    monkeypatch.setattr(oauth, "OAUTH_SCOPES", "openid profile")
    monkeypatch.setattr(oauth, "OPENID_PROVIDER_URL", "https://huggingface.invalid")
    settings = replace(
        tiny_settings,
        host="0.0.0.0",
        space=True,
        hub_sign_in=True,
        roles=(("ada", "annotator"), ("grace", "admin")),
    )
    studio = build_tiny_studio(settings)
    with serving(studio) as url:
        yield url


def ask(url: str, cookie: str = "") -> str:
    """Refresh the page Models as its own script does, and return the sentence about one's role."""
    cookies = {"session": cookie} if cookie else {}
    with httpx.Client(base_url=url, cookies=cookies, timeout=30) as client:
        config: dict[str, Any] = client.get("/config").json()
        models = next(d for d in config["dependencies"] if d["api_name"] == "on_refresh")
        body = {"data": [None, "pridemm"], "fn_index": models["id"], "session_hash": "s"}
        client.post("/gradio_api/queue/join", json=body).raise_for_status()
        with client.stream("GET", "/gradio_api/queue/data?session_hash=s") as stream:
            for line in stream.iter_lines():
                said = json.loads(line[5:]) if line.startswith("data:") else {}
                if said.get("msg") == "process_completed":
                    assert said["success"], said
                    return json.dumps(said["output"]["data"])
    raise AssertionError("the page did not answer")


def test_the_page_starts_with_the_button_and_sends_nobody_away(space: str) -> None:
    config = httpx.get(f"{space}/config").json()
    assert any(c["props"].get("elem_id") == "sign-in" for c in config["components"])
    assert "Sign in with Hugging Face, with a name that may correct" in ask(space)


def test_the_name_in_a_signed_session_has_its_role(space: str) -> None:
    assert "retraining and choosing a model need the role admin" in ask(space, make_cookie("Ada"))
    assert "has no role here yet: ask whoever owns the Space" in ask(space, make_cookie("eve"))
    said = ask(space, make_cookie("grace"))
    assert "only predicts" not in said
    assert "need the role admin" not in said


@pytest.mark.parametrize("wrong", [{"secret": ""}, {"lasts": -1.0}])
def test_a_forged_or_expired_session_is_a_stranger(space: str, wrong: dict[str, Any]) -> None:
    assert "Sign in with Hugging Face" in ask(space, make_cookie("grace", **wrong))
