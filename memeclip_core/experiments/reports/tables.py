"""The tables of a report as files: CSV for programs, LaTeX for papers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from memeclip_core.experiments.reports.document import Section, Shown, Table

LONGEST_NAME: Final = 60
_LATEX: Final = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "±": r"$\pm$", "\u00d7": r"$\times$", "→": r"$\to$", "<": r"$<$", ">": r"$>$",
    "|": r"\textbar{}",
}  # fmt: skip


def render_tables(sections: Sequence[Section]) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of a CSV and of a LaTeX file for every table, in order.

    Memes are never in them. The LaTeX needs the package ``booktabs``.
    """
    tables = [part for section in sections for part in section.parts if isinstance(part, Table)]
    for number, table in enumerate(tables, 1):
        words = re.sub(r"[^a-z0-9]+", "-", table.title.lower()).strip("-")[:LONGEST_NAME]
        name = f"{number:02}-{words.strip('-') or 'table'}"
        plain = table.without_memes()
        yield f"{name}.csv", render_csv(plain)
        yield f"{name}.tex", render_latex(plain)


def render_csv(table: Table) -> str:
    """Return a table as CSV."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(table.rows)
    return sink.getvalue()


def render_latex(table: Table) -> str:
    """Return a table as LaTeX; columns of numbers are set to the right."""
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    kinds = "".join("r" if own and all(map(_is_number, own)) else "l" for own in columns)
    lines = [
        r"\begin{table}", r"\centering", rf"\caption{{{escape_latex(table.title)}}}",
        rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", _line(table.header), r"\midrule",
        *(_line(row) for row in table.rows),
        r"\bottomrule", r"\end{tabular}", r"\end{table}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def escape_latex(text: str) -> str:
    """Return words on one line that LaTeX sets as they are."""
    return "".join(_LATEX.get(char, char) for char in " ".join(text.split()))


def _line(cells: Sequence[str | Shown]) -> str:
    return " & ".join(escape_latex(str(cell)) for cell in cells) + r" \\"


def _is_number(cell: object) -> bool:
    return bool(re.match(r"[+-]?\d", str(cell))) or cell in ("", "none")
