"""Several ES modules as one script, so that a page needs one request for them and not forty.

Each module becomes a function of its own in the script, with its imports as constants and its
exports in ``modules``, by its path. A module whose page is opened later heads a script of its own,
which takes what both need from the first, so that no module runs twice.

Modules are written so that this can be done line by line: each import and each export stands in a
line of its own, names a path below the same folder, and what is exported is a function, a constant
or a class. ``InputError`` says where one is written otherwise.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from memeclip_core.errors import InputError

_FROM: Final = re.compile(
    r'(?:import |(import|export) (?:(\{[^{}]*\})|\* as (\w+)) from )"(\.{1,2}/[\w./-]+\.js)";'
)
_LIST: Final = re.compile(r"export (\{[^{}]*\});")
_MADE: Final = re.compile(r"export ((?:(?:async )?function\*?|const|class) (\w+).*)")
_LATER: Final = re.compile(r'\bawait import\("(\.{1,2}/[\w./-]+\.js)"\)')
_ODD: Final = re.compile(r"(?:import|export)\b(?!\()")
_START: Final = """\
export const modules = {};
const late = [];
const ask = (name) => (_, key) => (...given) => modules[name][key](...given);
const ahead = (name) => new Proxy({}, { get: ask(name) });
"""
"""Of modules that import each other, one runs first: what it imports are functions that ask for
what is meant when they are called, and that itself once all have run."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """One script.

    Attributes:
        name: the module that heads it; the script has its path, and exports what it exports.
        text: what a browser runs.
        places: the paths of the modules whose lines the script has, one after the other, with how
            many lines stand before each.
    """

    name: str
    text: str
    places: tuple[tuple[str, int], ...]

    def source_map(self, files: Mapping[str, str]) -> str:
        """Return what tells a browser's console which line of which module a line is."""
        lines: list[str] = []
        source = line = 0
        for number, (name, start) in enumerate(self.places):
            lines += [""] * (start - len(lines))
            for own in range(len(files[name].splitlines())):
                lines.append(f"A{_digits(number - source)}{_digits(own - line)}A")
                source, line = number, own
        names = [name for name, _ in self.places]
        return json.dumps({
            "version": 3, "sources": [f"memeclip:///{name}" for name in names], "names": [],
            "sourcesContent": [files[name] for name in names], "mappings": ";".join(lines),
        })  # fmt: skip


def bundle_modules(files: Mapping[str, str], first: str) -> list[Bundle]:
    """Return the script of a module with all that it imports, and those that it fetches later.

    Raises:
        InputError: if a module is written otherwise than described above, or is not there.
    """
    bundles: list[Bundle] = []
    holders: dict[str, str] = {}
    heads = [first]
    for head in heads:
        order, sooner = _order(files, head, holders)
        parts = [_START if head == first else ""]
        needed = {holders[name] for name in sooner}
        parts += [f'import "{_relative(head, name)}";\n' for name in sorted(needed - {first})]
        if head != first:
            parts.append(f'import {{ ahead, late, modules }} from "{_relative(head, first)}";\n')
        parts += [f"modules[{json.dumps(name)}] = {{}};\n" for name in order]
        places = []
        ran = set(holders)
        exported: list[str] = []
        for name in order:
            places.append((name, "".join(parts).count("\n") + 1))
            text, exported = _wrap(name, files[name], ran, head)
            parts.append(text)
            ran.add(name)
            heads += [found for found in _later(name, files[name]) if found not in heads]
        parts.append("while (late.length) late.shift()();\n")
        if head == first:
            parts.append("export { ahead, late };\n")
        parts.append(
            f"export const {{ {', '.join(exported)} }} = modules[{json.dumps(head)}];\n"
            f"//# sourceMappingURL={posixpath.basename(head)}.map\n"
        )
        holders |= dict.fromkeys(order, head)
        bundles.append(Bundle(name=head, text="".join(parts), places=tuple(places)))
    return bundles


def _order(
    files: Mapping[str, str], head: str, known: Mapping[str, str]
) -> tuple[list[str], set[str]]:
    """Return modules in the order in which they run, and those of other scripts that they need."""
    order: list[str] = []
    sooner: set[str] = set()
    seen: set[str] = set()

    def visit(name: str, by: str) -> None:
        if name in known:
            sooner.add(name)
        elif name not in seen:
            if name not in files:
                raise InputError(f"{by} imports {name}, which is not there.")
            seen.add(name)
            for line in files[name].splitlines():
                if found := _FROM.fullmatch(line):
                    visit(_path(name, found[4]), name)
            order.append(name)

    visit(head, "the page")
    return order, sooner


def _wrap(name: str, text: str, ran: set[str], head: str) -> tuple[str, list[str]]:
    """Return a module as a call of a function, and what it exports; each line stays one."""
    given: dict[str, str] = {}
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if found := _FROM.fullmatch(line):
            path = _path(name, found[4])
            lines.append(_take(found, path, ran, given))
        elif found := _LIST.fullmatch(line):
            given |= {new: own for own, new in _names(found[1])}
            lines.append("")
        elif found := _MADE.match(line):
            given[found[2]] = found[2]
            lines.append(found[1])
        elif _ODD.match(line):
            raise InputError(f"{name}, line {number}: scripts cannot be joined with this: {line}")
        else:
            lines.append(_LATER.sub(lambda one: _fetch(name, one[1], head), line))
    exports = ", ".join(new if new == own else f"{new}: {own}" for new, own in given.items())
    body = "\n".join(lines)
    return (
        f"((own) => {{\n{body}\nObject.assign(own, {{ {exports} }});\n"
        f"}})(modules[{json.dumps(name)}]);\n"
    ), list(given)


def _take(found: re.Match[str], path: str, ran: set[str], given: dict[str, str]) -> str:
    """Return the line that takes from another module what a line imports or hands on."""
    kind, names, whole, _ = found.groups()
    module = f"modules[{json.dumps(path)}]"
    ready = module if path in ran else f"ahead({json.dumps(path)})"
    if kind == "export":
        given |= {new: f"{ready}.{own}" for own, new in _names(names or "{}")}
        given |= {whole: module} if whole else {}
    if kind != "import":
        return ""
    if whole:
        return f"const {whole} = {module};"
    inner = ", ".join(own if own == new else f"{own}: {new}" for own, new in _names(names))
    if path in ran:
        return f"const {{ {inner} }} = {ready};"
    return f"let {{ {inner} }} = {ready}; late.push(() => {{ ({{ {inner} }} = {module}); }});"


def _names(listed: str) -> Iterator[tuple[str, str]]:
    """Yield the names in braces as they are there and as they are here."""
    for one in filter(None, map(str.strip, listed[1:-1].split(","))):
        own, _, new = one.partition(" as ")
        yield own, new or own


def _later(name: str, text: str) -> list[str]:
    return [_path(name, found) for found in _LATER.findall(text)]


def _fetch(name: str, address: str, head: str) -> str:
    return f'await import("{_relative(head, _path(name, address))}")'


def _path(name: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def _relative(name: str, path: str) -> str:
    found = posixpath.relpath(path, posixpath.dirname(name) or ".")
    return found if found.startswith(".") else f"./{found}"


_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _digits(value: int) -> str:
    """Return a number as source maps write it: five bits a digit, the least first, then a sign."""
    left, found = (abs(value) << 1) | (value < 0), ""
    while True:
        left, digit = left >> 5, left & 31
        found += _DIGITS[digit | (32 if left else 0)]
        if not left:
            return found
