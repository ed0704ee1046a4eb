"""Which processes of this machine are known to be gone, and what freed memory one keeps."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

from memeclip_core import process

# A first block that is freed, which has glibc keep such blocks; then some with a little of what
# lives on behind each, so that none lies at the end of what is kept.
BLOCKS = """
import os, sys
from memeclip_core.process import LARGE_BLOCK, give_large_blocks_back
if sys.argv[1:]:
    give_large_blocks_back()
first = b"x" * (3 * LARGE_BLOCK)
del first
large, small = [], []
for number in range(20):
    large.append(b"x" * (2 * LARGE_BLOCK + number))
    small.append(bytes(100_000))
large.clear()
print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000)
"""
# Blocks of a kind that glibc keeps until it is told otherwise, with one that lives on behind each.
HOLES = """
import os, sys
from memeclip_core.process import give_freed_memory_back
found = [bytes(100_000) for _ in range(1000)]
found = found[::50]
if sys.argv[1:]:
    give_freed_memory_back()
print(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000)
"""
glibc = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"), reason="no glibc"
)


def test_an_earlier_process_of_the_same_number_is_gone(monkeypatch):
    assert not process.is_gone(os.getpid(), process.RUN)
    assert process.is_gone(os.getpid(), "00000000")
    monkeypatch.setattr(process.os, "name", "nt")
    assert not process.is_gone(2**22 + 1, "00000000")


def test_a_process_that_ended_is_gone_and_one_that_runs_is_not():
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert not process.is_gone(other.pid, "00000000")
    other.communicate()
    assert process.is_gone(other.pid, "00000000")


def _hold_after(script: str, *words: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@glibc
def test_large_blocks_that_were_freed_are_given_back():
    assert _hold_after(BLOCKS) > 150, "glibc keeps none: the setting is needed no more"
    assert _hold_after(BLOCKS, "give back") < 60


@glibc
def test_small_blocks_that_were_freed_are_given_back_when_asked():
    assert _hold_after(HOLES) > 60, "glibc keeps none: it need not be asked any more"
    assert _hold_after(HOLES, "give back") < 45


def test_other_systems_have_no_such_setting(monkeypatch):
    monkeypatch.setattr(process.ctypes, "CDLL", lambda _: object())
    process.give_large_blocks_back()
    process.give_freed_memory_back()
    monkeypatch.setattr(process.sys, "platform", "darwin")
    monkeypatch.delattr(process.ctypes, "CDLL")
    process.give_large_blocks_back()
    process.give_freed_memory_back()


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_as_many_files_as_the_system_lets_it_can_be_opened():
    script = (
        "import resource, memeclip_core.process as p; kind = resource.RLIMIT_NOFILE;"
        "resource.setrlimit(kind, (100, 900)); p.allow_open_files();"
        "print(resource.getrlimit(kind)[0])"
    )
    assert _hold_after(script) == 900
