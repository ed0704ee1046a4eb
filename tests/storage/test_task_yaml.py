"""Task sets as text read back the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.config import ROOT
from memeclip_core.storage.task_files import find_task_sets, parse_task_set, read_task_set
from memeclip_core.storage.task_yaml import render_task_set

SHIPPED = find_task_sets(ROOT / "assets")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_task_set_reads_back_the_same(name):
    tasks = read_task_set(SHIPPED[name])
    assert parse_task_set(render_task_set(tasks), Path("x.yaml")) == tasks


def test_words_that_yaml_would_take_for_something_else_stay_words():
    tasks = read_task_set(SHIPPED["pridemm"])
    (first, *rest) = tasks.tasks
    odd = ("no", "1.0", "null: #", "'\"", "2020-01-01")
    labels = tuple(replace(first.labels[0], name=n, value=n, prompt=n, hint="") for n in odd)
    task = replace(first, labels=labels, missing=("", "~"), template="x {} y", aliases=("yes",))
    rest = [replace(t, applies=None) for t in rest]
    tasks = replace(tasks, tasks=(task, *rest), description="")
    assert parse_task_set(render_task_set(tasks), Path("x.yaml")) == tasks
