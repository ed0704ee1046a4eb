"""Multipart forms, however they are cut up."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException

from memeclip_core.api.upload_parts import UploadParts
from tests.factories.studios import draw_png


class Kept(io.BytesIO):
    """A file that remembers its bytes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.kept = name, b""

    def close(self) -> None:
        self.kept = self.getvalue()
        super().close()


def encode(*files: tuple[str, bytes]) -> tuple[str, bytes]:
    request = httpx.Request("POST", "http://x", files=[("files", file) for file in files])
    return request.headers["content-type"], request.read()


def take(kind: str, body: bytes, step: int, **bounds: Any) -> tuple[list[Kept], list[Any]]:
    made: list[Kept] = []

    def create(name: str) -> Any:
        made.append(Kept(name))
        return made[-1]

    given = {"largest": 10_000, "most": 10, "pictures": False} | bounds
    parts = UploadParts(kind, create=create, **given)
    taken = [
        one for start in range(0, len(body), step) for one in parts.feed(body[start : start + step])
    ]
    parts.finish()
    assert [str(path) for path in parts.paths] == [file.name for file in made]
    return made, taken


@pytest.mark.parametrize("step", [1, 7, 100, 10**6])
def test_files_come_out_as_they_went_in(step):
    sent = (("a.png", draw_png()), ("ü 'b'.png", b"\r\n--" * 50), ("c.csv", b""))
    made, taken = take(*encode(*sent), step)
    assert [(file.name, file.kept) for file in made] == list(sent)
    for name, data in sent:
        assert sum(size for other, size in taken if other == name) == len(data)


@pytest.mark.parametrize("step", [1, 1000])
def test_a_picture_is_told_by_its_first_bytes(step):
    large = draw_png(size=(300, 300)) + b"\0" * 5000
    made, _ = take(*encode(("a", large), ("b", draw_png())), step, pictures=True)
    assert [len(file.kept) for file in made] == [len(large), len(draw_png())]
    with pytest.raises(HTTPException, match="'b' was not taken") as caught:
        take(*encode(("a", draw_png()), ("b", b"MZ" + b"\0" * 9000)), step, pictures=True)
    assert caught.value.status_code == 415
