"""The points of a map in cells: what is found is what a look at every point finds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS

pytestmark = BROWSER_MARKS

POINTS = """
let seed = 7;
const random = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
const n = given;
const x = Float32Array.from({ length: n }, () => random() ** 3 * 2 - 1);
const y = Float32Array.from({ length: n }, () => random() - 0.5);
const all = Array.from({ length: n }, (_, i) => i);
const hidden = (i) => i % 5 === 0;
const cells0 = cells.makeCells(x, y);
"""


@pytest.fixture
def run(small: Any) -> Any:
    def with_points(body: str, n: int = 3000) -> Any:
        return small.run("explore/cells", POINTS + body, n)

    return with_points


def test_the_nearest_point_is_the_one_that_a_look_at_all_finds(run):
    found, wanted = run("""
    const asked = Array.from({ length: 200 }, () => [random() * 2.4 - 1.2, random() * 1.4 - 0.7]);
    const brute = ([px, py]) => {
      const near = all.filter((i) => !hidden(i)).map((i) => [Math.hypot(x[i] - px, y[i] - py), i])
        .filter(([d]) => d <= 0.05).sort(([a], [b]) => a - b);
      return near.length ? near[0][1] : -1;
    };
    const quick = ([px, py]) => cells0.nearest(px, py, 0.05, (i) => !hidden(i));
    return [asked.map(quick), asked.map(brute)];
    """)
    assert found == wanted
    assert -1 in found
    assert len(set(found)) > 20


def test_a_rectangle_holds_what_lies_between_its_sides(run):
    found, wanted = run("""
    const box = [-0.99, -0.2, -0.4, 0.31];
    const within = (i) => x[i] >= box[0] && x[i] <= box[2] && y[i] >= box[1] && y[i] <= box[3];
    const brute = all.filter((i) => !hidden(i) && within(i));
    return [cells0.inside(...box, (i) => !hidden(i)).sort((a, b) => a - b), brute];
    """)
    assert found == wanted
    assert 100 < len(found) < 2400


def test_a_line_holds_what_it_goes_round(run):
    """A ring with a bite: points in the bite are outside though inside its rectangle."""
    found, wanted = run("""
    const line = [[-1, -0.4], [0.5, -0.4], [0.5, 0.4], [-0.2, 0], [-1, 0.4]];
    const side = ([ax, ay], [bx, by], i) => (bx - ax) * (y[i] - ay) - (by - ay) * (x[i] - ax);
    const inTriangle = (a, b, c, i) => {
      const sides = [side(a, b, i), side(b, c, i), side(c, a, i)];
      return sides.every((s) => s >= 0) || sides.every((s) => s <= 0);
    };
    // The same as three triangles.
    const [a, b, c, d, e] = line;
    const three = [[a, b, d], [b, c, d], [a, d, e]];
    const brute = all.filter((i) => three.some((corners) => inTriangle(...corners, i)));
    return [cells0.enclosed(line, () => true).sort((p, q) => p - q), brute];
    """)
    assert found == wanted
    assert 100 < len(found) < 2900


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_points_are_no_trouble(run, n):
    assert run("return cells0.inside(-2, -2, 2, 2, () => true);", n) == list(range(n))


def test_points_on_one_spot_are_all_found(small):
    found = small.run(
        "explore/cells",
        "const c = cells.makeCells(new Float32Array(9), new Float32Array(9));"
        "return c.inside(-1, -1, 1, 1, () => true).length;",
    )
    assert found == 9
