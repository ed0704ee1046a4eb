"""A project's guidelines: Markdown as HTML, the same wherever people read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from memeclip_core.tasks import TaskSet

HIGHEST: Final = 3
"""The level of the first heading: pages have an ``h1`` and an ``h2`` above it."""

_TAGS: Final = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}, "td": {"align"}, "th": {"align"},
}  # fmt: skip
_AWAY: Final = ("http://", "https://", "mailto:")
_ALIGNED: Final = "text-align:"
_PICTURE: Final = re.compile("[0-9a-f]{64}")


def render_guidelines(text: str, project: str) -> str:
    """Return Markdown as HTML that runs nothing, and loads only pictures of the project.

    Headings begin at ``h3``, links open in a tab of their own, and HTML in the text is shown as it
    was written. Pages load nothing from elsewhere, so a picture that is no upload is a link to it.

    Args:
        text: the guidelines.
        project: whose they are.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Half a character, which only a program sends, cannot be shown.
    tokens = markdown.parse(text.encode(errors="replace").decode())
    _fit(tokens, f"api/v1/projects/{quote(project, errors='replace')}/guidelines/")
    return nh3.clean(
        markdown.renderer.render(tokens, markdown.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_address,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def outline_guidelines(tasks: TaskSet) -> str:
    """Return Markdown to begin guidelines with: a table for each task, a row for each label.

    Rows have the label's hint, and a cell for an example that somebody has to write.
    """
    return "\n\n".join(
        "\n".join(
            (
                f"# {task.title}\n",
                "| answer | when it is right | example |\n| --- | --- | --- |",
                *(f"| {_cell(label.display)} | {_cell(label.hint)} | |" for label in task.labels),
            )
        )
        for task in tasks
    )


def _cell(words: str) -> str:
    return " ".join(words.replace("|", "\\|").split())


def _keep_address(tag: str, name: str, value: str) -> str | None:
    """Drop foreign pictures, and links on this server: a press could do something there."""
    if name == "src":
        return value if value.startswith("api/v1/projects/") else None
    return value if name != "href" or value.lower().startswith(_AWAY) else None


def _fit(tokens: Sequence[Token], pictures: str) -> None:
    """Lower the headings, align cells by an attribute, as no style passes, and find pictures."""
    for token in tokens:
        if token.children:
            token.children = [
                part for child in token.children for part in _fit_picture(child, pictures)
            ]
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + HIGHEST - 1)}"
        style = str(token.attrs.pop("style", ""))
        if style.startswith(_ALIGNED):
            token.attrs["align"] = style.removeprefix(_ALIGNED)


def _fit_picture(token: Token, pictures: str) -> list[Token]:
    """Return a picture with the address of an upload, or a link where it is none."""
    address = str(token.attrs.get("src", ""))
    if token.type != "image" or _PICTURE.fullmatch(address):
        if token.type == "image":
            token.attrs["src"] = pictures + address
        return [token]
    link, words = Token("link_open", "a", 1, attrs={"href": address}), Token("text", "", 0)
    words.content = token.content or address
    return [link, words, Token("link_close", "a", -1)]
