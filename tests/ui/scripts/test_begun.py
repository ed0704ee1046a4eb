"""What a reviewer began on a meme: kept by person and meme until it is decided."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import Small

pytestmark = BROWSER_MARKS

FORM = """<form>
  <fieldset data-task="hate">
    <input type="radio" name="hate" value="yes"><input type="radio" name="hate" value="no">
  </fieldset>
  <fieldset data-task="means" data-needs="hate" data-labels="yes">
    <input type="checkbox" value="irony"><input type="checkbox" data-none>
  </fieldset>
  <textarea></textarea>
</form>"""
NOTHING: list[Any] = [{}, ""]
BEGUN = [{"hate": ["yes"], "means": []}, "why"]
KEEP = """form.choose(shown, { hate: ['yes'], means: [] });
  shown.querySelector('textarea').value = 'why'; begun.keep('cases/1', shown);"""
RESTORE = "begun.restore('cases/1', shown);"


@pytest.fixture
def begin(small: Small) -> Any:
    """Return a way to run a script with an empty form; it returns what is in that afterwards."""

    def run(body: str, who: str = "rev") -> Any:
        return small.run(
            "review/begun review/form server",
            f"""server.opener.name = given.who; document.body.innerHTML = given.form;
            const shown = document.querySelector('form'); {body}
            return [form.read(shown), shown.querySelector('textarea').value];""",
            {"form": FORM, "who": who},
        )

    return run


def test_what_was_begun_is_there_after_a_reload(small, begin):
    assert begin(RESTORE) == NOTHING
    assert begin(KEEP) == BEGUN
    small.reload()
    assert begin(RESTORE) == BEGUN


def test_no_other_meme_and_nobody_else_gets_it(begin):
    begin(KEEP)
    assert begin("begun.restore('cases/2', shown);") == NOTHING
    assert begin(RESTORE, who="ann") == NOTHING


def test_what_was_filled_in_and_changed_does_not_come_back(begin):
    begin(KEEP)
    filled = "form.choose(shown, { hate: ['no'] });"
    assert begin(f"{filled} {RESTORE}") == BEGUN
    assert begin(f"{filled} begun.restore('cases/2', shown);") == [{"hate": ["no"]}, ""]


def test_it_ends_with_the_decision_and_is_there_again_after_an_undo(begin):
    begin(KEEP)
    assert begin(f"begun.settle('cases/1'); {RESTORE}") == NOTHING
    assert begin(f"begun.reopen('cases/2'); {RESTORE}") == NOTHING
    assert begin(f"begun.reopen('cases/1'); {RESTORE}") == BEGUN


def test_of_a_decision_that_was_filled_in_nothing_is_left_to_come_back(begin):
    assert begin(f"begun.settle('cases/1'); begun.reopen('cases/1'); {RESTORE}") == NOTHING
