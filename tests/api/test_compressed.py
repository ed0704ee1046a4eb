"""Pages and data come compressed, once, to who takes them so; everything else as it was."""

from __future__ import annotations

import gzip
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from memeclip_core.api import compressed
from memeclip_core.api.compressed import Compressed

LONG = "<p>memes</p>" * 1_000


async def page(request: Request) -> Response:
    return HTMLResponse(LONG)


async def data(request: Request) -> Response:
    return JSONResponse({"of": request.method, "text": LONG})


async def large(request: Request) -> Response:
    return HTMLResponse(LONG * (1 + compressed.LARGE // len(LONG)))


async def short(request: Request) -> Response:
    return JSONResponse({})


async def private(request: Request) -> Response:
    return JSONResponse({"text": LONG}, headers={"cache-control": "private, no-store"})


async def picture(request: Request) -> Response:
    return Response(b"R" * 5_000, media_type="image/webp")


async def parts(request: Request) -> Response:
    return StreamingResponse(iter([LONG, "end"]), media_type="application/json")


async def wrong(request: Request) -> Response:
    return JSONResponse({"detail": LONG}, 404)


@pytest.fixture
def client() -> TestClient:
    answers = (page, data, large, short, private, picture, parts, wrong)
    routes = [Route(f"/{one.__name__}", one, methods=["GET", "POST"]) for one in answers]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Compressed)]))


def size(answer: Any) -> int:
    return int(answer.headers["content-length"])


@pytest.mark.parametrize("path", ["/page", "/data", "/private", "/wrong"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_texts_are_compressed_for_who_takes_them_so(client, path, method):
    plain = client.request(method, path, headers={"accept-encoding": "identity"})
    zipped = client.request(method, path, headers={"accept-encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert plain.content == zipped.content
    assert size(plain) == len(plain.content)
    assert size(zipped) == len(gzip.compress(plain.content, 5)) < size(plain) / 10
    assert zipped.headers["vary"] == plain.headers["vary"] == "accept-encoding"


def test_others_are_answered_while_a_large_one_is_compressed(client, monkeypatch):
    threads = []

    def pack(body: bytes, *args: Any, **options: Any) -> bytes:
        threads.append(threading.current_thread())
        return gzip.compress(body, *args, **options)

    monkeypatch.setattr(compressed, "gzip", SimpleNamespace(compress=pack))
    with client:  # all in one loop, which has a thread of its own
        for path in ("/page", "/large", "/page"):
            assert client.get(path).headers["content-encoding"] == "gzip"
    assert threads[0] is threads[2] is not threads[1]


@pytest.mark.parametrize("path", ["/short", "/picture", "/parts"])
def test_what_gains_nothing_or_comes_in_parts_is_sent_as_it_is(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers
    assert answer.content.endswith({"/short": b"{}", "/picture": b"R", "/parts": b"end"}[path])


@pytest.mark.parametrize("path", ["/page", "/data"])
def test_what_a_browser_has_is_not_sent_again(client, path):
    first = client.get(path)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, size(again)) == (304, b"", 0)
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(path, headers={"if-none-match": 'W/"other"'}).status_code == 200


def test_what_nobody_may_keep_has_no_tag(client):
    assert "etag" not in client.get("/private").headers
    assert "etag" not in client.get("/wrong").headers
    assert "etag" not in client.post("/data").headers
