"""A text reader in processes of its own: what reads holds up nothing else of the server.

Reading takes most of a prediction's time, and within the server all else would wait for Python's
lock meanwhile. The processes are started anew rather than forked, which a GPU in use does not
survive, and give way to whatever else wants the processor.

Invariants: one mutex guards which processes are idle. Each is used by one thread at a time, which
sends it a picture and takes what it answers; it ends when nobody holds its pipe any more. One that
is gone is replaced.
"""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final, cast

from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr.base import OcrEngine, OcrResult
from memeclip_core.ocr.rapid import zero_denormals_for_good
from memeclip_core.ocr.registry import build_ocr
from memeclip_core.records.meme import TextSource

NICENESS: Final = 5
"""Of 19: one that wants to save has three times as much of the processor."""


class OcrWorkers:
    """A reader by its name whose readings are made in other processes, one for each at once.

    Args:
        name, languages: as ``build_ocr`` takes them.
    """

    def __init__(self, name: str, *, languages: str = "eng") -> None:
        self._words = (name, languages)
        self._reader = build_ocr(name, languages=languages)
        self._mutex = threading.Lock()
        self._idle: list[_Worker] = []

    @property
    def name(self) -> TextSource:
        """The reader's own."""
        return self._reader.name

    @property
    def fingerprint(self) -> str:
        """The reader's own; raises OcrError as that does."""
        return self._reader.fingerprint

    def read(self, image: Image.Image) -> OcrResult:
        """Read an RGB image; see ``OcrEngine``.

        Raises:
            OcrError: as the reader does, or if its process ended twice.
        """
        for _ in range(2):
            worker = self._take()
            try:
                answer = worker.ask(image)
            except (OSError, EOFError):
                worker.end()
                continue
            except BaseException:
                worker.end()
                raise
            with self._mutex:
                self._idle.append(worker)
            if isinstance(answer, str):
                raise OcrError(answer)
            return answer
        raise OcrError(
            f"The text reader's process ended twice while it read an image of {image.width} x "
            f"{image.height} pixels; the system may lack memory. Try again, or type the text by "
            "hand."
        )

    def close(self) -> None:
        """End the processes that read nothing now."""
        with self._mutex:
            ending, self._idle = self._idle, []
        for worker in ending:
            worker.end()

    def _take(self) -> _Worker:
        with self._mutex:
            return self._idle.pop() if self._idle else _Worker(self._words)


class _Worker:
    """One process, and the pipe to it."""

    def __init__(self, words: tuple[str, str]) -> None:
        context = get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=serve, args=(*words, other), daemon=True)
        self._process.start()
        other.close()

    def ask(self, image: Image.Image) -> OcrResult | str:
        """Return what is read, or the sentence why not."""
        self._pipe.send(image.size)
        self._pipe.send_bytes(image.convert("RGB").tobytes())
        return cast("OcrResult | str", self._pipe.recv())

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def serve(name: str, languages: str, pipe: Connection) -> None:
    """Be the process: read for whoever holds the other end of the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if name == "rapidocr":
        zero_denormals_for_good()
    answer_all(build_ocr(name, languages=languages), pipe)


def answer_all(reader: OcrEngine, pipe: Connection) -> None:
    """Read one image after the other until nobody asks any more."""
    try:
        while True:
            size = pipe.recv()
            image = Image.frombytes("RGB", size, pipe.recv_bytes())
            try:
                pipe.send(reader.read(image))
            except OcrError as error:
                pipe.send(str(error))
    except (EOFError, OSError):
        return
