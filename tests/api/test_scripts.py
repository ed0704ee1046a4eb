"""Scripts whose addresses change with what is in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from memeclip_core.api.scripts import Scripts

FILES = {
    "studio.js": 'export * as label from "./label/page.js";\n'
    'export const explore = async () => (await import("./explore/page.js")).b;',
    "label/page.js": "export const a = 1;",
    "explore/page.js": 'import { a } from "../label/page.js";\nexport const b = a + 1;',
}


def ask(scripts: Scripts, path: str) -> tuple[int, str, dict[str, str]]:
    answer = TestClient(Starlette(routes=[scripts.route()])).get(path)
    return answer.status_code, answer.text, dict(answer.headers)


def test_a_script_has_several_modules_and_browsers_may_keep_it():
    scripts = Scripts(FILES)
    status, text, headers = ask(scripts, f"/{scripts.address('studio.js')}")
    assert status == 200
    assert "const a = 1;" in text and "a + 1" not in text
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"


def test_scripts_lie_in_one_folder_so_that_they_find_each_other():
    scripts = Scripts(FILES)
    folder = scripts.address("studio.js").removesuffix("studio.js")
    assert scripts.address("explore/page.js") == f"{folder}explore/page.js"


@pytest.mark.parametrize("name", ["label/page.js", "explore/page.js"])
def test_every_address_changes_when_any_script_does(name):
    before, after = Scripts(FILES), Scripts({**FILES, name: FILES[name].replace("1", "2")})
    assert before.address("studio.js") != after.address("studio.js")
    assert before.address("") == Scripts(dict(reversed(FILES.items()))).address("")
    assert ask(after, f"/{before.address('studio.js')}")[0] == 404


def test_nothing_else_is_answered():
    scripts = Scripts(FILES)
    for name in ("", "other.js", "../studio.js", "label/", "label/page.js"):
        assert ask(scripts, f"/{scripts.address(name)}")[0] == 404, name


def test_the_head_fetches_the_first_script_and_waits_for_the_page():
    scripts = Scripts(FILES)
    head = scripts.head()
    assert f'import(new URL("{scripts.address("studio.js")}", document.baseURI))' in head
    assert f'<link rel="modulepreload" href="{scripts.address("studio.js")}">' in head


def test_what_a_page_fetches_when_it_is_opened_is_not_loaded_before():
    scripts = Scripts(FILES)
    assert "explore" not in scripts.head()
    status, text, _ = ask(scripts, f"/{scripts.address('explore/page.js')}")
    assert status == 200
    assert "a + 1" in text and "const a = 1" not in text


def test_a_console_is_told_the_lines_of_modules():
    scripts = Scripts(FILES)
    _, text, _ = ask(scripts, f"/{scripts.address('studio.js')}")
    assert text.endswith("//# sourceMappingURL=studio.js.map\n")
    status, found, _ = ask(scripts, f"/{scripts.address('studio.js.map')}")
    assert (status, json.loads(found)["sourcesContent"]) == (
        200, [FILES["label/page.js"], FILES["studio.js"]],
    )  # fmt: skip


@dataclass(frozen=True)
class Theirs:
    files: Mapping[str, str]

    def change(self, page: str, folder: str) -> str:
        return page.replace("assets", folder)


PAGE = b'<meta><script type="module" src="./assets/index.js"></script>'


def test_modules_of_gradio_are_served_beside_and_its_page_says_so():
    scripts = Scripts(FILES, Theirs({"index.js": "first();", "all.css": "a {}"}))
    folder = scripts.address("gradio")
    assert scripts.put_into(PAGE).decode() == (
        f'<meta>{scripts.head()}<script type="module" src="./{folder}/index.js"></script>'
    )
    status, text, headers = ask(scripts, f"/{folder}/all.css")
    assert (status, text, headers["content-type"]) == (200, "a {}", "text/css; charset=utf-8")
    assert ask(scripts, f"/{folder}/index.js")[1] == "first();"
    assert scripts.address("") != Scripts(FILES, Theirs({"index.js": "second();"})).address("")


def test_without_them_gradios_page_has_only_the_own_script_more():
    scripts = Scripts(FILES)
    assert scripts.put_into(PAGE) == PAGE.replace(b"<script", scripts.head().encode() + b"<script")
