"""The card of an exported image folder."""

from __future__ import annotations

from collections import Counter

import yaml

from memeclip_core.annotation.exchange.dataset_card import render_card
from tests.factories.project_records import make_project


def test_the_card_has_a_header_that_the_hub_reads():
    project = make_project(title='Cats: "odd" # title', guidelines="# Look twice")
    counts = Counter({"rows": 3, "labelled": 2, "several": 1, "hate/Hate": 2})
    card = render_card(project, counts)
    _, header, text = card.split("---\n", 2)
    facts = yaml.safe_load(header)
    assert facts["pretty_name"] == 'Cats: "odd" # title'
    assert "not-for-all-audiences" in facts["tags"]
    assert "3 memes, 2 of them labelled" in text and "1 by more than one" in text
    tied = render_card(project, Counter({"rows": 2, "tie": 1, "imported": 1}))
    assert "Memes by status: 1 tie, 1 imported." in tied
    assert "| Hateful? | Hate (`1`) | 2 |" in text and "| Hateful? | No hate (`0`) | 0 |" in text
    assert "# Look twice" in text and "partial" not in text
    assert "**This export is partial**" in render_card(project, counts, partial=True)


def test_a_title_in_the_card_is_a_title_and_nothing_else():
    title = "x\n\n## <b>Cats</b> | [here](javascript:1) `y`"
    card = render_card(make_project(title=title), Counter({"rows": 1}))
    (line,) = [line for line in card.splitlines() if "Cats" in line and line.startswith("# ")]
    assert line == (r"# x \#\# \<b\>Cats\</b\> \| \[here\]\(javascript:1\) \`y\`")
