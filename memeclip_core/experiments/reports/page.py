"""A report as one HTML page that needs nothing else: no network, no second file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from memeclip_core.experiments.reports.document import TITLE, Figure, Section, Shown, Table

# Nothing may be loaded: what the page shows is inside it.
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
)

STYLE: Final = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1d262c; background: #fff;
  max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1, h2, h3 { line-height: 1.25; }
h2 { border-top: 2px solid #2f8f86; padding-top: 1rem; margin-top: 2.5rem; }
pre { background: #f2f5f6; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #d8dee2;
  vertical-align: top; }
th { background: #f2f5f6; }
figure { margin: 1rem 0; }
figcaption { color: #55626b; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { color: #55626b; } dd { margin: 0; overflow-wrap: anywhere; }
.meme { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 30rem; }
.meme img { max-width: 20rem; display: block; }
"""


def render_page(sections: Sequence[Section]) -> str:
    """Return the page; every word of the results is escaped, and plotly stands in it once."""
    figures = any(isinstance(p, Figure) for section in sections for p in section.parts)
    from plotly.offline import get_plotlyjs  # only a page that is written needs it

    library = f"<script>{get_plotlyjs()}</script>\n" if figures else ""
    body = "\n".join(_section(section, place) for place, section in enumerate(sections))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{TITLE}</title>\n<style>{STYLE}</style>\n"
        f"{library}</head>\n<body>\n<main>\n<h1>{TITLE}</h1>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _section(section: Section, place: int) -> str:
    facts = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in section.facts)
    parts = "\n".join(_part(part, f"figure-{place}-{i}") for i, part in enumerate(section.parts))
    return (
        f"<section>\n<h2>{escape(section.title)}</h2>\n<pre>{escape(section.command)}</pre>\n"
        f"<dl>{facts}</dl>\n{parts}\n</section>"
    )


def _part(part: Table | Figure, name: str) -> str:
    heading = f"<h3>{escape(part.title)}</h3>\n"
    if isinstance(part, Table):
        return heading + _table(part)
    drawn = part.plot.to_html(
        full_html=False,
        include_plotlyjs=False,
        include_mathjax=False,
        div_id=name,
        config={"displaylogo": False, "responsive": True},
    )
    return (
        f'{heading}<figure aria-label="{escape(part.title)}. {escape(part.alt)}">'
        f"{drawn}<figcaption>{escape(part.alt)}</figcaption></figure>"
    )


def _table(table: Table) -> str:
    if not table.rows:
        return "<p>None.</p>"
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    rows = ("".join(f"<td>{_cell(cell)}</td>" for cell in row) for row in table.rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str | Shown) -> str:
    if isinstance(cell, str):
        return escape(cell)
    image = f'<img alt="" src="{escape(cell.image)}">' if cell.image else ""
    return f'<div class="meme">{image}{escape(cell.text)}</div>'
