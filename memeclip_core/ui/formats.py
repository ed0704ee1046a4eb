"""Numbers, times and texts as people read them."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark

_SURE: Final = (
    (0.7, mark("quite sure")),
    (0.4, mark("fairly sure")),
    (0.15, mark("leans this way")),
)
"""Lead over the runner-up from which a word holds."""

_COUNTED: Final[Mapping[str, Callable[[int], str]]] = {
    "answer": lambda n: ngettext("{n} answer", "{n} answers", n),
    "decision": lambda n: ngettext("{n} decision", "{n} decisions", n),
    "file": lambda n: ngettext("{n} file", "{n} files", n),
    "line": lambda n: ngettext("{n} line", "{n} lines", n),
    "meme": lambda n: ngettext("{n} meme", "{n} memes", n),
    "person": lambda n: ngettext("{n} person", "{n} people", n),
    "row": lambda n: ngettext("{n} row", "{n} rows", n),
}
"""What is counted within longer sentences, by what one of it is called in English."""


def escape(text: object) -> str:
    """Return text that is safe inside HTML, in an attribute too."""
    return html.escape(str(text), quote=True)


def data_uri(kind: str, data: bytes) -> str:
    """Return an image of a kind such as ``webp`` as an address that holds it."""
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


def percent(probability: float) -> str:
    """Write a probability in [0, 1] in whole per cent, without claiming certainty."""
    if not math.isfinite(probability):
        return _("unknown")
    if probability > 0.99:
        return _("over 99 %")
    if probability < 0.01:
        return _("under 1 %")
    return f"{probability:.0%}".replace("%", " %")


def share(counted: float) -> str:
    """Write a share of things that were counted: of these, all and none are certain."""
    return {0.0: "0 %", 1.0: "100 %"}.get(counted) or percent(counted)


def sureness(probabilities: Sequence[float]) -> str:
    """Say how far the likeliest of several exclusive classes leads, in two or three words."""
    if len(probabilities) < 2 or not all(math.isfinite(p) for p in probabilities):
        return _("no answer")
    first, second = sorted(probabilities, reverse=True)[:2]
    word = next((word for lead, word in _SURE if first - second >= lead), mark("a close call"))
    return _(word)


def signed(value: float, places: int = 2) -> str:
    """Write a number with its sign and some decimals; a real minus, so that columns align.

    What is written as zero has no minus.
    """
    if not math.isfinite(value):
        return _("n/a")
    return f"{round(value, places) + 0.0:+.{places}f}".replace("-", "\N{MINUS SIGN}")


def decimal(value: float | None, places: int = 3) -> str:
    """Write a number with some decimals and a real minus; "n/a" where there is none."""
    if value is None or not math.isfinite(value):
        return _("n/a")
    return f"{value:.{places}f}".replace("-", "\N{MINUS SIGN}")


def count(n: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun: ``1 meme``, ``1,024 memes``."""
    if noun in _COUNTED:
        return _COUNTED[noun](n).format(n=f"{n:,}")
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def clock(time: datetime) -> str:
    """Write the time of day in the server's own zone, which is named."""
    local = time.astimezone()
    return f"{local:%H:%M:%S} {local.tzname() or 'UTC'}"


def stamp(time: datetime) -> str:
    """Write date and time, to the minute, in the server's own zone."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}"


def listed(words: Sequence[str]) -> str:
    """Join words as in a sentence: ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return _("{words} and {last}").format(words=", ".join(words[:-1]), last=words[-1])


def shortened(text: str, limit: int = 120) -> str:
    """Cut a long text at a character, with an ellipsis; white space becomes single spaces."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1].rstrip()}…"
