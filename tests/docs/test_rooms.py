"""The page of architecture draws the rooms as they are, and as the test of imports holds them."""

from __future__ import annotations

import re

from tests.docs.pages import GUIDE, ROOT, find_tables, read_section, strip_blocks
from tests.test_architecture import LEVELS

PAGE = GUIDE["architecture"]
PACKAGE = ROOT / "memeclip_core"


def test_the_drawing_of_the_rooms_is_the_table_that_holds_the_imports() -> None:
    (drawing,) = re.findall(r"```\n(.*?)```", read_section(PAGE, "One direction"), flags=re.DOTALL)
    names = [re.split(r" {3,}", line)[0].split() for line in drawing.splitlines()]
    assert [set(line) for line in names] == [set(level) for level in LEVELS]


def test_the_table_of_rooms_names_each_and_no_other() -> None:
    ((_, rows),) = find_tables(PAGE, "| room | subject |")
    named = [name.rstrip("/") for row in rows for name in re.findall(r"`([\w/]+)`", row[0])]
    there = {
        path.stem
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert sorted(named) == sorted(there - {"__init__", "__main__"})


def test_every_folder_that_the_page_names_is_one_of_the_package_or_of_the_project() -> None:
    present = PAGE[: PAGE.index("\n## Before\n")]
    names = set(re.findall(r"`([\w/]+/)`", strip_blocks(present)))
    assert names
    for name in names:
        inside = [path for path in PACKAGE.rglob(name.rstrip("/")) if path.is_dir()]
        assert inside or (ROOT / name).is_dir(), name
