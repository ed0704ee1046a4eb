"""Room for uploads: together, of one address, and of any other request."""

import asyncio
import os
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from memeclip_core.api.caller import Proxies
from memeclip_core.api.doors import Doors
from memeclip_core.api.uploads import LARGEST_BODY, LIVE, UPLOAD, Quota, UploadFolder, Uploads
from tests.factories import loops
from tests.factories.clocks import Clock

ROOM = Quota(total=1000, of_an_address=600)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def held() -> set[str]:
    return set()


@pytest.fixture
def uploads(tmp_path, clock, held):
    """Return an application that keeps what it is sent, behind its quotas."""

    async def keep(request: Request) -> PlainTextResponse:
        data = await request.body()
        (tmp_path / f"{len(list(tmp_path.iterdir()))}.png").write_bytes(data)
        return PlainTextResponse("kept")

    page = Starlette(routes=[Route(path, keep, methods=["POST"]) for path in (UPLOAD, "/other")])
    return Uploads(page, folder=UploadFolder(tmp_path), quota=ROOM, held=lambda: held, clock=clock)


def send(
    uploads: Uploads, data: Any, address: str = "192.0.2.1", path: str = UPLOAD
) -> httpx.Response:
    async def call() -> httpx.Response:
        doors = Doors(uploads, proxies=Proxies())
        transport = httpx.ASGITransport(doors, client=(address, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://studio") as client:
            return await client.post(path, content=data)

    return loops.run(call())


async def piecewise(count: int) -> Any:
    for _ in range(count):
        yield b"x" * 100


def test_one_address_uploads_so_much_in_some_hours(uploads, clock):
    assert [send(uploads, b"x" * 300).status_code for _ in range(3)] == [200, 200, 413]
    assert "as much as is allowed in 6 hours" in send(uploads, b"x").text
    assert send(uploads, b"x" * 300, "192.0.2.2").status_code == 200
    clock.now += LIVE + 1
    assert send(uploads, b"x" * 100).status_code == 200


def test_together_they_fill_the_folder_and_no_more(uploads, tmp_path):
    codes = [send(uploads, b"x" * 300, f"192.0.2.{n}").status_code for n in range(5)]
    assert codes == [200, 200, 200, 413, 413]
    assert UploadFolder(tmp_path).size() == 900


def test_what_nobody_has_open_makes_room_and_what_is_open_stays(
    uploads, tmp_path, held, monkeypatch
):
    monkeypatch.setattr("memeclip_core.api.uploads.UNUSED", -1.0)
    for number in range(3):
        send(uploads, b"x" * 300, f"192.0.2.{number}")
    held |= {str(tmp_path / "0.png"), str(tmp_path / "1.png")}
    assert send(uploads, b"x" * 300, "192.0.2.9").status_code == 200
    assert (tmp_path / "0.png").exists() and (tmp_path / "1.png").exists()
    held |= {str(path) for path in tmp_path.iterdir()}
    refused = send(uploads, b"x" * 300, "192.0.2.8")
    assert (refused.status_code, refused.text[:24]) == (413, "The server has no room f")


def test_a_request_that_hides_its_size_is_cut_off(uploads, tmp_path):
    assert send(uploads, piecewise(3)).status_code == 200
    assert send(uploads, piecewise(20)).status_code == 413
    assert UploadFolder(tmp_path).size() == 300


def test_a_full_disk_takes_no_more(uploads, monkeypatch):
    monkeypatch.setattr(UploadFolder, "free", lambda self: 500_000_100)
    assert send(uploads, b"x" * 101).status_code == 413
    assert send(uploads, b"x" * 99).status_code == 200


def test_any_other_request_is_small(uploads, monkeypatch):
    assert send(uploads, b"x" * 2000, path="/other").status_code == 200
    assert send(uploads, b"x" * (LARGEST_BODY + 1), path="/other").status_code == 413


def test_old_uploads_go_by_themselves(uploads, tmp_path, held):
    send(uploads, b"x")
    send(uploads, b"y")
    held.add(str(tmp_path / "0.png"))
    assert loops.run(uploads.sweep()) == set()
    assert loops.run(uploads.sweep(older=-1)) == {str(tmp_path / "1.png")}


def test_requests_that_hide_their_size_do_not_each_take_all_that_is_left(uploads, tmp_path):
    async def together() -> list[int]:
        transport = httpx.ASGITransport(Doors(uploads, proxies=Proxies()))
        async with httpx.AsyncClient(transport=transport, base_url="http://studio") as client:
            calls = [client.post(UPLOAD, content=piecewise(5)) for _ in range(4)]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert sorted(loops.run(together())) == [200, 413, 413, 413]
    assert UploadFolder(tmp_path).size() == 500


def put(root, name, data=b"data"):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path):
    folder = UploadFolder(tmp_path / "none")
    assert folder.size() == 0
    assert folder.free() > 0
    assert folder.sweep(older=0, spare=()) == set()


def test_the_size_is_that_of_all_files(tmp_path):
    put(tmp_path, "one/a.png", b"12345")
    put(tmp_path, "b.png", b"123")
    assert UploadFolder(tmp_path).size() == 8


def test_old_files_go_and_what_is_open_or_new_stays(tmp_path):
    old, held = put(tmp_path, "one/a.png"), put(tmp_path, "two/b.png")
    folder = UploadFolder(tmp_path)
    assert folder.sweep(older=60, spare=()) == set()
    time.sleep(0.05)
    assert folder.sweep(older=0.01, spare={str(held)}) == {str(old)}
    assert sorted(os.listdir(tmp_path)) == ["two"]
    assert held.exists()
