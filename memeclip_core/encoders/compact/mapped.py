"""Weights that are read where they lie in their file, and take memory only while they are used."""

from __future__ import annotations

import json
import math
import mmap
from pathlib import Path

import numpy as np


class MappedWeights:
    """The float32 arrays of a safetensors file by name; other kinds are left out.

    A runtime that keeps weights in an order of its own reads them once: what they took meanwhile
    goes back when ``release`` is called, and comes again, from the file, when it is needed.

    Args:
        path: the file.

    Raises:
        OSError, ValueError, KeyError: if it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        start = 8 + int.from_bytes(self._bytes[:8], "little")
        header = json.loads(self._bytes[8:start])
        self.arrays = {
            name: np.frombuffer(
                self._bytes, "<f4", math.prod(one["shape"]), start + one["data_offsets"][0]
            ).reshape(one["shape"])
            for name, one in header.items()
            if one.get("dtype") == "F32"
        }

    def release(self) -> None:
        """Give the memory back that the arrays take now; they can be read as before."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._bytes.madvise(mmap.MADV_DONTNEED)
