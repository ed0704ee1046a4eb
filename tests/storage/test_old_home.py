"""What an earlier release kept in files of the home is read once more."""

from __future__ import annotations

import json
import logging

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.records.schemas import to_plain
from memeclip_core.storage.old_home import read_old_jobs, read_old_pointer
from tests.factories.project_records import IMPORT, RETRAINING


def keep(folder, job, key, *left_out):
    """Write a job as the release 0.1 did: with its task set's or its project's key."""
    plain = to_plain(job)
    plain[key] = plain.pop("subject")
    for name in left_out:
        del plain[name]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{job.id}.json").write_text(json.dumps(plain, indent=1))


def test_jobs_of_both_kinds_are_read(home):
    keep(home.jobs, RETRAINING, "task_set", "kind", "failures", "arguments", "file")
    keep(home.project("cats") / "jobs", IMPORT, "project", "base", "candidate", "comparison", "log")
    assert list(read_old_jobs(home)) == [RETRAINING, IMPORT]


@pytest.mark.parametrize("text", ["", "{}", "[]", "{", "null", "\x00"])
def test_a_damaged_one_is_named_and_does_not_hide_the_others(home, text, caplog):
    keep(home.jobs, RETRAINING, "task_set", "kind")
    (home.jobs / "bad.json").write_text(text)
    with caplog.at_level(logging.WARNING, logger="memeclip"):
        assert list(read_old_jobs(home)) == [RETRAINING]
    assert "job bad of an earlier release" in caplog.text


def test_a_home_of_today_has_none(home):
    assert list(read_old_jobs(home)) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"schema": 2}', '{"schema": 1, "active": []}', "null",
        '{"schema": 2, "active": {}, "history": []}',
        '{"schema": 1, "active": {}, "history": [{"time": "x"}]}',
        '{"schema": 1, "active": {}, "history": 3}',
    ],
)  # fmt: skip
def test_a_damaged_pointer_is_named_and_left_as_it_is(home, text):
    home.active.write_text(text)
    with pytest.raises(StoreError, match="is damaged"):
        read_old_pointer(home)
    assert home.active.read_text() == text


def test_a_pointer_is_read_and_need_not_be_there(home):
    assert read_old_pointer(home) == ({}, [])
    line = {"time": "t", "task_set": "toys", "version": "v", "by": "a", "action": "promote"}
    home.active.write_text(
        json.dumps({"schema": 1, "active": {"toys": "v"}, "history": [line | {"more": 1}]})
    )
    assert read_old_pointer(home) == ({"toys": "v"}, [line])
