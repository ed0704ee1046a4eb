"""Comments: what is written stays in the browser until the server has it, and is text alone."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import BUSY, LOST, Small

pytestmark = BROWSER_MARKS

SAID = {"number": 1, "time": "2026-03-04T12:00:00Z", "who": "bob", "reviewer": False, "own": False,
        "text": "<img src=x onerror=alert(1)>"}  # fmt: skip
THREAD = {"number": 1, "meme": "m", "filename": "m.png", "comments": [SAID], "resolved": False,
          "resolved_by": "", "resolvable": False}  # fmt: skip
OPEN = """const talk = comments.makeTalk('t'); document.body.append(talk.node);
await talk.show('p', given);
const area = document.querySelector('#t-new'), send = area.nextElementSibling;
const sent = async () => {
  send.click();
  while (talk.node.ariaBusy === "true") await new Promise((done) => setTimeout(done));
};"""


def answer(small: Small, failure: object = None, threads: tuple = (), waits: bool = False) -> None:
    talk = {"threads": list(threads), "waits": waits}
    small.answers["comments"] = lambda sent: failure if failure and "text" in sent else talk


def write(small: Small, text: str, meme: str = "m") -> str:
    body = f"{OPEN} area.value = {text!r}; area.dispatchEvent(new Event('input'));"
    small.page.clock.resume()
    return small.run("comments", f"{body} await sent(); return area.value;", meme)


def sent(small: Small) -> list:
    return [payload for payload in small.sent("comments") if "text" in payload]


@pytest.mark.parametrize("failure", [LOST, BUSY])
def test_what_is_not_sent_survives_a_reload_and_counts_once(small, failure):
    answer(small, failure)
    assert write(small, "why") == "why"
    small.reload()
    answer(small)
    again = small.run("comments", f"{OPEN} const v = area.value; await sent(); return v;", "m")
    assert again == "why"
    first, second = sent(small)
    assert first == second == {"project": "p", "save": first["save"], "text": "why", "thread": 0}
    assert small.run("comments", f"{OPEN} return area.value;", "m") == ""


def test_other_words_are_another_comment(small):
    answer(small, LOST)
    write(small, "why")
    small.reload()
    write(small, "how")
    first, second = sent(small)
    assert first["save"] != second["save"]


def test_each_meme_has_its_own_words(small):
    answer(small, LOST)
    write(small, "why")
    small.reload()
    assert small.run("comments", f"{OPEN} return area.value;", "n") == ""


def test_what_people_write_is_never_markup(small):
    answer(small, threads=(THREAD,))
    shown = small.run("comments", f"{OPEN} return talk.node.textContent;", "m")
    assert SAID["text"] in shown
    assert small.page.locator(".mc-talk img").count() == 0


def test_the_page_says_that_others_wait_whether_or_not_there_are_any(small):
    answer(small, waits=True)
    shown = small.run("comments", f"{OPEN} return talk.node.textContent;", "m")
    assert "once you have decided it" in shown


def test_what_is_written_while_a_comment_is_sent_is_the_next_one(small):
    answer(small)
    small.page.clock.resume()
    busy, left = small.run(
        "comments",
        f"""{OPEN}
        const type = (text) => {{ area.value = text; area.dispatchEvent(new Event('input')); }};
        type('why');
        const first = sent();
        type('how');
        send.click();
        const busy = document.querySelector('#t-status').textContent;
        await first;
        return [busy, document.querySelector('#t-new').value];""",
        "m",
    )
    assert busy.endswith("still on its way to the server. Try again when it is there.")
    assert (left, [one["text"] for one in sent(small)]) == ("how", ["why"])
    small.reload()
    assert small.run("comments", f"{OPEN} const v = area.value; await sent(); return v;", "m") == (
        "how"
    )
    first, second = sent(small)
    assert (second["text"], first["save"] != second["save"]) == ("how", True)
    assert small.run("comments", f"{OPEN} return area.value;", "m") == ""
