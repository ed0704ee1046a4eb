"""A report as Markdown: its tables, without figures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from memeclip_core.experiments.reports.document import Figure, MistakeList, Section, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_markdown(sections: Sequence[Section], *, title: str = "MemeCLIP results") -> str:
    """Return the report; every word of the results is escaped. Memes are never shown in it."""
    return "\n\n".join([f"# {escape_words(title)}", *(_section(s) for s in sections)]) + "\n"


def escape_words(text: str) -> str:
    """Return words on one line that Markdown takes as they are."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _section(section: Section) -> str:
    # A fence longer than any run of backticks inside cannot be closed by the command.
    longest = max((len(run) for run in re.findall(r"`+", section.command)), default=0)
    fence = "`" * max(3, longest + 1)
    facts = "\n".join(f"- {escape_words(k)}: {escape_words(v)}" for k, v in section.facts)
    parts = [_part(part) for part in section.parts if not isinstance(part, Figure)]
    head = f"## {escape_words(section.title)}"
    return "\n\n".join([head, f"{fence}\n{section.command}\n{fence}", facts, *parts])


def _part(part: Table | MistakeList) -> str:
    heading = f"### {escape_words(part.title)}"
    if isinstance(part, Table):
        return f"{heading}\n\n{_table(part.header, part.rows)}"
    if not part.items:
        return f"{heading}\n\nNone."
    rows = [(m.place, m.truth, m.predicted, f"{m.confidence:.4f}") for m in part.items]
    return f"{heading}\n\n{_table(('row', 'true', 'predicted', 'confidence'), rows)}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(c if c == "---" else escape_words(c) for c in line) + " |"
        for line in lines
    )
