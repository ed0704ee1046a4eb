"""Joined modules do in a browser what they do apart; tests/ui has the page's own run."""

from __future__ import annotations

import json

import pytest

from memeclip_core.api.bundle import Bundle, bundle_modules
from memeclip_core.errors import InputError
from tests.factories.modules import FILES


def test_each_module_is_in_one_script():
    first, later = bundle_modules(FILES, "studio.js")
    assert [first.name, later.name] == ["studio.js", "more/page.js"]
    assert sorted(name for one in (first, later) for name, _ in one.places) == sorted(FILES)
    assert [name for name, _ in later.places] == ["more/three.js", "more/page.js"]


@pytest.mark.parametrize(
    "line",
    [
        "export let a = 1;", "export default 1;", 'export * from "./b.js";',
        'import b from "./b.js";', 'import { b } from "b";', "import { b } from './b.js';",
        "export const [a] = [1];", "import {",
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_named(line):
    with pytest.raises(InputError, match=r"studio\.js, line 2: "):
        bundle_modules({"studio.js": f"\n{line}", "b.js": ""}, "studio.js")


def test_a_missing_module_is_named():
    with pytest.raises(InputError, match=r"a\.js imports c/b\.js, which is not there"):
        bundle_modules({"a.js": 'import "./c/b.js";'}, "a.js")


def decode(bundle: Bundle) -> list[tuple[str, int] | None]:
    """Return for each line of a script the module and the line that its map names."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    found = json.loads(bundle.source_map(FILES))
    source = line = 0
    lines: list[tuple[str, int] | None] = []
    for entry in found["mappings"].split(";"):
        values, shift, value = [], 0, 0
        for digit in map(digits.index, entry):
            value |= (digit & 31) << shift
            shift += 5
            if not digit & 32:
                values.append(-(value >> 1) if value & 1 else value >> 1)
                shift = value = 0
        if values:
            source, line = source + values[1], line + values[2]
        lines.append((found["sources"][source], line) if values else None)
    return lines


def test_a_map_names_the_line_of_the_module():
    for bundle in bundle_modules(FILES, "studio.js"):
        lines = bundle.text.splitlines()
        named = decode(bundle)
        for name, _ in bundle.places:
            for number, line in enumerate(FILES[name].splitlines()):
                if not line.startswith(("import", "export {", "export *")):
                    place = named.index((f"memeclip:///{name}", number))
                    assert lines[place] == line.removeprefix("export "), (name, number)
