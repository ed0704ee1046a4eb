"""Tables as HTML: everything that goes in is text or HTML that a view has made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memeclip_core.ui.formats import escape


def render_table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str, *, wide: bool = True
) -> str:
    """Return a table that scrolls inside its own box where a phone is too narrow.

    Args:
        heads: the columns' names, as HTML.
        rows: cells, as HTML; the first of each row names the row.
        caption: what a screen reader calls it; escaped here.
        wide: whether it needs more room than a phone has.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(
        "<tr>" + "".join(_cell(cell, first=not place) for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    name = escape(caption)
    return (
        f'<div class="mc-scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table class="mc-table{" mc-wide" if wide else ""}"><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str, *, first: bool) -> str:
    return f'<th scope="row">{cell}</th>' if first else f"<td>{cell}</td>"
