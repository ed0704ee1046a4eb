"""The page of models names every head, and every label set with its tasks."""

from __future__ import annotations

import re

import yaml

from memeclip_core.heads.registry import HEADS
from tests.docs.pages import GUIDE, ROOT, find_tables

PAGE = GUIDE["models"]


def test_the_table_of_heads_names_each_and_no_other() -> None:
    ((_, rows),) = find_tables(PAGE, "| head |")
    named = [name for row in rows for name in re.findall(r"`([\w-]+)`", row[0])]
    assert sorted(named) == sorted(HEADS)


def test_the_table_of_label_sets_names_each_with_its_tasks() -> None:
    ((_, rows),) = find_tables(PAGE, "| label set |")
    shipped = [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (ROOT / "assets" / "tasks").glob("*.yaml")
    ]
    assert {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows} == {
        found["key"]: [task["key"] for task in found["tasks"]] for found in shipped
    }


def test_the_table_of_starters_names_each() -> None:
    ((_, rows),) = find_tables(PAGE, "| starter |")
    shipped = {path.parent.name for path in (ROOT / "checkpoints").glob("*/manifest.json")}
    assert {row[0].strip("`") for row in rows} == shipped
