"""``CITATION.cff`` and the changelog: this version, in the form that readers of them expect."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import yaml

from memeclip_core import __version__
from tests.docs.pages import GUIDE, ROOT

CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_citation_has_what_version_1_2_0_of_the_format_asks_for() -> None:
    assert {"cff-version", "message", "title", "authors"} <= CITATION.keys()
    assert CITATION["cff-version"] == "1.2.0"
    assert (CITATION["type"], CITATION["license"]) == ("software", "MIT")
    assert str(CITATION["version"]) == __version__
    assert isinstance(CITATION["date-released"], date)
    for work in (CITATION, *CITATION["references"]):
        assert work["title"] and work["type"]
        for author in work["authors"]:
            assert author.keys() in ({"name"}, {"family-names", "given-names"})


def test_the_citation_names_memeclip_as_the_page_of_models_does() -> None:
    (paper,) = CITATION["references"]
    names = ", ".join(f"{who['given-names']} {who['family-names']}" for who in paper["authors"])
    cited = f"{names}. *{paper['title']}.* {paper['collection-title']}."
    assert cited in GUIDE["models"]
    assert str(paper["year"]) in paper["collection-title"]


def test_the_changelog_begins_with_what_is_unreleased_and_has_this_version() -> None:
    versions = re.findall(r"^## (.+)$", CHANGELOG, flags=re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert f"{__version__} - {CITATION['date-released']}" in versions
    for version in versions[1:]:
        assert re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}", version)
    assert set(re.findall(r"^### (.+)$", CHANGELOG, flags=re.MULTILINE)) <= KINDS
