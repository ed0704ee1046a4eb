"""Why a meme is next, in a word."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS

pytestmark = BROWSER_MARKS


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"order": "margin"}, "Next because the model is least sure of "),
        ({"order": "margin", "hidden_share": 1.0}, "Next because the model is unsure of it."),
        ({"order": "import"}, ""),
    ],
)
def test_a_meme_says_why_it_is_next_and_nothing_of_a_hidden_suggestion(
    sit, url, project, rules, said
):
    desk = sit().open(url, project(**rules))
    desk.page.wait_for_selector("#label-stage .mc-frame img")
    why = desk.page.locator("#label-marks .mc-l-next")
    assert ("".join(why.all_inner_texts()).startswith(said), why.count()) == (True, bool(said))
