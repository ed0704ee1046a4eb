"""The catalogues of the page's texts are whole, and scripts/texts.py finds what it should."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
from types import ModuleType
from typing import Any

import pytest
from babel.messages import Catalog

from memeclip_core.config import ROOT
from memeclip_core.ui.admission import UNFIT


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("texts_tool", ROOT / "scripts" / "texts.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found  # dataclasses look their module up
    spec.loader.exec_module(found)
    return found


TOOL: Any = load_tool()


@pytest.mark.parametrize("language", TOOL.languages())
def test_a_catalogue_has_every_text_translated_and_compiled(language: str) -> None:
    assert TOOL.find_faults(language) == []


def test_the_texts_of_python_are_found_wherever_they_stand() -> None:
    source = """
A = mark("one"
         " sentence")
B = f"<p>{_('inside')}</p>{ngettext('{n} x', '{n} xs', n)}"
C = _(A) + other("none") + x._("none")
"""
    assert sorted(TOOL.read_python(source, "a.py"), key=str) == [
        ("{n} x", "{n} xs"), "inside", "one sentence",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ['_(f"{n} x")', '_("a" + b)', "mark(a)", 'ngettext("a", b, n)', "ngettext(a, b, n)"]
)
def test_a_text_that_no_catalogue_can_hold_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(TOOL.NotLiteralError, match=r"a\.py:2: "):
        list(TOOL.read_python(f"\n{line}", "a.py"))


def test_the_texts_of_scripts_are_found_within_templates_too() -> None:
    source = r"""
const a = t("one \"q\" " +
  "sentence", { a });
const b = `<p>${on ? `<b>${t("inside")}</b>` : ""}</p>${plural("{n} x", "{n} xs", n)}`;
part("none"); x.t("none"); at("none");
"""
    assert list(TOOL.read_script(source, "a.js")) == [
        'one "q" sentence', "inside", ("{n} x", "{n} xs"),
    ]  # fmt: skip
    for line in ("t(`a`)", "t(a)", "t('a')", 'plural("a", b, n)', 't("a" + b)'):
        with pytest.raises(TOOL.NotLiteralError, match=r"a\.js:2: "):
            list(TOOL.read_script(f"\n{line}", "a.js"))


_NAMED = r"""(?:\b(?:text|title|placeholder|alt)|"aria-(?:label|roledescription)"): *"""
_CALLED = r"\b(?:button|labelled|quiet|scroll|tell|wait|over|submit|announce|sign)\("
_SET = r"""\b(?:textContent|ariaLabel|title) = |setAttribute\("aria-label", """
_GUARD = r"""(?:[^,{}()"`\n]*(?:\?|\|\|) *)?"""
_LITERAL = r"""(?:"(?=[^"]*[A-Za-z]{2})|`(?=(?:[^`$]|\$\{[^}]*\})*?[A-Za-z]{2}))"""
UNSAID = re.compile(f"(?:{_NAMED}|{_CALLED}|{_SET}){_GUARD}{_LITERAL}")
"""Words that a script puts on the page as they stand."""


def find_unsaid(source: str) -> list[str]:
    """Return the lines with words that neither t() nor plural() says."""
    lines = (line.strip() for line in source.splitlines())
    return [one for one in lines if not one.startswith(("//", "*", "/**")) and UNSAID.search(one)]


def test_scripts_put_no_words_on_the_page_that_no_catalogue_has() -> None:
    scripts = list((ROOT / "assets" / "ui").rglob("*.js"))
    unsaid = {path.name: find_unsaid(path.read_text(encoding="utf-8")) for path in scripts}
    assert {name: lines for name, lines in unsaid.items() if lines} == {}
    assert len(scripts) > 50


@pytest.mark.parametrize(
    "line",
    [
        'el("p", { text: "Saved." })',
        'el("p", { "aria-label": on ? "On" : t("Off") })',
        "el('p', { title: `Read ${name}` })",
        'button("Close", close)',
        'el("p", { text: card.text || "There is none." })',
        "node.textContent = `${n} left`;",
    ],
)
def test_words_that_no_catalogue_has_are_found(line: str) -> None:
    assert find_unsaid(f'// text: "a comment"\n{line}\n') == [line]


_TAG = re.compile(r"<[^>]*>|&\w+;")
_WORDS = re.compile(r"[A-Za-z]{2,}[ ,:]+[a-z(“]|^[A-Z][a-z]{2,}\b")
_SCRIPT = re.compile(r"^\s*(async \(|memeclip\.|element\.)|mc-\w+ mc-")
PROGRAMS = {"predict_endpoint.py", "frontend.py", "theme.py"}
"""What is told to programs, and what is made of Gradio's own files."""
UNSEEN = {
    # Fields that nobody sees, and keys of what a dataset counted.
    "Current picture", "Content id", "Draft", "Settled", "Session", "Opened", "Sent", "with image",
    "dropped as duplicates of val", "replay train", "replay val", "corrected memes",
    # Names of pages as the code knows them, and names that are the same in every language.
    "Projects", "Label", "Analyse", "Parquet", "Label Studio (JSON)", "data:image/?;base64,?",
    # What raw calls of private events are told.
    UNFIT,
}  # fmt: skip


def find_unsaid_python(source: str) -> list[str]:
    """Return texts of a module of the page, but docstrings and errors, that no catalogue has."""
    found: list[str] = []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.Raise):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
        elif isinstance(node, ast.JoinedStr):
            values = (one.value if isinstance(one, ast.Constant) else "?" for one in node.values)
            found.append("".join(map(str, values)))
            for one in node.values:
                if isinstance(one, ast.FormattedValue):
                    walk(one.value)
        else:
            said = 0
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                said = TOOL.TAKEN.get(node.func.id, 0)
            for one in ast.iter_child_nodes(node):
                if not (said and one in node.args[:said]):  # type: ignore[attr-defined]
                    walk(one)

    walk(ast.parse(source))
    return [
        text
        for text in found
        if _WORDS.search(_TAG.sub("", text).strip())
        and not _SCRIPT.search(text)
        and text not in UNSEEN
    ]


def test_python_puts_no_words_on_the_page_that_no_catalogue_has() -> None:
    modules = [
        path for path in (ROOT / "memeclip_core" / "ui").rglob("*.py") if path.name not in PROGRAMS
    ]
    unsaid = {path.name: find_unsaid_python(path.read_text(encoding="utf-8")) for path in modules}
    assert {name: texts for name, texts in unsaid.items() if texts} == {}
    assert len(modules) > 50


@pytest.mark.parametrize(
    "line",
    [
        'A = "Saved as a file"',
        'gr.Button("Save")',
        "f\"<p>{_('said')} and more {n}</p>\"",
        "f\"<p>{x('Not said')}</p>\"",
        '_("said", "Not said")',
    ],
)
def test_words_of_python_that_no_catalogue_has_are_found(line: str) -> None:
    said = '"""A docstring."""\nraise E("An error.")\n_("Said.")\nngettext("A b", "B cs", n)\n'
    assert len(find_unsaid_python(said + line)) == 1
    assert find_unsaid_python(said) == []


def make(**said: Any) -> Catalog:
    python = TOOL.Found()
    known = Catalog("de")
    for text, words in (
        ("Saved as {name}.", said.get("plain", "Als {name} gespeichert.")),
        (("{n} <b>x</b>", "{n} <b>xs</b>"), said.get("many", ("{n} <b>x</b>", "{n} <b>xe</b>"))),
    ):
        python.add(text, "a.py")
        if words is not None:
            known.add(text, words, flags=said.get("flags", ()))
    return TOOL.make_catalogue("de", python, known=known)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, None),
        ({"plain": None}, "does not translate “Saved as"),
        ({"many": ("{n} <b>x</b>", "")}, "does not translate"),
        ({"plain": "Als {nme} gespeichert."}, "has other values or other HTML"),
        ({"plain": "Gespeichert."}, "has other values or other HTML"),
        ({"plain": "Als {name gespeichert."}, "has other values or other HTML"),
        ({"many": ("{n} <b>x</b>", "{n} <i>x</i>")}, "has other values or other HTML"),
        ({"flags": ("fuzzy",)}, "fuzzy"),
    ],
)
def test_a_slip_of_a_translation_is_named(said: dict[str, Any], fault: str | None) -> None:
    found = "\n".join(TOOL.find_slips("de", make(**said)))
    assert found == "" if fault is None else fault in found


def test_a_compiled_plural_has_a_form_for_each_kind_of_number() -> None:
    assert json.loads(TOOL.compile_scripts(make())) == {
        "Saved as {name}.": "Als {name} gespeichert.",
        "{n} <b>x</b>": {"one": "{n} <b>x</b>", "other": "{n} <b>xe</b>"},
    }
    catalogue = make()
    assert TOOL.compose(catalogue) == TOOL.compose(make())
    assert TOOL.compile_python(catalogue) == TOOL.compile_python(make())
