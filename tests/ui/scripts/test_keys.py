"""Which act a key means: on every keyboard, never while somebody types, changed, switched off."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import Small

pytestmark = BROWSER_MARKS


@pytest.fixture
def press(small: Small) -> Any:
    """Return a way to press a key; it returns the acts that were done, and whether the browser is
    left to do its own.
    """
    small.run(
        "label/keys",
        """window.done = [];
        keys.listen({
          visible: () => !document.body.hidden,
          escape: () => false,
          act: (id, { place }) => {
            window.done.push(place === undefined ? id : [id, place]);
            return window.answer;
          },
        });""",
    )

    def one(key: str, code: str = "", where: str = "body", **more: bool) -> tuple[list[Any], bool]:
        script = """([where, init]) => {
          window.done.length = 0;
          const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
          document.querySelector(where).dispatchEvent(event);
          return [window.done, event.defaultPrevented];
        }"""
        done, taken = small.page.evaluate(script, [where, {"key": key, "code": code, **more}])
        return done, not taken

    return one


@pytest.mark.parametrize(
    ("key", "code", "shift", "act"),
    [
        ("1", "Digit1", False, ["pick1", 0]),
        ("&", "Digit1", False, ["pick1", 0]),  # on a French keyboard, digits want Shift
        ("1", "Numpad1", False, ["pick1", 0]),
        ("0", "Digit0", False, ["pick10", 9]),
        ("!", "Digit1", True, ["pick1", 10]),
        (")", "Digit0", True, ["pick10", 19]),
        ("1", "Digit1", True, ["pick1", 0]),
        ("s", "KeyS", False, "skip"),
        ("z", "KeyZ", False, "zoom"),
        ("Tab", "Tab", False, "next"),
        ("Tab", "Tab", True, "before"),
        ("?", "Slash", True, "map"),
        ("Enter", "NumpadEnter", False, "save"),
        ("Backspace", "Backspace", False, "back"),
    ],
)
def test_a_key_means_an_act(press, key, code, shift, act):
    assert press(key, code, shiftKey=shift) == ([act], False)


@pytest.mark.parametrize(
    "how",
    [
        {"ctrlKey": True},
        {"metaKey": True},
        {"altKey": True},
        {"repeat": True},
        {"isComposing": True},
    ],
)
def test_keys_of_the_browser_and_held_ones_mean_nothing(press, how):
    assert press("s", "KeyS", **how) == ([], True)
    assert press("S", "KeyS", shiftKey=True) == ([], True)


FIELDS = """<textarea id=a></textarea><input type=text id=b><select id=c></select>
<p contenteditable id=d>x</p><input type=radio id=e><input type=checkbox id=f>
<button id=g>x</button>
<a href=# id=h>x</a>"""


def test_they_never_act_while_somebody_types(small, press):
    small.page.evaluate("(fields) => { document.body.innerHTML = fields; }", FIELDS)
    for field in "abcd":
        assert press("s", "KeyS", f"#{field}") == ([], True), field
    for field in "efgh":
        assert press("s", "KeyS", f"#{field}") == (["skip"], False), field
    assert press("Enter", "Enter", "#e") == (["save"], False)
    for field in "gh":  # the button's own
        assert press("Enter", "Enter", f"#{field}") == ([], True), field


def test_not_behind_a_dialog_nor_where_the_page_is_not_in_sight(small, press):
    small.page.evaluate("document.body.hidden = true")
    assert press("s", "KeyS") == ([], True)
    small.page.evaluate("document.body.hidden = false")
    small.page.evaluate(
        "document.body.append(Object.assign(document.createElement('dialog'), { open: true }))"
    )
    assert press("s", "KeyS") == ([], True)


def test_an_act_that_does_nothing_leaves_the_key_to_the_browser(small, press):
    small.page.evaluate("window.answer = false")
    assert press("Tab", "Tab") == (["next"], True)


CHANGE = "return keys.change('skip', new KeyboardEvent('keydown', given));"


def test_a_key_can_be_changed_and_changed_back(small, press):
    assert small.run("label/keys", CHANGE, {"key": "x", "code": "KeyX"}) == ""
    small.reload()  # the browser remembers it
    shown = "return [keys.of('skip'), keys.raw('skip')];"
    assert small.run("label/keys", shown) == ["x", "x"]
    small.run("label/keys", "keys.reset();")
    assert small.run("label/keys", shown) == ["s", "s"]


def test_a_changed_key_acts_and_its_old_one_no_more(small, press):
    small.run("label/keys", CHANGE, {"key": "x", "code": "KeyX"})
    assert press("x", "KeyX") == (["skip"], False)
    assert press("s", "KeyS") == ([], True)


@pytest.mark.parametrize(
    ("init", "why"),
    [
        ({"key": "Shift"}, "cannot stand alone"),
        ({"key": "Escape"}, "cannot stand alone"),
        ({"key": "x", "ctrlKey": True}, "belong to the browser"),
        ({"key": "u", "code": "KeyU"}, "'u' is taken by: Undo my last save"),
    ],
)
def test_a_key_that_cannot_be_had_is_named(small, init, why):
    assert why in small.run("label/keys", CHANGE, init)
    assert small.run("label/keys", "return keys.raw('skip');") == "s"


def test_all_can_be_switched_off(small, press):
    assert small.run("label/keys", "keys.turn(false); return keys.of('skip');") == ""
    assert press("s", "KeyS") == ([], True)
    assert small.run("label/keys", "keys.turn(true); return keys.of('save');") == "⏎"
    assert press("s", "KeyS") == (["skip"], False)
