"""Room for uploads: together, of one caller, and of any other request."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from memeclip_core.api import pace
from memeclip_core.api import uploads as room
from memeclip_core.api.caller import ADDRESS_KEY, Proxies
from memeclip_core.api.doors import Doors
from memeclip_core.api.uploads import (
    ADMIN,
    ANNOTATOR,
    LARGEST_BODY,
    UPLOAD,
    Allowance,
    Uploads,
    find_allowance,
    upload_limit,
)
from memeclip_core.app.upload_folder import UploadFolder
from memeclip_core.config import Settings
from tests.factories import loops
from tests.factories.studios import draw_png

ALLOWED = Allowance(largest=50_000, room=60_000, files=3)
SPOOLED = "/api/spooled"


class Page:
    """What stands behind the uploads: notes what it was sent."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.go = asyncio.Event()
        self.go.set()

    async def take(self, request: Request) -> PlainTextResponse:
        self.seen.append(len(await request.body()))
        await self.go.wait()
        return PlainTextResponse("taken")


@pytest.fixture
def held() -> Counter[str]:
    return Counter()


@pytest.fixture
def folder(tmp_path: Path, held: Counter[str]) -> UploadFolder:
    found = UploadFolder()
    found.open(tmp_path / "uploads", lambda: held)
    return found


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def build(folder: UploadFolder, page: Page) -> Any:
    """Return a way to build an application that takes uploads within some bounds."""

    def built(allowed: Allowance | None = ALLOWED, total: int = 100_000) -> Uploads:
        async def allow(request: Any) -> Allowance | None:
            return allowed

        paths = (UPLOAD, SPOOLED, "/other")
        inner = Starlette(routes=[Route(path, page.take, methods=["POST"]) for path in paths])
        return Uploads(inner, folder=folder, allow=allow, total=total, larger={SPOOLED: 80_000})

    return built


def ask(app: Uploads, address: str = "192.0.2.1", path: str = UPLOAD, **sent: Any) -> Any:
    async def call() -> httpx.Response:
        return await asking(app, address, path, **sent)

    return loops.run(call())


async def asking(app: Uploads, address: str = "192.0.2.1", path: str = UPLOAD, **sent: Any) -> Any:
    transport = httpx.ASGITransport(Doors(app, proxies=Proxies()), client=(address, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://studio") as client:
        return await client.post(path, **sent)


def send(app: Uploads, size: int, address: str = "192.0.2.1", count: int = 1) -> Any:
    files = [("files", (f"{n}.png", b"x" * size)) for n in range(count)]
    return ask(app, address, files=files)


def lying(folder: UploadFolder) -> int:
    return folder.sizes("")[0]


def stored(answer: httpx.Response) -> list[Path]:
    return [Path(path) for path in json.loads(answer.text)]


def test_a_file_is_stored_under_its_name_where_nobody_can_guess(build, folder):
    first, second = (send(build(), 100) for _ in range(2))
    assert first.status_code == 200
    (one,), (other,) = stored(first), stored(second)
    assert one.name == other.name == "0.png"
    assert one.read_bytes() == b"x" * 100
    assert one.parent != other.parent
    assert one.parent.parent == other.parent.parent  # of one caller
    assert "192" not in str(one.parent)


def test_a_caller_has_so_much_lying_there_and_what_is_read_makes_room(build, folder):
    answers = [send(build(), 29_000) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 413]
    assert "as much as may lie here at once" in answers[2].text
    assert send(build(), 29_000, "192.0.2.2").status_code == 200
    folder.drop(stored(answers[0]))
    assert send(build(), 29_000).status_code == 200


def test_together_they_fill_the_folder_and_no_more(build, folder):
    codes = [send(build(), 29_000, f"192.0.2.{n}").status_code for n in range(5)]
    assert codes == [200, 200, 200, 413, 413]
    assert lying(folder) == 87_000


def test_visitors_fill_half_of_it(build, folder):
    visitor = replace(ALLOWED, pictures=True)
    picture = draw_png() + b"\0" * 20_000
    codes = [
        ask(build(visitor), f"192.0.2.{number}", files={"files": picture}).status_code
        for number in range(3)
    ]
    assert codes == [200, 200, 413]
    assert send(build(), 29_000).status_code == 200


def test_what_nobody_has_open_makes_room_and_what_is_open_stays(build, folder, held, monkeypatch):
    monkeypatch.setattr(room, "UNUSED", -1.0)
    paths = [stored(send(build(), 29_000, f"192.0.2.{n}"))[0] for n in range(3)]
    held.update(map(str, paths[:2]))
    assert send(build(), 29_000, "192.0.2.9").status_code == 200
    assert [path.exists() for path in paths] == [True, True, False]


async def piecewise(begin: bytes, count: int) -> Any:
    yield begin
    for _ in range(count):
        yield b"x" * 10_000
    yield b"\r\n--b--\r\n"


def piece(name: str = "a.png") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    return head.encode()


FORM = {"content-type": "multipart/form-data; boundary=b"}


def test_a_request_that_hides_its_size_is_cut_off_while_it_arrives(build, folder, monkeypatch):
    monkeypatch.setattr(room, "BLOCK", 10_000)
    answer = ask(build(), content=piecewise(piece(), 3), headers=FORM)
    assert answer.status_code == 200
    read = 0

    async def endless() -> Any:
        nonlocal read
        yield piece()
        while True:
            read += 10_000
            yield b"x" * 10_000

    assert ask(build(), content=endless(), headers=FORM).status_code == 413
    assert read < 100_000
    assert lying(folder) == 30_000


def test_requests_at_once_do_not_each_take_all_that_is_left(build, folder, monkeypatch):
    monkeypatch.setattr(room, "BLOCK", 10_000)

    async def together() -> list[int]:
        app = build(replace(ALLOWED, room=70_000))
        calls = [asking(app, content=piecewise(piece(), 4), headers=FORM) for _ in range(4)]
        return [answer.status_code for answer in await asyncio.gather(*calls)]

    codes = loops.run(together())
    assert 413 in codes and lying(folder) <= 70_000


def test_one_file_and_their_number_have_an_end(build, folder):
    large = send(build(replace(ALLOWED, room=500_000), 900_000), 50_001)
    assert (large.status_code, "'0.png' is larger than" in large.text) == (413, True)
    many = send(build(replace(ALLOWED, room=500_000), 900_000), 10, count=4)
    assert (many.status_code, "more than 3 files" in many.text) == (413, True)
    assert lying(folder) == 0


def test_visitors_send_pictures_and_nothing_else(build, folder):
    visitor = build(Allowance(largest=10_000, room=90_000, files=5, pictures=True), 900_000)
    assert ask(visitor, files={"files": ("a.png", draw_png())}).status_code == 200
    before = lying(folder)
    for name, data, said in (
        ("a.png", b"PK\x03\x04" + b"\0" * 5000, "a ZIP archive"),
        ("a.png", b"%PDF-1.7\n" + draw_png(), "a PDF document"),
        ("list.csv", b"image,text\na.png,words\n", "text, not an image"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        ("a.heic", b"\0\0\0\x18ftypheic" + b"\0" * 3000, "a HEIC image"),
    ):
        files = [("files", ("good.png", draw_png())), ("files", (name, data))]
        answer = ask(visitor, files=files)
        assert (answer.status_code, f"'{name}' was not taken" in answer.text) == (415, True)
        assert said in answer.text
        assert "people who have signed in" in answer.text
    assert lying(folder) == before
    known = build(replace(ALLOWED, largest=9000), 900_000)
    assert ask(known, files={"files": ("a.zip", b"PK\x03\x04")}).status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", ""])
def test_what_is_no_form_is_refused(build, kind):
    answer = ask(build(), content=b"x", headers={"content-type": kind})
    assert (answer.status_code, answer.text[:26]) == (400, "The upload is not as it mu")


END = b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"no form",
        b"--b--\r\n",
        piece() + b"data that never ends",
        piece().replace(b'"files"', b'"other"') + b"x" + END,
        b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\nx' + END,
        b"--b\r\nX: " + b"y" * 9000 + b"\r\n\r\nx" + END,
    ],
    ids=["else", "empty", "torn", "another field", "no file", "long header"],
)
def test_a_form_without_files_leaves_nothing(build, folder, content):
    answer = ask(build(), content=content, headers=FORM)
    assert (answer.status_code, answer.text[:26]) == (400, "The upload is not as it mu")
    assert lying(folder) == 0


def test_who_may_not_upload_is_told(build, folder):
    assert send(build(None), 10).status_code == 403
    assert lying(folder) == 0


def test_an_upload_that_breaks_off_leaves_nothing(build, folder, monkeypatch):
    monkeypatch.setattr(room, "BLOCK", 10)
    messages = [
        {"type": "http.request", "body": piece() + b"x" * 50, "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def note(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": UPLOAD, "query_string": b"",
        "headers": [(b"content-type", FORM["content-type"].encode())],
    }  # fmt: skip
    loops.run(build()(scope, receive, note))
    assert sent[0]["status"] == 400
    assert lying(folder) == 0


def test_a_full_disk_takes_no_more(build, monkeypatch):
    monkeypatch.setattr(UploadFolder, "free", lambda self: 500_000_000)
    assert send(build(), 10).status_code == 413
    monkeypatch.setattr(UploadFolder, "free", lambda self: 500_010_000)
    assert send(build(), 10).status_code == 200


def test_any_other_request_is_small(build):
    assert ask(build(), path="/other", content=b"x" * 2000).status_code == 200
    assert ask(build(), path="/other", content=b"x" * (LARGEST_BODY + 1)).status_code == 413
    assert ask(build(), path=SPOOLED, content=b"x" * 80_001).status_code == 413


def test_images_of_the_api_count_while_they_are_answered(build, page):
    """Starlette keeps them on the disk until then."""

    async def together() -> list[int]:
        app = build()
        page.go.clear()
        first = asyncio.create_task(asking(app, path=SPOOLED, content=b"x" * 50_000))
        while not page.seen:
            await asyncio.sleep(0)
        second = await asking(app, path=SPOOLED, content=b"x" * 20_000)
        upload = await asking(app, files={"files": b"x" * 20_000})
        other = await asking(app, "192.0.2.2", files={"files": b"x" * 10_000})
        page.go.set()
        later = await first
        again = await asking(app, path=SPOOLED, content=b"x" * 20_000)
        return [one.status_code for one in (second, upload, other, later, again)]

    assert loops.run(together()) == [413, 413, 200, 200, 200]


@pytest.mark.parametrize("path", [UPLOAD, SPOOLED, "/other"])
def test_what_is_announced_and_never_sent_is_broken_off(build, page, folder, monkeypatch, path):
    monkeypatch.setattr(pace, "SILENT", 0.1)

    async def begun() -> Any:
        yield piece()
        await asyncio.sleep(5)
        yield b"x"

    answer = ask(build(), path=path, content=begun(), headers=FORM)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert "Nothing more of the request came" in answer.text
    assert lying(folder) == 0


def test_who_has_sent_everything_waits_for_the_answer(build, page, monkeypatch):
    monkeypatch.setattr(pace, "SILENT", 0.05)

    async def slow() -> Any:
        page.go.clear()
        asking_ = asyncio.create_task(asking(build(), path="/other", content=b"x"))
        await asyncio.sleep(0.3)
        page.go.set()
        return (await asking_).status_code

    assert loops.run(slow()) == 200


def test_of_ten_thousand_callers_no_more_is_kept_than_are_under_way(build, page):
    """Requests that overlap without an end, so that there is never none."""

    async def overlapping() -> set[int]:
        app, kept = build(replace(ALLOWED, room=10**9), 10**9), set()
        page.go.clear()
        first = asyncio.create_task(asking(app, path=SPOOLED, content=b"x"))
        while not page.seen:
            await asyncio.sleep(0)
        scope = {"type": "http", "method": "POST", "path": UPLOAD, "query_string": b"",
                 "headers": []}  # fmt: skip
        for number in range(10_000):
            await app(scope | {ADDRESS_KEY: f"192.0.{number}"}, gone, ignore)
            kept.add(len(app._rooms) + len(app._passing))
        page.go.set()
        assert (await first).status_code == 200
        return kept | {len(app._rooms) + len(app._passing) + 100}

    assert loops.run(overlapping()) == {2, 100}


async def gone() -> Any:
    return {"type": "http.disconnect"}


async def ignore(message: Any) -> None:
    pass


class Told:
    """Notes what a page that follows an upload is told."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    def track(self, upload_id: str) -> None:
        self.said.append(("track", upload_id))

    def append(self, upload_id: str, filename: str, message_bytes: bytes) -> None:
        self.said.append((filename, len(message_bytes)))

    def set_done(self, upload_id: str) -> None:
        self.said.append(("done", upload_id))

    def stop_tracking(self, upload_id: str) -> None:
        self.said.append(("forgotten", upload_id))


def test_a_page_can_follow_an_upload_and_is_forgotten(build, monkeypatch):
    monkeypatch.setattr(room, "FOLLOWED", 0.0)
    app, told = build(), Told()
    app._progress = told

    async def follow() -> None:
        await asking(app, path=f"{UPLOAD}?upload_id=one", files={"files": ("a.png", b"x" * 50)})
        while told.said[-1][0] != "forgotten":
            await asyncio.sleep(0)

    loops.run(follow())
    assert told.said == [("track", "one"), ("a.png", 50), ("done", "one"), ("forgotten", "one")]


def test_who_may_send_how_much():
    near, far = Settings(), Settings(host="0.0.0.0")
    assert find_allowance(near, "admin") == ADMIN
    assert find_allowance(near, "reviewer") == find_allowance(near, "annotator") == ANNOTATOR
    visitor = find_allowance(far, "visitor")
    assert (visitor.pictures, visitor.largest) == (True, far.max_bytes)
    assert find_allowance(Settings(max_bytes=10**9), "annotator").largest == 10**9
    assert upload_limit(near) == ADMIN.largest
    assert upload_limit(far) == far.max_bytes
    assert upload_limit(replace(far, sign_in=True)) == ADMIN.largest
    assert upload_limit(replace(near, space=True)) == near.max_bytes
    assert upload_limit(replace(near, space=True, hub_sign_in=True)) == ADMIN.largest
