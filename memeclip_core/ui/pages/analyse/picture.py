"""The picture with its word boxes, the strip of opened memes, and where a text came from."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from memeclip_core.records.meme import Failure, Meme, Word
from memeclip_core.ui.formats import count, escape, percent
from memeclip_core.ui.pages.analyse.opened import Item, Queue

PREVIEW_SIDE = 1000
THUMB_SIDE = 112


def render_data_uri(image: Image.Image, side: int) -> str:
    """Return an RGB picture as a JPEG data URI, at most ``side`` pixels wide and high.

    The page shows what was decoded, not what was uploaded: upright, first frame, on white.
    """
    small = image.copy()
    small.thumbnail((side, side))
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=84)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def render_picture(item: Item, words: Sequence[Word] = ()) -> str:
    """Show a picture; its word boxes lie over it and are shown or hidden by the style sheet."""
    boxes = "".join(_box(word) for word in words)
    return (
        '<figure class="mc-picture"><div class="mc-frame" tabindex="0" role="group" '
        'aria-label="The meme; where images are blurred, the focus or the key v shows it">'
        f'<img src="{item.preview}" alt="The meme {escape(item.filename)}">'
        f'<svg class="mc-boxes" viewBox="0 0 {item.width} {item.height}" '
        f'preserveAspectRatio="none" aria-hidden="true">{boxes}</svg></div>'
        f"<figcaption>{escape(item.filename)} · {item.width} by {item.height} pixels"
        "</figcaption></figure>"
    )


def _box(word: Word) -> str:
    left, top, right, bottom = word.box
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 0):.1f}" '
        f'height="{max(bottom - top, 0):.1f}"><title>{escape(word.text)} '
        f"({percent(word.confidence)})</title></rect>"
    )


def render_strip(queue: Queue) -> str:
    """Show the opened memes as buttons; nothing where there is only one."""
    if len(queue.items) < 2:
        return ""
    cells = "".join(
        f'<button type="button" data-index="{n}" title="{escape(item.filename)}" '
        f'aria-label="Meme {n + 1}: {escape(item.filename)}"'
        f"{' aria-current=true' if n == queue.index else ''}>"
        f'<img src="{item.thumb}" alt=""></button>'
        for n, item in enumerate(queue.items)
    )
    return f'<div class="mc-strip">{cells}</div>'


def render_position(queue: Queue) -> str:
    """Say which of the opened memes is on the page."""
    return f'<p class="mc-position">{queue.index + 1} of {len(queue.items)}</p>'


def render_source(meme: Meme) -> str:
    """Say where the text came from and how sure its reader was."""
    if meme.text_source == "user":
        said = "Edited by you"
    elif not meme.text.strip():
        said = "No text was found on this picture. Type it here if there is some"
    else:
        said = f"Read by {escape(meme.text_source)}"
        if meme.words:
            mean = sum(word.confidence for word in meme.words) / len(meme.words)
            said += f", {count(len(meme.words), 'word')}, {percent(mean)} confident on average"
    return f'<p class="mc-source">{said}.</p>'


def render_failures(failures: Sequence[Failure]) -> str:
    """Report the files that could not be opened, each with its reason."""
    if not failures:
        return ""
    rows = "".join(
        f"<li><strong>{escape(item.filename)}</strong> {escape(item.reason)}</li>"
        for item in failures
    )
    head = count(len(failures), "file") + " could not be opened"
    return f'<div class="mc-message mc-error"><p>{head}:</p><ul>{rows}</ul></div>'
