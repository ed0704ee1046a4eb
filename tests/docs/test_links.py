"""Links, anchors, pictures and named files lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import (
    DOCUMENTS,
    GUIDE,
    README,
    ROOT,
    name_of,
    read_anchors,
    read_links,
    strip_blocks,
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_of_a_document_leads_to_a_file_and_to_a_heading_of_it(path: Path) -> None:
    broken = []
    for link in read_links(path.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        found = target.exists() and target.resolve().is_relative_to(ROOT)
        if found and anchor:
            found = anchor in read_anchors(target.read_text(encoding="utf-8"))
        if not found:
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_file_that_a_document_names_is_there(path: Path) -> None:
    rooms = "assets|benchmarks|checkpoints|docs|examples|memeclip_core|scripts|tests"
    text = strip_blocks(path.read_text(encoding="utf-8"))
    names = re.findall(rf"`((?:{rooms})/[\w./-]*)`", text)
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_module_that_a_document_runs_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"python -m ((?:benchmarks|memeclip_core|tests)[\w.]*)", text))
    places = {name: ROOT / name.replace(".", "/") for name in names}
    assert [
        name
        for name, place in places.items()
        if not (place.with_suffix(".py").is_file() or (place / "__main__.py").is_file())
    ] == []


def test_the_readme_shows_the_page_and_leads_to_every_document() -> None:
    links = read_links(README)
    assert "assets/screenshot.png" in links
    assert {f"docs/{page}.md" for page in GUIDE} <= {link.partition("#")[0] for link in links}


@pytest.mark.parametrize("page", sorted(GUIDE))
def test_every_page_begins_with_its_title_and_what_it_holds(page: str) -> None:
    title, blank, sentence, *_ = GUIDE[page].splitlines()
    assert title.startswith("# ") and blank == "" and sentence.startswith("This page ")
    assert sentence.endswith(".") and sentence.count(". ") == 0


def test_the_readme_stays_short() -> None:
    assert 6_000 <= len(README.encode()) <= 8_000
