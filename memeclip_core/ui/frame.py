"""What frames both pages: the header, the warning on entry, messages, receipts."""

from __future__ import annotations

from memeclip_core.app.assets import Sample
from memeclip_core.app.status import StudioStatus
from memeclip_core.records.decision import Person, SaveReceipt
from memeclip_core.ui.formats import clock, count, escape
from memeclip_core.ui.pages.analyse.views import READS

WARNING = """
<dialog class="mc-warning" aria-labelledby="mc-warning-title" aria-describedby="mc-warning-text">
<form method="dialog">
<h2 id="mc-warning-title">Before you start</h2>
<p id="mc-warning-text">Memes opened here may be hateful, and what the model says of them can be
wrong. It guesses from examples; a person decides. The samples on the page are harmless.</p>
<div><button value="blur" autofocus>Continue with pictures blurred</button>
<button value="plain">Continue and show pictures</button></div>
</form></dialog>
"""

HEADER = """
<div class="mc-brand"><span class="mc-mark" aria-hidden="true"></span>
<div><h1>MemeCLIP Studio</h1><p>See what a meme says to a model, correct it, teach it.</p></div>
</div>
"""

EMPTY = """
<div class="mc-empty"><h2>Nothing is open yet</h2>
<ol><li>Drop, paste or pick one or several memes, or press a sample.</li>
<li>Read what the model makes of it: one card per question, every class with its cosine.</li>
<li>Put right what is wrong, and save. Enough corrections can retrain the model.</li></ol></div>
"""

SIGN_IN = (
    "MemeCLIP Studio: sign in with the name and password that your admin gave you. After several "
    "wrong passwords, wait up to five minutes before the next try."
)

PENDING = '<p class="mc-pending"><span aria-hidden="true"></span>Reading the text…</p>'


def render_status(status: StudioStatus) -> str:
    """Say what answers: encoder, model, what its heads read, text reader, corrections."""
    mark = f" <code>{escape(status.fingerprint)}</code>" if status.fingerprint else ""
    model = status.model
    facts = [
        ("Encoder", escape(status.encoder) + mark),
        ("Model", escape(model.version) if model else "none trained: zero-shot"),
        ("Heads", escape(READS.get(model.reads, model.reads)) if model else "class prompts"),
        ("Text reader", escape(status.ocr)),
        ("Corrected", count(status.corrected, "meme")),
    ]
    if not status.warm:
        facts.append(("Loading", "the first answer takes a few seconds more"))
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    said = [status.description, *status.notes] if status.description else status.notes
    notes = "".join(f"<li>{escape(note)}</li>" for note in said)
    below = f'<ul class="mc-notes">{notes}</ul>' if notes else ""
    return f'<dl class="mc-status">{items}</dl>{below}'


def render_person(who: Person, reason: str) -> str:
    """Say who is at the page, and why they cannot write if so."""
    if reason:
        return f'<p class="mc-reason">{escape(reason)}</p>'
    return f'<p class="mc-hint">You are {escape(who.name)} ({escape(who.role)}).</p>'


def render_why(reason: str) -> str:
    """Show why something cannot be done; nothing where it can."""
    return f'<p class="mc-reason">{escape(reason)}</p>' if reason else ""


def render_error(sentence: str) -> str:
    """Show one plain sentence about what went wrong."""
    return f'<div class="mc-message mc-error" role="alert"><p>{escape(sentence)}</p></div>'


def render_info(sentence: str) -> str:
    """Show one plain sentence about what was done."""
    return f'<div class="mc-message"><p>{escape(sentence)}</p></div>'


def render_saved(receipt: SaveReceipt, own_text: bool) -> str:
    """Confirm a save, or say since when the same decision has been in the log."""
    if receipt.rows == 0:
        said = f"Nothing new: this was already saved at {clock(receipt.time)}."
    else:
        text = ", with the text as you edited it" if own_text else ""
        said = f"Saved {clock(receipt.time)}: {count(receipt.rows, 'label')}{text}."
    return render_info(said)


def render_undone(receipt: SaveReceipt) -> str:
    """Say what an undo took back."""
    return render_info(
        f"Undone {clock(receipt.time)}: took back your last save ({count(receipt.rows, 'label')}). "
        "The log keeps both."
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
    return f'<div class="mc-samples"><p>Or press a harmless sample</p><div>{cells}</div></div>'


def _kind(title: str | None) -> str:
    return f"<small>for {escape(title)}</small>" if title else ""
