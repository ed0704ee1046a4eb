"""Tables as Markdown, whose signs are taken as they are."""

from __future__ import annotations

import pytest

from memeclip_core.experiments.reports.document import Shown
from memeclip_core.experiments.reports.markdown import escape_words, render_markdown
from memeclip_core.experiments.reports.sections import build_section
from tests.factories.results import EVERY, NASTY


def test_signs_lose_their_meaning() -> None:
    assert escape_words("a|b <i> `c` *d*\n# e") == r"a\|b \<i\> \`c\` \*d\* \# e"


@pytest.mark.parametrize("kind", EVERY)
def test_every_table_has_as_many_cells_in_every_line(kind: str) -> None:
    text = render_markdown([build_section(EVERY[kind])])
    assert text.startswith("# MemeCLIP results\n\n## ")
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("| ")]
    assert tables
    for table in tables:
        assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert EVERY[kind].command in text


def test_memes_are_never_shown() -> None:
    shown = {"memes.csv, line 21": Shown(text="a secret text", image="data:x")}
    text = render_markdown([build_section(EVERY["evaluation"], shown)])
    assert "a secret text" not in text
    assert "memes.csv, line 21" in text


def test_a_command_cannot_leave_its_fence() -> None:
    assert f"\n```\n{EVERY['evaluation'].command}\n```" in render_markdown(
        [build_section(EVERY["evaluation"])]
    )
    assert "`code`" in NASTY
