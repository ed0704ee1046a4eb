"""The table of faults names tests that there are, and all of ``tests/faults``."""

from __future__ import annotations

import re

from memeclip_core.config import ROOT

_TEST = re.compile(r"^def (test_\w+)", re.MULTILINE)


def test_every_fault_is_held_by_a_test_that_there_is() -> None:
    page = (ROOT / "docs" / "administration.md").read_text(encoding="utf-8")
    table = page.partition("## When something fails")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert len(rows) > 15 and all(len(names) == 1 for names in named)
    files = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    known = {name for text in files.values() for name in _TEST.findall(text)}
    faults = set(_TEST.findall(files[ROOT / "tests" / "faults" / "test_faults.py"]))
    assert faults <= {name for (name,) in named} <= known
