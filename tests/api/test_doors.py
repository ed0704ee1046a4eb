"""What is let in and what is turned away, without a page behind it."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from memeclip_core.api.caller import Proxies
from memeclip_core.api.doors import MOST_OPEN, Doors
from memeclip_core.records.decision import ADDRESS
from tests.factories import loops

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")


class Page:
    """An application that notes what reaches it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str | None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        forwarded = headers.get(b"x-forwarded-host") or headers.get(b"x-gradio-server")
        self.seen.append((scope["path"], ADDRESS.get(), forwarded and forwarded.decode()))
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"page"})


def ask(
    app: Doors, method: str = "GET", path: str = "/", peer: str = "192.0.2.1", **headers: str
) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(peer, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://studio.example") as one:
            return await one.request(method, path, headers=sent)

    return loops.run(call())


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("origin", ["https://evil.studio.example", "null", "http://localhost:8000"])
def test_a_foreign_origin_is_refused_whatever_the_method(page, method, origin):
    answer = ask(Doors(page, proxies=Proxies()), method, origin=origin)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert page.seen == []


@pytest.mark.parametrize("method", METHODS)
def test_the_pages_own_origin_and_programs_are_let_in(page, method):
    doors = Doors(page, proxies=Proxies())
    assert ask(doors, method, origin="https://studio.example").status_code == 200
    assert ask(doors, method).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_without_an_origin_a_write_of_another_site_is_refused(page, site):
    doors = Doors(page, proxies=Proxies())
    assert ask(doors, "POST", sec_fetch_site=site).status_code == 403
    assert ask(doors, "GET", "/logout", sec_fetch_site=site).status_code == 403
    assert ask(doors, "GET", sec_fetch_site=site).status_code == 200
    assert ask(doors, "POST", sec_fetch_site="same-origin").status_code == 200


def test_a_forwarded_host_counts_from_a_trusted_proxy_alone(page):
    said = {"host": "127.0.0.1:7860", "origin": "https://studio.example"}
    doors = Doors(page, proxies=Proxies(trusted=("192.0.2.0/24",)))
    assert ask(doors, "POST", x_forwarded_host="studio.example", **said).status_code == 200
    assert ask(doors, "POST", x_forwarded_host="other.example", **said).status_code == 403
    assert ask(doors, "POST", **said).status_code == 403
    stranger = ask(doors, "POST", peer="198.51.100.1", x_forwarded_host="studio.example", **said)
    assert stranger.status_code == 403
    assert "--proxy" in stranger.text
    for header in ("x_forwarded_host", "x_gradio_server"):
        ask(doors, peer="198.51.100.1", **{header: "evil.example"})
        assert page.seen[-1][2] is None


def test_the_hosts_of_a_space_count_too(page):
    doors = Doors(page, proxies=Proxies(private=True), hosts=("ada-memes.hf.space",))
    at = {"host": "10.0.0.5:7860"}
    assert ask(doors, "POST", origin="https://ada-memes.hf.space", **at).status_code == 200
    assert ask(doors, "POST", origin="https://huggingface.co", **at).status_code == 403
    assert ask(doors, "POST", origin="https://eve-trap.hf.space", **at).status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:7860", 200),
        ("127.0.0.1", 200),
        ("[::1]:7860", 200),
        ("127.0.0.9:7860", 200),
        ("rebound.example:7860", 421),
        ("localhost.evil.example", 421),
        ("192.168.1.5", 421),
        ("0.0.0.0:7860", 421),
        ("", 421),
    ],
)
def test_on_loopback_only_its_own_names_are_answered(page, host, status):
    doors = Doors(page, proxies=Proxies(), names=frozenset({"127.0.0.9"}))
    for method in METHODS:
        assert ask(doors, method, host=host).status_code == status
    assert bool(page.seen) is (status == 200)


NAMED = frozenset({"studio.example"})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("studio.example", 200),
        ("Studio.Example.:443", 200),
        ("127.0.0.1:7860", 200),
        ("evil.studio.example", 421),
        ("10.0.0.5:7860", 421),
        ("", 421),
    ],
)
def test_elsewhere_the_names_of_the_setting_are_answered(page, host, status):
    answer = ask(Doors(page, proxies=Proxies(), names=NAMED), host=host)
    assert answer.status_code == status
    assert bool(page.seen) is (status == 200)
    if status == 421:
        assert f"not answered as '{host}'" in answer.text
        assert "--hosts" in answer.text


def test_behind_a_proxy_the_forwarded_name_counts_and_an_address_asks_after_its_health(page):
    doors = Doors(page, proxies=Proxies(trusted=("192.0.2.1",)), names=NAMED)
    assert ask(doors, host="app:7860", x_forwarded_host="studio.example").status_code == 200
    assert ask(doors, x_forwarded_host="evil.example").status_code == 421
    assert ask(doors, x_forwarded_host="studio.example, evil.example").status_code == 421
    assert ask(doors, host="10.0.0.5:7860").status_code == 200
    stranger = {"peer": "198.51.100.1", "host": "app:7860", "x_forwarded_host": "studio.example"}
    assert ask(doors, **stranger).status_code == 421


def test_the_page_is_framed_by_itself_and_on_a_space_by_hugging_face(page):
    here, space = (Doors(page, proxies=Proxies(), framed=framed) for framed in (False, True))
    assert ask(here).headers["content-security-policy"] == "frame-ancestors 'self'"
    assert ask(space).headers["content-security-policy"] == (
        "frame-ancestors 'self' https://huggingface.co"
    )
    assert "frame-ancestors" in ask(here, origin="null").headers["content-security-policy"]


def test_the_callers_address_is_known_while_a_request_is_answered(page):
    doors = Doors(page, proxies=Proxies(trusted=("127.0.0.1",)))
    ask(doors, peer="127.0.0.1", x_forwarded_for="203.0.113.9")
    ask(doors, peer="198.51.100.1", x_forwarded_for="203.0.113.9")
    assert [address for _, address, _ in page.seen] == ["203.0.113.9", "198.51.100.1"]
    assert ADDRESS.get() == ""


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"host": "evil.example"}])
def test_a_websocket_of_another_page_is_closed_before_it_opens(page, headers):
    doors = Doors(page, proxies=Proxies(), names=frozenset())
    sent: list[dict[str, Any]] = []
    said = {"host": "localhost:7860"} | headers
    scope = {
        "type": "websocket",
        "path": "/",
        "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in said.items()],
    }

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    loops.run(doors(scope, None, send))
    assert [message["type"] for message in sent] == ["websocket.close"]
    assert page.seen == []


def test_the_start_and_the_end_of_the_server_pass(page):
    scope = {"type": "lifespan", "path": "", "headers": []}
    loops.run(Doors(page, proxies=Proxies())(scope, None, None))
    assert len(page.seen) == 1


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "a/b", "a@b", "a:x", "a:999999"])
def test_a_host_that_is_none_is_told(page, host):
    for headers in ({"host": host}, {"x_forwarded_host": host}):
        proxies = Proxies(trusted=("192.0.2.1",))
        answer = ask(Doors(page, proxies=proxies), **{"host": "studio.example", **headers})
        assert (answer.status_code, "no name of a server" in answer.text) == (400, True)
    assert page.seen == []


def test_an_address_has_so_many_requests_open_and_another_one_its_own():
    """A visitor who opens streams without an end keeps nobody else out."""
    go = asyncio.Event()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def come() -> None:
        doors, said = Doors(stream, proxies=Proxies()), Counter[int]()

        async def note(message: Any) -> None:
            said[message.get("status", 0)] += 1

        def knock(peer: str) -> Any:
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/",
                "headers": [],
                "client": (peer, 1),
            }
            return asyncio.create_task(doors(scope, None, note))  # type: ignore[arg-type]

        many = [knock("192.0.2.1") for _ in range(MOST_OPEN + 50)]
        await loops.settle()
        assert said[429] == 50
        many += [knock(f"198.51.{n // 100}.{n % 100}") for n in range(1000)]
        await loops.settle()
        assert (said[429], len(doors._open)) == (50, 1001)
        go.set()
        await asyncio.gather(*many)
        assert (said[200], len(doors._open)) == (MOST_OPEN + 1000, 0)
        await knock("192.0.2.1")
        assert said[200] == MOST_OPEN + 1001

    loops.run(come())
