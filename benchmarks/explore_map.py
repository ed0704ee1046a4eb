"""How smoothly the map of Explore moves in a browser without a graphics card.

Run from the repository's root: ``python -m benchmarks.explore_map``. It draws made-up memes in
eight clusters with the page's own scripts, 900 by 600 pixels, and moves and zooms for 120 frames.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from benchmarks.chromium import open_chromium
from benchmarks.command import run_benchmark
from memeclip_core.config import ROOT

SIZES: Final = (1_000, 10_000, 50_000)
ORIGIN: Final = "http://map.test"
PAGE: Final = """<!doctype html><title>Map</title><style>.mc-x-map { position: relative;
width: 900px; height: 600px; background: rgb(255, 255, 255); }
.mc-x-map > * { position: absolute; width: 100%; height: 100%; }</style><body></body>"""

MEASURE: Final = """async (n) => {
  const { makeChart } = await import("/ui/explore/chart.js");
  const { ofClass, packed } = await import("/ui/explore/colours.js");
  let seed = 7;
  const random = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const [x, y, paint] = [new Float32Array(n), new Float32Array(n), new Uint32Array(n)];
  for (let i = 0; i < n; i += 1) {
    x[i] = 0.5 * Math.cos(i % 8) + 0.15 * normal();
    y[i] = 0.5 * Math.sin(2 * (i % 8)) + 0.12 * normal();
    paint[i] = packed(ofClass(i % 8, false));
  }
  const frame = () => new Promise(requestAnimationFrame);
  const chart = makeChart({ hover() {}, pick() {}, clear() {}, moved() {} });
  document.body.replaceChildren(chart.node);
  const began = performance.now();
  chart.show(x, y, "Made-up memes");
  chart.paint(paint, new Uint8Array(n));
  const first = performance.now() - began;
  await frame();
  const [frames, draws] = [[], []];
  let last = await frame();
  for (let step = 0; step < 120; step += 1) {
    if (step < 60) chart.pan(step < 30 ? 7 : -7, 3);
    else chart.zoom(step < 90 ? 1.03 : 1 / 1.03);
    const now = await frame();
    frames.push(now - last);
    draws.push(chart.took);
    last = now;
  }
  const at = (all, share) => all.sort((a, b) => a - b)[Math.round(share * (all.length - 1))];
  return [first, at(draws, 0.5), at(draws, 0.95), at(frames, 0.5), at(frames, 0.95)];
}"""


def measure(sizes: tuple[int, ...], sharp: float = 1.0) -> list[list[float]]:
    """Return for each size milliseconds: to the first picture, then of drawings and of frames, each
    the median and the 95th percentile.

    Args:
        sizes: numbers of memes.
        sharp: pixels of the screen to one of the page, along either side.
    """
    with open_chromium() as browser:
        page = browser.new_context(device_scale_factor=sharp).new_page()
        page.route(f"{ORIGIN}/**", _answer)
        page.goto(f"{ORIGIN}/")
        found = [page.evaluate(MEASURE, size) for size in sizes]
    return found


def _answer(route: Any) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith("/ui/"):
        route.fulfill(path=ROOT / "assets" / path.removeprefix("/"))
    else:
        route.fulfill(body=PAGE, content_type="text/html")


def explore_map(
    memes: Annotated[
        list[int] | None, typer.Option(help="How many memes; may be repeated.")
    ] = None,
    sharp: Annotated[
        float, typer.Option(help="Pixels of the screen to one of the page, as on a phone 2.")
    ] = 1.0,
) -> None:
    """Print how long the map of Explore takes to draw, in milliseconds."""
    typer.echo("memes | first picture | drawing, median | p95 | frame, median | p95")
    sizes = tuple(memes or SIZES)
    for size, row in zip(sizes, measure(sizes, sharp), strict=True):
        typer.echo(" | ".join([f"{size:,}", *(f"{value:.1f}" for value in row)]))


if __name__ == "__main__":
    run_benchmark(explore_map, "benchmarks.explore_map")
