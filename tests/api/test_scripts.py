"""Scripts whose addresses change with what is in them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.testclient import TestClient

from memeclip_core.api.scripts import Scripts

FILES = {"studio.js": 'export * from "./label/page.js";', "label/page.js": "export const a = 1;"}


def ask(scripts: Scripts, path: str) -> tuple[int, str, dict[str, str]]:
    answer = TestClient(Starlette(routes=[scripts.route()])).get(path)
    return answer.status_code, answer.text, dict(answer.headers)


def test_a_module_is_answered_as_a_script_that_browsers_may_keep():
    scripts = Scripts(FILES)
    status, text, headers = ask(scripts, f"/{scripts.address('label/page.js')}")
    assert (status, text) == (200, FILES["label/page.js"])
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"


def test_modules_lie_in_one_folder_so_that_they_find_each_other():
    scripts = Scripts(FILES)
    folder = scripts.address("studio.js").removesuffix("studio.js")
    assert scripts.address("label/page.js") == f"{folder}label/page.js"


def test_every_address_changes_when_any_script_does():
    before, after = Scripts(FILES), Scripts({**FILES, "label/page.js": "export const a = 2;"})
    moved = Scripts({"studio.js": FILES["studio.js"], "label/site.js": FILES["label/page.js"]})
    assert len({one.address("studio.js") for one in (before, after, moved)}) == 3
    assert before.address("studio.js") == Scripts(dict(reversed(FILES.items()))).address(
        "studio.js"
    )
    assert ask(after, f"/{before.address('studio.js')}")[0] == 404


def test_nothing_else_is_answered():
    scripts = Scripts(FILES)
    for name in ("", "other.js", "../studio.js", "label/"):
        assert ask(scripts, f"/{scripts.address(name)}")[0] == 404, name


def test_the_head_loads_every_module_and_waits_for_the_first():
    scripts = Scripts(FILES)
    head = scripts.head()
    assert f'import(new URL("{scripts.address("studio.js")}", document.baseURI))' in head
    for name in FILES:
        assert f'<link rel="modulepreload" href="{scripts.address(name)}">' in head


def test_what_a_page_fetches_when_it_is_opened_is_not_loaded_before():
    scripts = Scripts({**FILES, "explore/page.js": "export const b = 1;"})
    assert "explore" not in scripts.head()
    assert ask(scripts, f"/{scripts.address('explore/page.js')}")[0] == 200
