"""The page Analyse around its cards: the picture, the strip of opened memes, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from memeclip_core.app.assets import Sample
from memeclip_core.records.decision import Person, SaveReceipt
from memeclip_core.records.meme import Failure, Meme, Word
from memeclip_core.records.proposal import Proposed
from memeclip_core.ui.components import render_frame
from memeclip_core.ui.formats import clock, count, data_uri, escape, percent
from memeclip_core.ui.messages import BEHIND, render_info
from memeclip_core.ui.pages.analyse.opened import Item, Queue

EMPTY = """
<div class="mc-empty"><h2>What does this meme say, and how does the model know?</h2>
<ol><li>Drop, paste or pick one or several memes, or click or tap a sample.</li>
<li>Read the answers, one row per question, and ask <em>Why?</em>.</li>
<li>Put right what is wrong, and save. Enough corrections can retrain the model.</li></ol></div>
"""

PENDING = '<p class="mc-pending"><span aria-hidden="true"></span>Reading the text…</p>'

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
    return data_uri("jpeg", buffer.getvalue())


def render_picture(item: Item, words: Sequence[Word] = ()) -> str:
    """Show a picture; its word boxes lie over it and are shown or hidden by the style sheet."""
    boxes = "".join(_box(word) for word in words)
    facts = [escape(item.filename), f"{item.width} by {item.height} pixels"]
    if item.frames != 1:
        facts.append(f"first of {item.frames or 'many'} frames")
    return render_frame(
        f'<img src="{item.preview}" alt="The meme {escape(item.filename)}">'
        f'<svg class="mc-boxes" viewBox="0 0 {item.width} {item.height}" '
        f'preserveAspectRatio="none" aria-hidden="true">{boxes}</svg>',
        " · ".join(facts),
    )


def _box(word: Word) -> str:
    left, top, right, bottom = word.box
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 0):.1f}" '
        f'height="{max(bottom - top, 0):.1f}"><title>{escape(word.text)} '
        f"({percent(word.confidence)})</title></rect>"
    )


def render_strip(queue: Queue) -> str:
    """Show the opened memes as buttons; one closes the meme on the page, and one adds more."""
    cells = "".join(_thumb(item, n, n == queue.index) for n, item in enumerate(queue.items))
    return (
        f'<ul class="mc-strip" aria-label="Open memes">{cells}</ul>'
        '<button type="button" class="mc-look mc-add" aria-expanded="false">+ Add memes</button>'
    )


def _thumb(item: Item, place: int, current: bool) -> str:
    name = escape(item.filename)
    shut = (
        f'<button type="button" class="mc-shut" data-shut="{place}" title="Close" '
        f'aria-label="Close {name}">\N{MULTIPLICATION SIGN}</button>'
    )
    return (
        f'<li><button type="button" data-index="{place}" title="{name}" '
        f'aria-label="Meme {place + 1}: {name}"{" aria-current=true" if current else ""}>'
        f'<img src="{item.thumb}" alt=""></button>{shut if current else ""}</li>'
    )


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


def render_person(who: Person, reason: str, sign_in: str = "") -> str:
    """Say who is at the page, and why they cannot write if so; with the way to sign in, if any."""
    if reason:
        link = f' <a href="{escape(sign_in)}">Sign in to label</a>' if sign_in else ""
        return f'<p class="mc-reason">{escape(reason)}{link}</p>'
    return f'<p class="mc-hint">You are {escape(who.name)} ({escape(who.role)}).</p>'


def render_saved(receipt: SaveReceipt, own_text: bool) -> str:
    """Confirm a save, or say since when the same decision has been in the log."""
    if receipt.rows == 0:
        said = f"Nothing new: this was already saved at {clock(receipt.time)}."
    else:
        text = ", with the text as you edited it" if own_text else ""
        said = f"Saved {clock(receipt.time)}: {count(receipt.rows, 'label')}{text}."
    return render_info(said + BEHIND * receipt.behind)


def render_suggested(said: Proposed) -> str:
    """Confirm a suggestion, and say how many made the same."""
    if said.again:
        return render_info("You have suggested this before; it waits for a reviewer.")
    others = f" {count(said.count - 1, 'visitor')} before you said the same." * (said.count > 1)
    return render_info(f"Suggested. A reviewer decides whether it counts.{others} Thank you.")


def render_undone(receipt: SaveReceipt) -> str:
    """Say what an undo took back."""
    return render_info(
        f"Undone {clock(receipt.time)}: took back your last save ({count(receipt.rows, 'label')}). "
        f"The log keeps both.{BEHIND * receipt.behind}"
    )


def render_samples(thumbs: dict[Sample, str], titles: dict[str, str] | None = None) -> str:
    """Show sample memes as buttons.

    Args:
        thumbs: their thumbnails as data URIs.
        titles: of the task sets on offer, by key, which stand under the samples of their kind.
    """
    cells = "".join(
        f'<button type="button" data-index="{n}" title="{escape(sample.title)}">'
        f'<img src="{thumb}" alt="">'
        f"<span>{escape(sample.title)}{_kind((titles or {}).get(sample.task_set))}</span></button>"
        for n, (sample, thumb) in enumerate(thumbs.items())
    )
    return (
        f'<div class="mc-samples"><p>Or click or tap a harmless sample</p><div>{cells}</div></div>'
    )


def _kind(title: str | None) -> str:
    return f"<small>for {escape(title)}</small>" if title else ""
