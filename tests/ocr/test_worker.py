"""A reader in processes of its own: it answers as the reader does, and survives their end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing import Pipe

import pytest
from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr import worker
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.ocr.rapid import RapidOcr
from memeclip_core.ocr.registry import build_ocr
from memeclip_core.ocr.worker import OcrWorkers, answer_all
from tests.factories.drawings import draw_caption

PICTURE = Image.new("RGB", (20, 10), "white")


@pytest.fixture
def workers() -> Iterator[OcrWorkers]:
    """Processes whose reader needs no models."""
    made = OcrWorkers("none")
    yield made
    made.close()


def test_a_process_answers_again_and_again_and_gives_way_to_others(workers):
    assert (workers.name, workers.fingerprint) == ("none", "none")
    assert workers.read(PICTURE) == workers.read(PICTURE) == build_ocr("none").read(PICTURE)
    (one,) = workers._idle
    own = os.getpriority(os.PRIO_PROCESS, os.getpid())
    there = os.getpriority(os.PRIO_PROCESS, one._process.pid)
    assert there == min(19, own + worker.NICENESS)


def test_one_that_was_killed_is_replaced(workers):
    workers.read(PICTURE)
    (killed,) = workers._idle
    killed._process.kill()
    killed._process.join()
    assert workers.read(PICTURE).text == ""
    (other,) = workers._idle
    assert other is not killed


def test_one_that_ends_whenever_it_reads_is_a_sentence(capfd):
    workers = OcrWorkers("none")
    workers._words = ("unknown", "eng")
    with pytest.raises(OcrError, match=r"ended twice while it read an image of 20 x 10 pixels"):
        workers.read(PICTURE)
    assert not workers._idle


def test_it_ends_when_nobody_asks_any_more(workers):
    workers.read(PICTURE)
    (one,) = workers._idle
    one._pipe.close()
    one._process.join(60)
    assert one._process.exitcode == 0


def test_each_of_two_that_read_at_once_has_its_own(workers):
    first, second = workers._take(), workers._take()
    assert first is not second
    for one in (first, second):
        assert one.ask(PICTURE).text == ""
        one.end()


class Broken(FakeOcr):
    """Fails on the picture, and reads all else."""

    def read(self, image: Image.Image) -> worker.OcrResult:
        if image.size == PICTURE.size:
            raise OcrError("The reader is missing.")
        return super().read(image)


def test_what_the_reader_says_reaches_who_asked():
    ours, theirs = Pipe()
    answering = threading.Thread(target=answer_all, args=(Broken(text="w"), theirs))
    answering.start()
    for image in (PICTURE, Image.new("RGB", (8, 8))):
        ours.send(image.size)
        ours.send_bytes(image.tobytes())
    assert ours.recv() == "The reader is missing."
    assert ours.recv().text == "w"
    ours.close()
    answering.join(60)
    assert not answering.is_alive()


def test_a_sentence_leaves_the_process_where_it_is():
    class Answering:
        def ask(self, _: Image.Image) -> str:
            return "The reader is missing."

    workers = OcrWorkers("none")
    workers._idle.append(Answering())
    with pytest.raises(OcrError, match=r"^The reader is missing\.$"):
        workers.read(PICTURE)
    assert len(workers._idle) == 1


@pytest.mark.model
def test_it_reads_what_the_reader_reads_without_torch():
    workers, picture = OcrWorkers("rapidocr"), draw_caption("WHEN IT RAINS", "TAKE A BOAT")
    try:
        assert workers.read(picture) == RapidOcr().read(picture)
        (one,) = workers._idle
        with open(f"/proc/{one._process.pid}/maps", encoding="ascii") as file:
            loaded = file.read()
        assert "onnxruntime" in loaded and "libtorch" not in loaded
    finally:
        workers.close()


@pytest.mark.model
def test_its_denormal_numbers_are_zero_for_good():
    words = (
        "from memeclip_core.ocr import rapid as r; before = r._zeroes_denormals(); "
        "r.zero_denormals_for_good(); print(before, r._zeroes_denormals())"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
