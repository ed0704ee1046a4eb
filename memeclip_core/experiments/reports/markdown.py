"""A report as Markdown: its tables, without figures."""

from __future__ import annotations

import re
from collections.abc import Sequence

from memeclip_core.experiments.reports.document import TITLE, Section, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_markdown(sections: Sequence[Section]) -> str:
    """Return the report; every word of the results is escaped. Memes are never shown in it."""
    return "\n\n".join([f"# {TITLE}", *(_section(s) for s in sections)]) + "\n"


def escape_words(text: str) -> str:
    """Return words on one line that Markdown takes as they are."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _section(section: Section) -> str:
    # A fence longer than any run of backticks inside cannot be closed by the command.
    longest = max((len(run) for run in re.findall(r"`+", section.command)), default=0)
    fence = "`" * max(3, longest + 1)
    facts = "\n".join(f"- {escape_words(k)}: {escape_words(v)}" for k, v in section.facts)
    parts = [_table(part) for part in section.parts if isinstance(part, Table)]
    head = f"## {escape_words(section.title)}"
    return "\n\n".join([head, f"{fence}\n{section.command}\n{fence}", facts, *parts])


def _table(table: Table) -> str:
    """Return a table without its memes."""
    heading = f"### {escape_words(table.title)}\n\n"
    if not table.rows:
        return f"{heading}None."
    plain = table.without_memes()
    words = [[escape_words(str(cell)) for cell in line] for line in (plain.header, *plain.rows)]
    words.insert(1, ["---"] * len(words[0]))
    return heading + "\n".join(f"| {' | '.join(line)} |" for line in words)
