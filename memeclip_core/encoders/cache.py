"""What frozen models made of texts and images, by key; anything doubtful is a miss."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from memeclip_core.storage.files import temporary
from memeclip_core.storage.home import Home

MAX_VECTORS = 200_000
"""How many files are kept, some 800 MB of vectors: enough for the images and texts of a project of
50,000 memes by two encoders. The oldest go first."""

_KEY = re.compile(r"[0-9a-f]{64}")
_SUM_BYTES = 32
_FILES = ("*/*.f??", "*/*.txt")


class FeatureCache:
    """One small file per vector, sequence or caption. It can be deleted at any time.

    A file holds values and, over key and values, a SHA-256: a damaged, truncated or misplaced
    file is a miss, and so is one that cannot be read.
    """

    def __init__(self, home: Home, *, max_vectors: int = MAX_VECTORS) -> None:
        self._folder = home.features
        self._max = max_vectors
        self._mutex = threading.Lock()
        self._count: int | None = None

    def get(self, key: str, width: int) -> np.ndarray | None:
        """Return a float32 vector of this width, or ``None``."""
        body = self._read(key, self._path(key, "f32"))
        if body is None or len(body) != 4 * width:
            return None
        return np.frombuffer(body, "<f4").astype(np.float32)

    def put(self, key: str, vector: np.ndarray) -> None:
        """Keep a vector; a disk that takes no more only makes the next look-up a miss."""
        body = np.ascontiguousarray(vector, dtype="<f4").tobytes()
        self._write(key, self._path(key, "f32"), body)

    def get_tokens(self, key: str, width: int) -> np.ndarray | None:
        """Return a float16 sequence (L, width), or ``None``."""
        body = self._read(key, self._path(key, "f16"))
        if body is None or len(body) % (2 * width):
            return None
        return np.frombuffer(body, "<f2").astype(np.float16).reshape(-1, width)

    def put_tokens(self, key: str, tokens: np.ndarray) -> None:
        """Keep a sequence (L, D); see ``put``."""
        body = np.ascontiguousarray(tokens, dtype="<f2").tobytes()
        self._write(key, self._path(key, "f16"), body)

    def get_text(self, key: str) -> str | None:
        """Return a text, or ``None``."""
        body = self._read(key, self._path(key, "txt"))
        return None if body is None else body.decode("utf-8", errors="replace")

    def put_text(self, key: str, text: str) -> None:
        """Keep a text; see ``put``."""
        body = text.encode("utf-8", errors="replace")
        self._write(key, self._path(key, "txt"), body)

    def _read(self, key: str, path: Path) -> bytes | None:
        try:
            data = path.read_bytes()
        except OSError:
            return None
        body = data[:-_SUM_BYTES]
        return body if data[-_SUM_BYTES:] == _sum(key, body) else None

    def _write(self, key: str, path: Path, body: bytes) -> None:
        temp = temporary(path)
        with suppress(OSError):
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                # Not fsynced: a vector lost in a power cut is computed again.
                temp.write_bytes(body + _sum(key, body))
                os.replace(temp, path)
                self._make_room()
            finally:
                temp.unlink(missing_ok=True)

    def _path(self, key: str, suffix: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"'{key[:80]}' is no cache key")
        return self._folder / key[:2] / f"{key}.{suffix}"

    def _make_room(self) -> None:
        with self._mutex:
            if self._count is None:
                self._count = sum(1 for _ in self._files())
            else:
                self._count += 1
            if self._count <= self._max:
                return
            ages = sorted((p.stat().st_mtime_ns, p) for p in self._files())
            for _, path in ages[: max(1, len(ages) - self._max * 9 // 10)]:
                path.unlink(missing_ok=True)
            self._count = None

    def _files(self) -> Iterator[Path]:
        for pattern in _FILES:
            yield from self._folder.glob(pattern)


def _sum(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode("ascii") + body).digest()
