"""Gradio's own modules and styles that the page needs at its start, as one script and one style.

Gradio's build has some fifty small modules and thirty styles for a page like this one, and a
browser asks for each. A joined module is a function that runs when somebody first imports it.
What is fetched later, such as plotly, still finds the joined ones, by an import map.

All this reads what the build of one release looks like. Where a release looks otherwise, nothing is
joined and the page comes as Gradio sends it; tests hold that the release in use is understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import gradio as gr

from memeclip_core.app.assets import read_asset
from memeclip_core.errors import StoreError

BUILD: Final = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
TYPES: Final = frozenset({
    "accordion", "browserstate", "button", "checkbox", "checkboxgroup", "code", "column",
    "dropdown", "file", "form", "html", "json", "number", "plot", "radio", "row", "state",
    "tabitem", "tabs", "textbox", "timer", "uploadbutton",
})  # fmt: skip
"""The page's widgets, as Gradio names their kinds."""

JOINED: Final = "gradio.js"
STYLE: Final = "gradio.css"
_ASSETS: Final = "../../../assets/"
"""Where Gradio serves what is not joined, as seen from the joined script."""
_MAPPED: Final = r"(?:const __vite__mapDeps=[^\n]*\n)?"
_NAME: Final = r"[\w$]+"
_IMPORT: Final = re.compile(
    rf'import\s*(?:({_NAME})?,?(?:\{{([^{{}}]*)\}})?\s*from)?"\./([\w.-]+\.js)";'
)
_HEAD: Final = re.compile(rf'({_MAPPED})((?:import[^";]*"\./[\w.-]+\.js";)*)')
_EXPORT: Final = re.compile(r"export\{([^{}]*)\};\s*\Z")
_FETCH: Final = re.compile(r"\bimport\([`\"']\./([\w.-]+\.js)[`\"']\)")
_NEEDS: Final = re.compile(
    r"import\(`\./([\w.-]+\.js)`\)(?:\.then\([^()]*\))?,__vite__mapDeps\(\[([\d,]*)\]\)"
)
_LISTED: Final = re.compile(r"m\.f=(\[[^\]]*\])")
_KIND: Final = re.compile(rf"\b({_NAME}):\{{((?:{_NAME}:\(\)=>[^{{}}]*?import\.meta\.url\),?)+)\}}")
_READY: Final = re.compile(rf"function ({_NAME})\(\)\{{if\(({_NAME})===void 0\)\{{\2=window,")
"""What gives two exports of the first module their values, window and document, some time after it
has run: called at once, no export changes after its module has run."""
_SEARCHED: Final = (
    "find_attached_events(e,t){let n=t.filter(t=>t.targets.find(([t])=>t===e.id)).map(t=>{let n="
    "t.targets.find(([t])=>t===e.id);return n?n[1]:null}).filter(Boolean);"
    "return e.props.shared_props.attached_events=n,e}"
)
_INDEXED: Final = (
    "find_attached_events(e,t){if(this.$of!==t){this.$of=t;this.$at=new Map;for(const n of t){"
    "const r=new Set;for(const[o,a]of n.targets){if(r.has(o))continue;r.add(o);if(!a)continue;"
    "this.$at.has(o)||this.$at.set(o,[]);this.$at.get(o).push(a)}}}"
    "return e.props.shared_props.attached_events=[...(this.$at.get(e.id)??[])],e}"
)
"""How a component's events are found: the name in the first target of each event that is it."""
_OPEN: Final = "(e,t={}){let n={close:()=>{console.warn(`Method not implemented.`)},"
_ENDED: Final = (
    "(e,t={}){const $end=new AbortController;t={...t,signal:t.signal?AbortSignal.any([t.signal,"
    "$end.signal]):$end.signal};let n={close:()=>{n.onmessage=n.onerror=null;$end.abort()},"
)
"""How what a server sends bit by bit is left off, such as how far an upload is: Gradio cannot, says
so in the console, and reads on."""

# Each module that is fetched runs in a task of its own, so that a browser can paint in between.
_START: Final = """\
import * as first from "./%s";
const made = {};
export const take = (name) => (made[name] ??= makers[name]());
export const load = async (name) => {
  await new Promise((done) => setTimeout(done));
  return take(name);
};
const makers = {
"""


@dataclass(frozen=True, kw_only=True)
class Frontend:
    """What is served instead of what Gradio serves.

    Attributes:
        first: the name of the module that the page starts with; empty where nothing is joined.
        style: the name of the style that the page starts with, which stays.
        files: scripts and the style by their names, to be served in one folder two below the page.
        moved: names of the modules that are found there, instead of where Gradio serves them.
    """

    first: str = ""
    style: str = ""
    files: dict[str, str] = field(default_factory=dict)
    moved: tuple[str, ...] = ()

    def change(self, page: str, folder: str) -> str:
        """Return Gradio's page with these in it, which are in a folder as seen from the page."""
        if not self.first:
            return page
        imports = {f"./assets/{name}": f"./{folder}/{name}" for name in self.moved}
        head = (
            f'<script type="importmap">{json.dumps({"imports": imports})}</script>'
            f'<link rel="modulepreload" href="{folder}/{JOINED}">'
        )
        own, module = f'href="./assets/{self.style}">', '<script type="module"'
        page = page.replace(f'src="./assets/{self.first}"', f'src="./{folder}/{self.first}"', 1)
        # Where two rules are as strong as each other, the later counts: these come after the first.
        page = page.replace(own, f'{own}<link rel="stylesheet" href="{folder}/{STYLE}">', 1)
        return page.replace(module, head + module, 1)


def read_frontend(types: Iterable[str] = TYPES) -> Frontend:
    """Return the modules that a page with such widgets starts with, joined."""
    first = next((path.name for path in sorted(BUILD.glob("index-*.js"))), "")
    if not first:
        return Frontend()
    try:
        return _join(_Build(first), types)
    except (LookupError, StoreError, ValueError):
        return Frontend()


class _Build:
    """The modules of Gradio's build, and what each of them says of others."""

    def __init__(self, first: str) -> None:
        self.first = first
        self._texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        if name not in self._texts:
            self._texts[name] = read_asset(BUILD / name)
        return self._texts[name]

    def later(self, name: str, start: str = "") -> list[str]:
        """Return the modules that one fetches when it needs them, whose names begin so."""
        return [one for one in _FETCH.findall(self.text(name)) if one.startswith(start)]

    def parts(self, name: str) -> tuple[str, list[tuple[str, str, str]], str, str]:
        """Return a module's list of names, its imports, its body, and its exports."""
        text = self.text(name)
        head = _HEAD.match(text)
        exports = _EXPORT.search(text)
        assert head is not None  # it may be empty
        end = exports.start() if exports else len(text)
        return head[1], _IMPORT.findall(head[2]), text[head.end() : end], _listed(exports)

    def order(self, roots: Iterable[str]) -> list[str]:
        """Return modules and all that they import at once, each after those that it imports."""
        found: dict[str, bool] = {self.first: True}

        def visit(name: str) -> None:
            if name not in found:
                found[name] = False
                for *_, other in self.parts(name)[1]:
                    visit(other)
                found[name] = True
            elif not found[name]:
                raise LookupError(name)  # it would wait for itself

        for root in roots:
            visit(root)
        return [name for name in found if name != self.first]

    def styles(self, names: Iterable[str]) -> list[str]:
        """Return the styles that go with some modules, as they are fetched with others."""
        found: dict[str, None] = {}
        for name in [self.first, *names]:
            listed = _LISTED.search(self.parts(name)[0])
            files = json.loads(listed[1]) if listed else []
            for fetched, needs in _NEEDS.findall(self.text(name)):
                if fetched in names:
                    needed = (files[int(one)] for one in needs.split(",") if one)
                    found |= dict.fromkeys(one[2:] for one in needed if one.endswith(".css"))
        return list(found)


def _join(build: _Build, types: Iterable[str]) -> Frontend:
    """Return the modules, joined.

    Raises:
        LookupError, ValueError: if the build looks otherwise than it should.
    """
    [core] = build.later(build.first, "core-")
    [index] = build.later(build.first, "Index-")
    kinds = dict(_KIND.findall(build.text(core)))
    roots = [core, index, *build.later(index, "Blocks-")]
    roots += [name for kind in sorted(types) for name in _FETCH.findall(kinds[kind])]
    names = build.order(roots)
    own = next(one for one in sorted(BUILD.glob("index-*.css"))).name
    styles = {one: read_asset(BUILD / one) for one in build.styles(names) if one != own}
    styles = {one: text for one, text in styles.items() if "url(" not in text}

    def placed(name: str, text: str, load: str) -> str:
        """Return a text that fetches what is not joined from where it is."""

        def fetch(found: re.Match[str]) -> str:
            joined = found[1] in names
            return f'{load}("{found[1]}")' if joined else f'import("{_ASSETS}{found[1]}")'

        place = f'new URL("{_ASSETS}{name}",import.meta.url).href'
        return _FETCH.sub(fetch, text).replace("import.meta.url", place)

    def listed(found: re.Match[str]) -> str:
        """Return the names in a module's list; a link to the first style there is on the page."""
        gone = {build.first, own, *names, *styles}
        left = (f"./{own}" if one[2:] in gone else one for one in json.loads(found[1]))
        return f"m.f={json.dumps(list(left))}"

    parts = [_START % build.first]
    stubs = {}
    for name in names:
        deps, imports, body, exports = build.parts(name)
        taken = "".join(_take(one, build.first) for one in imports)
        given = ",".join(f"get {new}(){{return {old}}}" for old, new in _pairs(exports))
        text = placed(name, _LISTED.sub(listed, deps) + taken + _hasten(body), "load")
        parts.append(f"{json.dumps(name)}:()=>{{{text}\nreturn{{{given}}}}},\n")
        news = [new for _, new in _pairs(exports)]
        stubs[name] = (
            f'import{{take}}from"./{JOINED}";const m=take({json.dumps(name)});'
            + "".join(f"const x{place}=m.{new};" for place, new in enumerate(news))
            + f"export{{{','.join(f'x{place} as {new}' for place, new in enumerate(news))}}};\n"
        )
    parts.append("};\n")
    deps, imports, body, exports = build.parts(build.first)
    ready = _READY.search(body)
    if imports or ready is None:
        raise LookupError(build.first)
    later = f'import("./{JOINED}").then'
    body = body.replace(_OPEN, _ENDED)
    text = placed(build.first, _LISTED.sub(listed, deps) + body, "$load")
    start = f"const $load=(name)=>{later}(({{load}})=>load(name));"
    files = {
        build.first: f"{start}{text}{ready[1]}();export{{{exports}}};\n",
        JOINED: "".join(parts), STYLE: "\n".join(styles.values()), **stubs,
    }  # fmt: skip
    return Frontend(first=build.first, style=own, files=files, moved=(build.first, *names))


def _hasten(text: str) -> str:
    """Return a module in which what is done for each component looks events up in an index.

    Gradio goes through all events for every component, twice while the page begins: a third of its
    longest task. A build that does so otherwise stays as it is.
    """
    return text.replace(_SEARCHED, _INDEXED)


def _listed(exports: re.Match[str] | None) -> str:
    return exports[1] if exports else ""


def _pairs(listed: str) -> list[tuple[str, str]]:
    """Return the names in braces as they are there and as they are here."""
    found = (one.partition(" as ") for one in listed.split(",") if one)
    return [(old, new or old) for old, _, new in found]


def _take(imported: tuple[str, str, str], first: str) -> str:
    """Return what takes from another module what a line imports."""
    default, listed, name = imported
    module = "first" if name == first else f"take({json.dumps(name)})"
    pairs = [("default", default)] if default else []
    inner = ",".join(f"{old}:{new}" for old, new in pairs + _pairs(listed))
    return f"const{{{inner}}}={module};" if inner else "" if name == first else f"{module};"
