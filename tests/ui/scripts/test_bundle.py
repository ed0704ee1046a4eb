"""Joined modules run in a browser, and know each other, as they do apart."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from memeclip_core.api.bundle import bundle_modules
from memeclip_core.app.assets import read_scripts
from memeclip_core.config import ROOT
from tests.factories.browser import BROWSER_MARKS
from tests.factories.modules import FILES

pytestmark = BROWSER_MARKS
ORIGIN = "http://bundle.test"
PAGE = '<!doctype html><title>x</title><body><div id="pages"></div></body>'


def run(new_tab: Any, files: dict[str, str], script: str) -> Any:
    """Run a script on a page that has some files."""
    tab = new_tab(own=True)

    def answer(route: Any) -> None:
        name = urlsplit(route.request.url).path[1:]
        if not name:
            route.fulfill(body=PAGE, content_type="text/html")
        elif name in files:
            route.fulfill(body=files[name], content_type="text/javascript")
        else:
            route.fulfill(status=404)

    tab.route(f"{ORIGIN}/**", answer)
    tab.goto(f"{ORIGIN}/")
    return tab.evaluate(f"async () => {{ {script} }}")


ALL = """const studio = await import("/studio.js");
const both = [await studio.later(), await studio.later()];
return [studio.made, studio.begin(), studio.two.back(), studio.two.base(), both,
  new studio.two.Trouble("x") instanceof Error, Object.keys(studio.two).sort(),
  globalThis.sides];"""


def test_joined_modules_do_what_they_do_apart(new_tab):
    joined = {one.name: one.text for one in bundle_modules(FILES, "studio.js")}
    found = run(new_tab, joined, ALL)
    assert found == run(new_tab, FILES, ALL)
    assert found == [
        "el 1one", "one", "one", "two", [10, 13], True, ["Trouble", "back", "base", "value"], 1,
    ]  # fmt: skip


def test_the_pages_own_modules_are_joined_and_export_the_same(new_tab):
    files = read_scripts(ROOT / "assets" / "ui")
    bundles = bundle_modules(files, "studio.js")
    assert sorted(name for one in bundles for name, _ in one.places) == sorted(files)
    joined = {one.name: one.text for one in bundles}
    for bundle in bundles:
        # What the page's script itself exports beside, for those that come later.
        ask = f"""const found = await import("/{bundle.name}");
        return Object.keys(found).filter((one) => found.ahead !== found[one]
          && found.late !== found[one] && found.modules !== found[one]).sort();"""
        assert run(new_tab, joined, ask) == run(new_tab, files, ask), bundle.name
