"""Files that are made to do harm: one sentence each, soon, and in little memory, wherever they
come in.
"""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from memeclip_core.app.label_set import WrittenLabels
from memeclip_core.config import Settings
from memeclip_core.datasets.sources import list_sources, read_source
from memeclip_core.errors import MemeclipError, TaskFileError
from memeclip_core.storage.task_files import read_task_set
from tests.cli.conftest import run  # noqa: F401
from tests.factories.browser import SERVER_MARKS
from tests.factories.serving import serve_page
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import until

pytestmark = SERVER_MARKS
SECONDS = 10.0
"""Of the processor, on a slow machine; each takes a second or less on an idle one."""


def draw_gif(frames: int = 1, size: tuple[int, int] = (16, 12)) -> bytes:
    sink = io.BytesIO()
    pictures = [Image.new("RGB", size, (n, 9, 9)) for n in range(frames)]
    pictures[0].save(sink, "GIF", save_all=True, append_images=pictures[1:])
    return sink.getvalue()


def promise(width: int, height: int) -> bytes:
    """Return a PNG whose header promises a size, and that holds little."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pack(files: dict[str, bytes], *, encrypted: bool = False, claimed: int | None = None) -> bytes:
    """Return a zip archive, marked as encrypted, or with another size of its first file."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    packed = bytearray(sink.getvalue())
    for sign, flags, size in ((b"PK\x03\x04", 6, 22), (b"PK\x01\x02", 8, 24)):
        at = packed.index(sign)
        packed[at + flags] |= encrypted
        if claimed is not None:
            packed[at + size : at + size + 4] = struct.pack("<I", claimed)
    return bytes(packed)


PICTURES: dict[str, tuple[bytes, str]] = {
    "30,000 x 1": (promise(30_000, 1), "at most 20,000 a side"),
    "50,000 x 50,000": (promise(50_000, 50_000), "2,500,000,000 pixels"),
    "promises more than it holds": (promise(5000, 5000), "damaged or incomplete"),
    "GIF that is a script": (b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", "damaged or incomplete"),
    "PDF that holds a PNG": (b"%PDF-1.7\n" + draw_png(), "a PDF document"),
    "HEIC": (b"\0\0\0\x18ftypheic" + b"\0" * 100, "a HEIC image"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "an SVG drawing"),
    "zip in a picture's name": (pack({"a.png": draw_png()}), "a ZIP archive"),
    "web page": (b"<html><script>alert(1)</script></html>", "text, not an image"),
}
FINE: dict[str, bytes] = {
    "animated": draw_gif(200),
    "PNG that is a script too": draw_png() + b"\n*/=1;alert(1)//",
    "GIF and zip in one": draw_gif() + pack({"a.png": draw_png()}),
}
"""What is a picture, and whatever else it may be is of no account."""


WORDS = "spreadsheetml.sharedStrings+xml"


def sheet(rows: str, *, styles: str = "", shared: str = "") -> bytes:
    """Return an Excel file with these rows below its header, and more in its other parts."""
    book, sink, made = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["text", "label"])
    book.save(sink)
    words = (
        '<Override PartName="/xl/sharedStrings.xml" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{WORDS}" />'
    )
    ends = {
        "xl/worksheets/sheet1.xml": ("</sheetData>", rows),
        "xl/styles.xml": ("</styleSheet>", styles),
        "[Content_Types].xml": ("</Types>", words),
    }
    with zipfile.ZipFile(sink) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            end, more = ends.get(name, ("</", ""))
            head, tail = old.read(name).decode().rsplit(end, 1)
            new.writestr(name, head + more + end + tail)
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}"><si><t>{shared}</t></si></sst>')
    return made.getvalue()


def column_of(text: str, rows: int) -> bytes:
    """Return a Parquet file of rows that share one text, which it holds once."""
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"text": [text] * rows}), sink, compression="zstd")
    return sink.getvalue()


DEEP = b"[" * 1_000_000
WIDE = b",".join(b"c%d" % n for n in range(998))
LISTS: dict[str, tuple[str, bytes, str]] = {
    "12 million rows": ("a.csv", b"text\n" + b"a\n" * 12_000_000, "more than 500,000 rows"),
    "300,000 columns": ("a.csv", b",".join(b"c%d" % n for n in range(300_000)), "at most 1,000"),
    "quotes that never end": ("a.csv", b"text,label\n" + b'"\n' * 100_000, "cannot be used"),
    "a cell of 30 MB": ("a.csv", b'text,label\n"' + b"x" * 30_000_000 + b'",1\n', "field limit"),
    "a million brackets": ("a.json", DEEP, "not valid JSON"),
    "half a million braces": ("a.json", b'{"a":' * 500_000, "not valid JSON"),
    "a number of 5 MB": ("a.json", b'[{"text": ' + b"9" * 5_000_000 + b"}]", "not valid JSON"),
    "braces on every line": ("a.jsonl", b'{"a":[\n' * 300_000, "cannot be used"),
    "lists that break off": ("a.json", b"[" + b'\n{"a":[' * 100_000, "cannot be used"),
    "rows as wide as they are many": (
        "a.csv", b"text,label," + WIDE + (b"\na,1" + b"," * 998) * 10_100, "10,000,000 cells",
    ),
    "one row of all cells": ("a.csv", b"text,label\na,1\n" + b"ab," * 11_000_000, "10,000,000"),
    "empty objects": ("a.json", b'[{"a":[' + b"{}," * 5_100_000 + b"{}]}]", "10,000,000 cells"),
    "columns of one cell each": (
        "a.json",
        json.dumps({f"c{k}": {f"{n}": 1 for n in range(200 * k, 200 * k + 200)}
                    for k in range(999)}).encode(),
        "10,000,000 cells",
    ),
    "quotes that are opened again and again": (
        "a.csv", b"text,label\n" + (b'a","b\n' + b"a,b\n" * 9) * 40_000, "cannot be used",
    ),
    "objects that are opened again and again": (
        "a.json", b"[" + (b'\n{"a":[' + b"\n{}," * 9) * 40_000, "cannot be used",
    ),
    "a cell in the last corner": (
        "a.xlsx", sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "10,000,000",
    ),
    "a cell far below and right": (
        "a.xlsx", sheet('<row r="20000"><c r="ALL20000"><v>1</v></c></row>'), "10,000,000 cells",
    ),
    "a row of a number beyond all": (
        "a.xlsx", sheet('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'),
        "more than 500,000 rows",
    ),
    "a text of 1 MB in 400 cells": (
        "a.xlsx",
        sheet("".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 402)),
              shared="x" * 1_000_000),
        "would unpack to",
    ),
    "20 million elements": ("a.xlsx", sheet("", styles="<x/>" * 20_100_000), "20,000,000 elements"),
    "a text in 600 rows": ("a.parquet", column_of("x" * 1_000_000, 600), "would unpack"),
    "a text of 110 MB in 3 rows": ("a.parquet", column_of("x" * 110_000_000, 3), "would unpack"),
    "encrypted": ("a.zip", pack({"a.png": draw_png()}, encrypted=True), "is encrypted"),
    "archive in an archive": ("a.zip", pack({"b.zip": pack({"a.png": b"x"})}), "an archive inside"),
    "bomb": ("a.zip", pack({"a.png": b"x"}, claimed=4_000_000_000), "would unpack to"),
    "larger than it claims": ("a.zip", pack({"a.png": b"\0" * 30_000_000}, claimed=100),
                              "damaged inside the archive"),
    "no archive": ("a.zip", b"PK\x03\x04" + b"\0" * 100, "damaged or no zip archive"),
}  # fmt: skip
TASKS: dict[str, tuple[str, str]] = {
    "100,000 brackets": ("[" * 100_000, "nests deeper"),
    "alias bomb": (
        "key: a\ntitle: b\ntasks:\n- &t {key: a, title: b, kind: multiclass, labels: "
        "[&l {name: x, prompt: y}" + ", *l" * 20_000 + "]}\n" + "- *t\n" * 2000,
        "more than 2,000",
    ),
    "labels that hold themselves": (
        "key: a\ntitle: b\ntasks: &t [{key: x, title: y, kind: multiclass, labels: *t}]",
        "a label has no entry 'key'",
    ),
    "50,000 lists, each in the one before": ("- " * 49_000, "nests deeper"),
    "aliases of aliases": (
        "key: a\ntitle: b\ntasks:\n- &a0 {key: a, title: b}\n"
        + "".join(f"- &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(200)),
        "a task lacks",
    ),
    "a program": ("!!python/object/apply:os.system ['id']", "must be a mapping"),
    "a million characters": ("key: " + "x" * 1_000_000, "more than 100,000 characters"),
}


def soon(ask: Callable[[], str]) -> str:
    begun = time.process_time()
    said = ask()
    assert time.process_time() - begun < SECONDS
    assert said and "\n" not in said.strip() and "Traceback" not in said
    return said


@pytest.fixture(scope="module")
def served(tiny_checkpoints: Path, tmp_path_factory: Any) -> Iterator[tuple[httpx.Client, str]]:
    folder = tmp_path_factory.mktemp("hostile")
    uploads = str(folder / "uploads")
    settings = Settings(home=folder / "home", checkpoints=tiny_checkpoints, encoder="fake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", uploads)
        with serve_page(build_tiny_studio(settings)) as client:
            yield client, uploads


@pytest.fixture
def client(served: tuple[httpx.Client, str], monkeypatch: pytest.MonkeyPatch) -> httpx.Client:
    """Return what asks a page, which all tests share."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", served[1])
    return served[0]


def predict_on_page(client: httpx.Client, name: str, data: bytes) -> str:
    """Upload a file as the page does, and ask about it; return what is said."""
    sent = client.post("/gradio_api/upload", files={"files": (name, data)})
    if sent.status_code != 200:
        return sent.text
    file = {"path": sent.json()[0], "meta": {"_type": "gradio.FileData"}}
    body = {"data": [file, "", "pridemm", "", False]}
    event = client.post("/gradio_api/call/predict", json=body).json()["event_id"]
    lines = client.get(f"/gradio_api/call/predict/{event}").text
    return lines.partition("data: ")[2]


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_that_is_none_is_one_sentence(kind, client, run, tmp_path):  # noqa: F811
    data, expected = PICTURES[kind]
    path = tmp_path / "a.png"
    path.write_bytes(data)

    def on_api() -> str:
        answer = client.post("/api/v1/predict", files={"image": ("a.png", data)})
        assert answer.status_code == 400
        return str(answer.json()["detail"])

    for ask in (
        lambda: predict_on_page(client, "a.png", data),
        on_api,
        lambda: run("predict", path, "--tasks", "pridemm").err,
    ):
        assert expected in soon(ask)


@pytest.mark.parametrize("kind", FINE)
def test_a_picture_that_is_more_is_a_picture(kind, client):
    answer = client.post("/api/v1/predict", files={"image": ("a.png", FINE[kind])})
    assert answer.json()["meme"]["width"] == 16
    assert json.loads(predict_on_page(client, "a.png", FINE[kind]))[0]["meme"]["width"] == 16


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_or_an_archive_that_is_none_is_one_sentence(kind, tmp_path):
    name, data, expected = LISTS[kind]
    path = tmp_path / name
    path.write_bytes(data)

    def ask() -> str:
        listed = list_sources([path])
        for source in listed.sources:
            try:
                read_source(source, max_bytes=20_000_000)
            except MemeclipError as error:
                return str(error)
        return listed.failures[0].reason

    assert expected in soon(ask)


SENT = ("12 million rows", "300,000 columns", "a million brackets", "half a million braces",
        "rows as wide as they are many", "a cell in the last corner", "a text in 600 rows",
        "encrypted", "archive in an archive", "bomb", "no archive")  # fmt: skip
"""Of these lists and archives, what is sent to a server too."""


@pytest.mark.parametrize("kind", SENT)
def test_a_batch_that_is_none_is_one_sentence_and_leaves_no_file(kind, client, served):
    name, data, expected = LISTS[kind]
    home = Path(served[1]).parent / "home"

    def ask() -> str:
        begun = client.post("/api/v1/batches", files={"files": (name, data)}).json()
        page = f"/api/v1/batches/{begun['id']}"
        until(lambda: client.get(page).json()["job"]["state"] not in ("waiting", "running"))
        job = client.get(page).json()["job"]
        assert job["state"] == "failed"
        return str(job["reason"])

    said = soon(ask)
    assert expected in said
    check_nothing_is_told_or_left(said, home)


@pytest.mark.parametrize("kind", SENT)
def test_data_to_compare_on_that_are_none_are_one_sentence_and_leave_no_file(kind, client, served):
    name, data, _ = LISTS[kind]
    home = Path(served[1]).parent / "home"
    asked = {"task_set": "pridemm", "first": "starter", "second": "active"}

    def ask() -> str:
        answer = client.post("/api/v1/comparisons/file", files={"file": (name, data)}, data=asked)
        assert 400 <= answer.status_code < 500, answer.text
        return str(answer.json()["detail"])

    check_nothing_is_told_or_left(soon(ask), home)


def check_nothing_is_told_or_left(said: str, home: Path) -> None:
    assert str(home.parent) not in said and "files/" not in said
    lists = {".csv", ".json", ".jsonl", ".zip", ".xlsx", ".parquet"}
    left = [path for path in home.parent.rglob("*") if path.suffix in lists]
    assert [path for path in left if "checkpoints" not in path.parts] == []


@pytest.mark.parametrize("kind", TASKS)
def test_a_task_file_that_is_none_is_one_sentence(kind, tmp_path):
    source, expected = TASKS[kind]
    path = tmp_path / "a.yaml"
    path.write_text(source)
    # No route takes such a file; the page takes its text, as the label set of a project.
    for read in (lambda: read_task_set(path), WrittenLabels(labels=source).read):

        def ask(read: Callable[[], object] = read) -> str:
            with pytest.raises(TaskFileError) as caught:
                read()
            return str(caught.value)

        assert expected in soon(ask)


@pytest.mark.parametrize("kind", SENT)
def test_an_import_that_is_none_is_one_sentence(kind, tiny_studio, tmp_path):
    name, data, expected = LISTS[kind]
    path, projects, who = tmp_path / name, tiny_studio.projects, tiny_studio.owner()
    path.write_bytes(data)
    projects.create(who, key="cats", title="Cats", task_set="pridemm")

    def ask() -> str:
        try:
            kept = projects.keep_upload(who, "cats", {name: path})
            job = projects.start_import(who, "cats", kept)
        except MemeclipError as error:
            return str(error)
        until(lambda: not projects.jobs(who, "cats")[0].live)
        job = projects.jobs(who, "cats")[0]
        assert job.state == "failed"
        return str(job.reason)

    said = soon(ask)
    assert expected in said
    assert str(tmp_path) not in said
