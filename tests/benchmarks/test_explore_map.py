"""How smoothly the map moves, measured on few memes."""

from __future__ import annotations

from benchmarks.explore_map import explore_map
from tests.factories.browser import BROWSER_MARKS, find_chromium

pytestmark = BROWSER_MARKS


def test_it_prints_a_line_for_each_size(run, monkeypatch):
    monkeypatch.setenv("CHROMIUM", find_chromium())
    left = run(explore_map, "--memes", 50, "--memes", 200)
    assert left.code == 0
    head, *rows = [line.split(" | ") for line in left.out.splitlines()]
    assert [row[0] for row in rows] == ["50", "200"]
    assert all(len(row) == len(head) and all(float(one) > 0 for one in row[1:]) for row in rows)
