"""The page names the language of its texts, also after Gradio has named the browser's."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import Small

pytestmark = BROWSER_MARKS

NAME = """const seen = [document.documentElement.lang];
document.documentElement.setAttribute("lang", "fr");
await Promise.resolve(); // observers are told first
return [...seen, document.documentElement.lang];"""


@pytest.mark.parametrize("spoken", ["en", "de"])
def test_the_page_names_the_language_of_its_texts(small: Small, spoken: str) -> None:
    small.page.route(
        "**/ui/catalogue.js",
        lambda route: route.fulfill(
            body=f'export const language = "{spoken}";\nexport const texts = {{}};',
            content_type="text/javascript",
        ),
    )
    small.reload()
    assert small.run("language", NAME) == [spoken, spoken]
