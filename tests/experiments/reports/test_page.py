"""The page is whole, loads nothing, and takes no word of the results for markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from memeclip_core.experiments.reports.document import Shown
from memeclip_core.experiments.reports.page import POLICY, render_page
from memeclip_core.experiments.reports.sections import build_section
from tests.factories.results import EVERY, NASTY


class Outline(HTMLParser):
    """Collect tags, what they would load, and the text outside of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.inside = tag
        self.loads += [v or "" for k, v in attrs if k in ("src", "href", "data", "srcset")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("script", "style"):
            self.text += data


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    return found


@pytest.mark.parametrize("kind", EVERY)
def test_every_kind_is_a_page_that_loads_nothing(kind: str) -> None:
    page = render_page([build_section(EVERY[kind])])
    found = outline(page)
    assert found.loads == []
    assert "link" not in found.tags and "iframe" not in found.tags
    assert POLICY in page
    assert EVERY[kind].command in found.text


def test_plotly_stands_in_the_page_once() -> None:
    page = render_page([build_section(results) for results in EVERY.values()])
    assert page.count("plotly.js v") == 1
    figures = outline(page).tags.count("figure")
    assert figures == page.count('id="figure-') == 10
    # What is an image to a screen reader may hold nothing that takes the focus, as plots do.
    assert '<figure role="img"' not in page
    plain = render_page([])
    assert len(plain) < 5000


def test_no_word_is_markup() -> None:
    page = render_page([build_section(EVERY["evaluation"]), build_section(EVERY["comparison"])])
    assert NASTY not in page
    assert "<script>alert" not in page
    assert NASTY in outline(page).text


def test_memes_are_escaped_too() -> None:
    shown = {"memes.csv, line 21": Shown(text=NASTY, image='data:image/jpeg;base64,"><b>')}
    page = render_page([build_section(EVERY["evaluation"], shown)])
    assert "<script>alert" not in page
    found = outline(page)
    assert found.loads == ['data:image/jpeg;base64,"><b>']
    assert "b" not in found.tags


def test_the_same_results_are_the_same_page() -> None:
    first, second = (render_page([build_section(EVERY["evaluation"])]) for _ in range(2))
    assert first == second
