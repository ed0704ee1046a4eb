"""Gradio's own modules are joined as this release has them, and of another one nothing is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from memeclip_core.ui import frontend
from memeclip_core.ui.app import build_app
from memeclip_core.ui.frontend import BUILD, JOINED, STYLE, TYPES, Frontend, read_frontend
from tests.factories.browser import SERVER_MARKS

pytestmark = SERVER_MARKS


def test_the_kinds_of_widgets_are_those_of_the_page(tiny_studio):
    assert {one["type"] for one in build_app(tiny_studio).config["components"]} == TYPES


def test_this_release_is_understood():
    found = read_frontend()
    assert found.first in found.files
    names = set(found.moved) - {found.first}
    assert {"core", "Blocks", "Index"} <= {name.split("-")[0] for name in names}
    joined = found.files[JOINED]
    # Nothing that one of them imports at once is left to be fetched.
    assert not re.search(r"""\bfrom\s*["']\./(?!index-)""", joined)
    assert all(f'"{name}":()=>' in joined for name in names)
    assert 30 < len(names) < 70
    for name in re.findall(r'import\("\.\./\.\./\.\./assets/([^"]+)"\)', joined):
        assert name not in names and (BUILD / name).is_file(), name
    assert "url(" not in found.files[STYLE]


def test_a_module_with_its_imports_comes_before_who_imports_it():
    few, all_of_them = read_frontend(["html"]), read_frontend()
    assert set(few.moved) < set(all_of_them.moved)
    assert len(few.files[JOINED]) < len(all_of_them.files[JOINED])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index-1.js", "export{a as b};"),
        ("index-1.js", "import(`./core-1.js`);import(`./Index-1.js`);"),
        ("other-1.js", ""),
    ],
)
def test_of_another_build_nothing_is_taken(tmp_path, monkeypatch, name, text):
    monkeypatch.setattr(frontend, "BUILD", tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_frontend() == Frontend()
    assert read_frontend().change("<p>page</p>", "x") == "<p>page</p>"


def test_the_page_starts_with_the_joined_ones():
    found = read_frontend()
    page = BUILD.with_name("index.html").read_text("utf-8")
    changed = found.change(page, "scripts/x/gradio")
    added = re.findall(r"<(?:script|link)[^>]*scripts/x/gradio/([\w.-]+)[^>]*>", changed)
    assert added == [JOINED, found.first, STYLE]
    assert changed.index("importmap") < changed.index("modulepreload") < changed.index("<body")
    assert found.style in changed and f'./assets/{found.first}"></' not in changed


LOOK = "const made = {};"
RECORD = """const made = {}; const early = {}; globalThis.compare = () => Object.entries(early)
  .flatMap(([name, was]) => Object.entries(was).filter(([key, value]) => made[name][key] !== value)
    .map(([key]) => `${name} ${key}`))
  .concat(Object.entries(firstly).filter(([key, value]) => first[key] !== value).map(String));
const firstly = { ...first };"""
TAKEN = "(made[name] ??= makers[name]());"
KEPT = "{ if (!made[name]) { made[name] = makers[name](); early[name] = { ...made[name] }; }\
 return made[name]; };"


@pytest.mark.ui
def test_no_export_changes_after_its_module_has_run(new_tab: Any, url: str) -> None:
    tab = new_tab(own=True)

    def change(route: Any) -> None:
        text = route.fetch().text()
        assert LOOK in text and TAKEN in text
        route.fulfill(
            body=text.replace(LOOK, RECORD).replace(TAKEN, KEPT), content_type="text/javascript"
        )

    tab.route(f"**/gradio/{JOINED}", change)
    tab.goto(url)
    tab.wait_for_selector("#header summary")
    tab.click("dialog button[value=plain]")
    tab.get_by_role("tab", name="Models").click()
    tab.wait_for_selector("#retrain")
    assert tab.evaluate("compare()") == []


COMPARE = """({ searched, indexed, events, more }) => {
  const made = [searched, indexed].map((one) => eval(`(new (class { ${one} })())`));
  const told = (one, list) => [1, 2, 3, 4].map((id) =>
    one.find_attached_events({ id, props: { shared_props: {} } }, list).props.shared_props);
  return made.map((one) => [told(one, events), told(one, more), told(one, events)]);
}"""


@pytest.mark.ui
def test_events_are_found_in_the_index_as_gradio_finds_them(new_tab: Any) -> None:
    targets = [
        [[1, "click"], [2, "input"]], [[2, "change"], [2, "later"]], [[3, ""]], [[1, None]], [],
        [[3, "click"], [1, "click"]],
    ]  # fmt: skip
    asked = {
        "searched": frontend._SEARCHED,
        "indexed": frontend._INDEXED,
        "events": [{"targets": one} for one in targets],
        "more": [{"targets": [[4, "load"]]}],
    }
    searched, indexed = new_tab(own=True).evaluate(COMPARE, asked)
    assert indexed == searched
    names = [one["attached_events"] for one in indexed[0]]
    assert names == [["click", "click"], ["input", "change"], ["click"], []]
    joined = read_frontend().files[JOINED]
    assert frontend._INDEXED in joined and frontend._SEARCHED not in joined


STREAM = """async (written) => {
  const said = [], warn = console.warn;
  console.warn = (words) => said.push(words);
  const St = async (url, init) => {
    await new Promise((done) => setTimeout(done, 50));
    if (init.signal?.aborted) throw init.signal.reason;
    return (async function* () { yield url; })();
  };
  const open = eval(`(function ${written})`);
  const whole = open("a", { signal: new AbortController().signal }), left = open("b");
  for (const one of [whole, left]) {
    one.onmessage = (told) => said.push(told);
    one.onerror = () => said.push("failed");
  }
  left.close();
  await new Promise((done) => setTimeout(done, 200));
  console.warn = warn;
  return said;
}"""


@pytest.mark.ui
def test_what_is_sent_bit_by_bit_can_be_left_off(new_tab: Any) -> None:
    found = read_frontend()
    text = found.files[found.first]
    start = text.index(frontend._ENDED)
    whole = text[start : text.index(",n}", start) + 3]
    assert new_tab(own=True).evaluate(STREAM, whole) == ["a"]
    assert frontend._OPEN not in text
