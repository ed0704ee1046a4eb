"""A project's guidelines: Markdown as HTML, the same wherever people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

HIGHEST: Final = 3
"""The level of the first heading: pages have an ``h1`` and an ``h2`` above it."""

_TAGS: Final = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}}
_AWAY: Final = ("http://", "https://", "mailto:")
_ALIGNED: Final = "text-align:"


def render_guidelines(text: str) -> str:
    """Return Markdown as HTML that runs and loads nothing.

    Headings begin at ``h3``, links open in a tab of their own, HTML in the text is shown as it was
    written, and a picture is a link to it, as pages load nothing from elsewhere.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.disable("image")
    # Half a character, which only a program sends, cannot be shown.
    tokens = markdown.parse(text.encode(errors="replace").decode())
    _fit(tokens)
    return nh3.clean(
        markdown.renderer.render(tokens, markdown.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_only_away,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _only_away(tag: str, name: str, value: str) -> str | None:
    """Drop addresses on this server: a press on one could do something there."""
    return value if name != "href" or value.lower().startswith(_AWAY) else None


def _fit(tokens: Sequence[Token]) -> None:
    """Lower the headings, and align cells by an attribute: no style passes the cleaning."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + HIGHEST - 1)}"
        style = str(token.attrs.pop("style", ""))
        if style.startswith(_ALIGNED):
            token.attrs["align"] = style.removeprefix(_ALIGNED)
