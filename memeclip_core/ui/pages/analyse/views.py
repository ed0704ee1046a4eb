"""The page Analyse around its cards: the picture, the strip of opened memes, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from memeclip_core.api.texts import _, ngettext
from memeclip_core.app.assets import Sample
from memeclip_core.records.decision import Person, SaveReceipt
from memeclip_core.records.meme import Failure, Meme, Word
from memeclip_core.records.proposal import Proposed
from memeclip_core.ui.components import ROLES, render_frame
from memeclip_core.ui.formats import clock, data_uri, escape, percent
from memeclip_core.ui.messages import BEHIND, render_info
from memeclip_core.ui.pages.analyse.opened import Item, Queue

PREVIEW_SIDE = 1000
THUMB_SIDE = 112


def render_empty() -> str:
    """Say what the page is for while no meme is open."""
    lines = (
        _("Drop, paste or pick one or several memes, or click or tap a sample."),
        _("Read the answers, one row per question, and ask <em>Why?</em>."),
        _("Put right what is wrong, and save. Enough corrections can retrain the model."),
    )
    steps = "\n".join(f"<li>{line}</li>" for line in lines)
    title = _("What does this meme say, and how does the model know?")
    return f'\n<div class="mc-empty"><h2>{title}</h2>\n<ol>{steps}</ol></div>\n'


def render_pending() -> str:
    """Say that the text is being read."""
    said = _("Reading the text…")
    return f'<p class="mc-pending"><span aria-hidden="true"></span>{said}</p>'


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
    size = _("{width} by {height} pixels").format(width=item.width, height=item.height)
    facts = [escape(item.filename), size]
    if item.frames > 1:
        facts.append(_("first of {n} frames").format(n=item.frames))
    elif not item.frames:
        facts.append(_("first of many frames"))
    name = escape(_("The meme {file}").format(file=item.filename))
    return render_frame(
        f'<img src="{item.preview}" alt="{name}">'
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
        f'<ul class="mc-strip" aria-label="{escape(_("Open memes"))}">{cells}</ul>'
        '<button type="button" class="mc-look mc-add" aria-expanded="false">'
        f"{_('+ Add memes')}</button>"
    )


def _thumb(item: Item, place: int, current: bool) -> str:
    close = escape(_("Close {file}").format(file=item.filename))
    shut = (
        f'<button type="button" class="mc-shut" data-shut="{place}" title="{escape(_("Close"))}" '
        f'aria-label="{close}">\N{MULTIPLICATION SIGN}</button>'
    )
    said = escape(_("Meme {n}: {file}").format(n=place + 1, file=item.filename))
    return (
        f'<li><button type="button" data-index="{place}" title="{escape(item.filename)}" '
        f'aria-label="{said}"{" aria-current=true" if current else ""}>'
        f'<img src="{item.thumb}" alt=""></button>{shut if current else ""}</li>'
    )


def render_position(queue: Queue) -> str:
    """Say which of the opened memes is on the page."""
    said = _("{place} of {total}").format(place=queue.index + 1, total=len(queue.items))
    return f'<p class="mc-position">{said}</p>'


def render_source(meme: Meme) -> str:
    """Say where the text came from and how sure its reader was."""
    if meme.text_source == "user":
        said = _("Edited by you.")
    elif not meme.text.strip():
        said = _("No text was found on this picture. Type it here if there is some.")
    elif not meme.words:
        said = _("Read by {reader}.").format(reader=meme.text_source)
    else:
        n = len(meme.words)
        said = ngettext(
            "Read by {reader}, {n} word, {share} confident on average.",
            "Read by {reader}, {n} words, {share} confident on average.",
            n,
        ).format(
            reader=meme.text_source,
            n=f"{n:,}",
            share=percent(sum(word.confidence for word in meme.words) / n),
        )
    return f'<p class="mc-source">{escape(said)}</p>'


def render_failures(failures: Sequence[Failure]) -> str:
    """Report the files that could not be opened, each with its reason."""
    if not failures:
        return ""
    rows = "".join(
        f"<li><strong>{escape(item.filename)}</strong> {escape(item.reason)}</li>"
        for item in failures
    )
    n = len(failures)
    head = ngettext("{n} file could not be opened:", "{n} files could not be opened:", n)
    said = head.format(n=f"{n:,}")
    return f'<div class="mc-message mc-error"><p>{said}</p><ul>{rows}</ul></div>'


def render_person(who: Person, reason: str, sign_in: str = "") -> str:
    """Say who is at the page, and why they cannot write if so; with the way to sign in, if any."""
    if reason:
        link = f' <a href="{escape(sign_in)}">{_("Sign in to label")}</a>' if sign_in else ""
        return f'<p class="mc-reason">{escape(reason)}{link}</p>'
    said = _("You are {name} ({role}).").format(name=who.name, role=_(ROLES[who.role]))
    return f'<p class="mc-hint">{escape(said)}</p>'


def render_saved(receipt: SaveReceipt, own_text: bool) -> str:
    """Confirm a save, or say since when the same decision has been in the log."""
    n = receipt.rows
    if n == 0:
        said = _("Nothing new: this was already saved at {time}.")
    elif own_text:
        said = ngettext(
            "Saved {time}: {n} label, with the text as you edited it.",
            "Saved {time}: {n} labels, with the text as you edited it.",
            n,
        )
    else:
        said = ngettext("Saved {time}: {n} label.", "Saved {time}: {n} labels.", n)
    return _render_receipt(said, receipt)


def render_suggested(said: Proposed) -> str:
    """Confirm a suggestion, and say how many made the same."""
    if said.again:
        return render_info(_("You have suggested this before; it waits for a reviewer."))
    others = said.count - 1
    if others < 1:
        return render_info(_("Suggested. A reviewer decides whether it counts. Thank you."))
    thanks = ngettext(
        "Suggested. A reviewer decides whether it counts. {n} visitor before you said the same. "
        "Thank you.",
        "Suggested. A reviewer decides whether it counts. {n} visitors before you said the same. "
        "Thank you.",
        others,
    )
    return render_info(thanks.format(n=f"{others:,}"))


def render_undone(receipt: SaveReceipt) -> str:
    """Say what an undo took back."""
    said = ngettext(
        "Undone {time}: took back your last save ({n} label). The log keeps both.",
        "Undone {time}: took back your last save ({n} labels). The log keeps both.",
        receipt.rows,
    )
    return _render_receipt(said, receipt)


def _render_receipt(said: str, receipt: SaveReceipt) -> str:
    done = said.format(time=clock(receipt.time), n=f"{receipt.rows:,}")
    return render_info(done + _(BEHIND) * receipt.behind)


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
    said = _("Or click or tap a harmless sample")
    return f'<div class="mc-samples"><p>{said}</p><div>{cells}</div></div>'


def _kind(title: str | None) -> str:
    return f"<small>{escape(_('for {tasks}').format(tasks=title))}</small>" if title else ""
