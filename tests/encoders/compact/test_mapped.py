"""Weights in their file: the same numbers as loaded ones, before and after they are let go."""

import mmap

import numpy as np
import pytest
from safetensors.numpy import save_file

from memeclip_core.encoders.compact.mapped import MappedWeights


def test_arrays_are_those_of_the_file_also_once_they_were_let_go(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "a": rng.standard_normal((700, 300)).astype(np.float32),
        "b": rng.standard_normal(5).astype(np.float32),
        "scalar": np.array(2.5, np.float32),
        "ids": np.arange(6),
    }
    save_file(arrays, tmp_path / "w.safetensors", metadata={"format": "np"})
    mapped = MappedWeights(tmp_path / "w.safetensors")
    del arrays["ids"]
    for _ in range(2):
        assert mapped.arrays.keys() == arrays.keys()
        for name, array in mapped.arrays.items():
            np.testing.assert_array_equal(array, arrays[name])
            assert not array.flags.writeable
        mapped.release()


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system cannot be told")
def test_what_is_let_go_takes_no_memory(tmp_path):
    save_file({"a": np.ones((4_000_000,), np.float32)}, tmp_path / "w.safetensors")
    mapped = MappedWeights(tmp_path / "w.safetensors")
    assert mapped.arrays["a"].sum() == 4_000_000
    before = _resident(tmp_path)
    mapped.release()
    assert (before > 10_000, _resident(tmp_path)) == (True, 0)
    assert mapped.arrays["a"].sum() == 4_000_000


@pytest.mark.parametrize("data", [b"", b"\xff" * 20, b"\x02" + b"\0" * 7 + b"[]"])
def test_what_is_no_such_file_is_refused(tmp_path, data):
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    with pytest.raises((ValueError, AttributeError)):
        MappedWeights(path)


def _resident(folder):
    """Return how many kB of files in a folder this process holds in memory."""
    found, own = 0, False
    with open("/proc/self/smaps", encoding="utf-8") as file:
        for line in file:
            if "-" in line.split()[0]:
                own = str(folder) in line
            elif own and line.startswith("Rss:"):
                found += int(line.split()[1])
    return found
