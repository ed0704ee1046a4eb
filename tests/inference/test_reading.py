from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Event
from time import sleep
from typing import get_args

import pytest
from PIL import Image

from memeclip_core.database.engine import FILE, Database
from memeclip_core.datasets.reader import Row
from memeclip_core.datasets.row_features import row_id
from memeclip_core.datasets.sources import Source, list_sources
from memeclip_core.errors import ImageError, OcrError, TextError
from memeclip_core.inference import reading
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.reading import Reader, clean_filename, clean_path, file_ending
from memeclip_core.memes.image import ImageFormat, ImageLimits, content_id
from memeclip_core.memes.text import MAX_TEXT
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore
from memeclip_core.storage.tree import IMAGE_SUFFIXES
from tests.factories.services import CountingEncoder, CountingOcr, MeetingOcr, make_image

DATA = make_image(1)


@pytest.fixture
def ocr():
    return CountingOcr("two words\nand more", unread=1)


@pytest.fixture
def reader(ocr):
    engines = Engines(encoder_name="fake", make_encoder=CountingEncoder, make_ocr=lambda: ocr)
    return Reader(engines=engines, limits=ImageLimits(max_bytes=10_000))


def test_a_meme_is_named_after_its_bytes_and_read_once(reader, ocr):
    meme = reader.read(DATA, "a.png")[0]
    assert meme.id == sha256(DATA).hexdigest()
    assert (meme.text, meme.text_source) == ("two words\nand more", "rapidocr")
    assert (meme.width, meme.height, meme.has_image) == (32, 24, True)
    assert (len(meme.words), meme.unread) == (4, 1)
    assert reader.read(DATA, "a.png")[0] == meme
    assert ocr.reads == 1


def test_a_text_that_is_kept_is_not_read_again_by_another_process(ocr, database):
    def reader(engine=ocr):
        engines = Engines(encoder_name="fake", make_encoder=None, make_ocr=lambda: engine)
        return Reader(engines=engines, limits=ImageLimits(), database=database)

    passing = reader().read(make_image(2), "a.png")[0]
    meme = reader().read(DATA, "a.png", keep=True)[0]
    assert meme.text == passing.text and ocr.reads == 2
    assert reader().read(DATA, "a.png")[0] == meme
    assert reader().read(make_image(2), "a.png")[0] == passing
    assert ocr.reads == 3  # what nobody asked to keep is not on the disk
    other = CountingOcr("another reader")
    assert reader(other).read(DATA, "a.png")[0].text == "another reader"


def test_without_a_database_that_can_be_used_texts_are_read(ocr, tmp_path, caplog):
    (tmp_path / FILE).write_text("no database" * 100)
    engines = Engines(encoder_name="fake", make_encoder=None, make_ocr=lambda: ocr)
    own = Database.of_home(tmp_path)
    reader = Reader(engines=engines, limits=ImageLimits(), database=own)
    assert reader.read(DATA, "a.png", keep=True)[0].text == "two words\nand more"
    assert "could not be kept" in caplog.text


def test_as_many_texts_are_read_at_once_as_there_are_places():
    engines = Engines(
        encoder_name="fake", make_encoder=None, make_ocr=lambda: MeetingOcr(2), at_once=2
    )
    reader = Reader(engines=engines, limits=ImageLimits())
    with ThreadPoolExecutor(2) as pool:
        read = list(pool.map(lambda n: reader.read(make_image(n), "a.png")[0].text, (1, 2)))
    assert read == ["met", "met"]


def test_a_text_that_two_ask_for_at_once_is_read_once_and_fails_for_both():
    class Slow(CountingOcr):
        def read(self, image):
            began.set()
            assert second.wait(20)
            self.reads += 1
            raise OcrError("torn")

    began, second, ocr = Event(), Event(), Slow()
    engines = Engines(encoder_name="fake", make_encoder=None, make_ocr=lambda: ocr, at_once=2)
    reader = Reader(engines=engines, limits=ImageLimits())
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(reader.read, DATA, "a.png")
        assert began.wait(20)
        again = pool.submit(reader.read, DATA, "b.png")
        while not next(iter(reader._running.values()))._condition._waiters:
            sleep(0.001)
        second.set()
        for one in (first, again):
            with pytest.raises(OcrError, match="torn"):
                one.result(20)
    assert (ocr.reads, reader._running) == (1, {})
    ocr.read = lambda image: CountingOcr("whole").read(image)
    assert reader.read(DATA, "a.png")[0].text == "whole"


def test_each_frame_of_an_animation_is_read(reader, ocr):
    sink = BytesIO()
    frames = [Image.new("RGB", (32, 24), colour) for colour in ("red", "white", "blue")]
    frames[0].save(sink, "GIF", save_all=True, append_images=frames[1:], duration=100)
    meme = reader.read(sink.getvalue(), "a.gif")[0]
    assert (meme.text, ocr.reads) == ("two words\nand more", 3)


def test_a_given_text_is_not_read(reader, ocr):
    meme = reader.read(DATA, "a.png", text="mine", text_source="file")[0]
    assert (meme.text, meme.text_source, meme.words) == ("mine", "file", ())
    assert meme.unread == 0
    assert reader.read(DATA, "a.png", text="")[0].text == ""
    assert ocr.reads == 0


@pytest.mark.parametrize("text", ["two words", " two\n words ", "https://x.org"])
def test_a_text_alone_has_one_id_whichever_door_it_comes_through(reader, text):
    row = Row(name="a.png", image=None, text=text, labels={}, split="train", line=2, file="a.csv")
    assert reader.read(None, "", text=text)[0].id == row_id(row)


def test_opening_does_not_read(reader, ocr):
    meme = reader.read(DATA, "a.png", text="", text_source="none")[0]
    assert (meme.text, meme.text_source, meme.width) == ("", "none", 32)
    assert ocr.reads == 0


def test_a_large_picture_is_decoded_once_while_somebody_holds_it(reader, monkeypatch):
    decoded, real = [], reading.load_image
    monkeypatch.setattr(
        reading, "load_image", lambda data, **k: decoded.append(1) or real(data, **k)
    )
    monkeypatch.setattr(reading, "REMEMBERED_PIXELS", 0)
    held = [reader.load(DATA) for _ in range(25)]
    assert len(decoded) == 1
    assert len({id(one.image) for one in held}) == 1
    held.clear()
    reader.load(DATA)
    assert len(decoded) == 2


def test_a_picture_may_be_drawn_on(reader):
    picture = reader.picture(DATA)
    picture.paste((0, 0, 0), (0, 0, 32, 24))
    assert reader.picture(DATA).getpixel((0, 0)) != (0, 0, 0)


def test_the_ending_follows_the_bytes(reader):
    assert file_ending(reader.load(DATA)) == "png"


@pytest.mark.parametrize("format", get_args(ImageFormat))
def test_every_format_that_opens_is_kept_and_found_in_folders_and_archives(
    reader, tmp_path, format
):
    sink = BytesIO()
    Image.new("RGB", (32, 24), "red").save(sink, format=format.upper())
    data = sink.getvalue()
    meme = reader.read(data, "a")[0]
    name = ImageStore(Home(tmp_path / "home")).keep(meme.id, data, file_ending(reader.load(data)))
    assert Path(name).suffix in IMAGE_SUFFIXES
    (tmp_path / "memes").mkdir()
    (tmp_path / "memes" / name).write_bytes(data)
    (source,) = list_sources([tmp_path / "memes"]).sources
    assert reader.load(reader.open_source(source)).content_id == meme.id


def test_a_source_is_read_within_the_limits(reader, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(DATA)
    data = reader.open_source(Source(filename="a.png", path=path))
    meme, loaded = reader.read(data, "a.png", text="t", text_source="file")
    assert loaded.content_id == meme.id == content_id(DATA)
    assert meme.text_source == "file"
    path.write_bytes(b"x" * 10_001)
    with pytest.raises(ImageError, match="at most 10,000"):
        reader.open_source(Source(filename="a.png", path=path))


def test_the_longest_text_is_taken_and_a_longer_one_refused(reader):
    assert len(reader.read(None, "a", text="x" * MAX_TEXT)[0].text) == MAX_TEXT
    with pytest.raises(TextError, match="20,001 characters"):
        reader.read(None, "a", text="x" * (MAX_TEXT + 1))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a/b/c.png", "c.png"),
        ("a\\b\\c.png", "c.png"),
        ("", ""),
        ("a\x1b[31mb", "a [31mb"),
        ("x" * 300, "x" * 200),
    ],
)
def test_names_are_shown_without_their_folders(given, shown):
    assert clean_filename(given) == shown


def test_a_name_with_its_folders_is_printable_and_keeps_its_end():
    assert clean_path("a/b\x1b.png") == "a/b .png"
    assert clean_path("x" * 300 + "/a.png").endswith("x/a.png")
    assert len(clean_path("x" * 300)) == 200
