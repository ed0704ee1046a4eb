"""A worker whose process is gone is known at once on its machine, and by its silence elsewhere."""

from __future__ import annotations

import os
import time

import pytest

from memeclip_core.database import workers
from memeclip_core.database.workers import LOST_SECONDS, find_host, is_lost, name_worker
from memeclip_core.process import RUN


def test_no_two_have_one_name_and_this_process_is_not_gone():
    first, second = name_worker(), name_worker()
    assert first != second and not is_lost(first, time.time())


@pytest.mark.parametrize(
    ("host", "age", "lost"),
    [("another", 1.0, False), ("another", 3600.0, True), ("", 3600.0, True)],
)
def test_silence_is_taken_for_death_where_that_cannot_be_seen(host, age, lost):
    """On another server; or where another process has the number by now, such as the first."""
    assert is_lost(f"{host or find_host()}|1|00000000|ab", time.time() - age) is lost


def test_a_process_of_this_machine_that_is_gone_is_lost_at_once():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    assert is_lost(f"{find_host()}|{pid}|{RUN}|ab", time.time())
    # In a container each process that starts again has the number of the one before.
    assert is_lost(f"{find_host()}|{os.getpid()}|00000000|ab", time.time())
    assert not is_lost(f"{find_host()}-other|{pid}|{RUN}|ab", time.time() - LOST_SECONDS / 2)


def test_without_a_list_of_processes_the_machine_is_the_host(monkeypatch):
    def refuse(self):
        raise PermissionError

    monkeypatch.setattr(workers.Path, "stat", refuse)
    assert find_host().strip()
