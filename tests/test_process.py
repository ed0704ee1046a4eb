"""Which processes of this machine are known to be gone."""

from __future__ import annotations

import os
import subprocess
import sys

from memeclip_core import process


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
