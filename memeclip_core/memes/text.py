"""Clean-up of a meme's text before it is encoded or compared."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from memeclip_core.errors import InputError
from memeclip_core.memes.normal_form import normal_form

MAX_TEXT: Final = 20_000
"""Characters of a meme's text."""

# What a site or an app stamps on a picture is no part of the joke.
_STAMPS: Final = (
    "imgflip|quickmeme|memegenerator|makeameme|memecenter|memecrunch|memedroid|mematic|memes"
    "|ifunny|9gag|imgur|diylol|kapwing|cheezburger|weknowmemes|livememe|meme-?arsenal"
)
_SITE: Final = re.compile(
    rf"(?:(?:made|created|posted)\s+(?:with|on|in|at|via)\s+)?"
    rf"\b(?:www\.)?(?:{_STAMPS})\s*\.\s*(?:com|net|org|co|me|io)\b(?:/\S*)?",
    re.IGNORECASE,
)
_APP: Final = re.compile(
    rf"\b(?:made|created)\s+(?:with|on|in|via)\s+(?:{_STAMPS})\b", re.IGNORECASE
)
_URL: Final = re.compile(r"(?:https?://|\bwww\.)\S+", re.IGNORECASE)
# Blanks of one line alone: what crosses lines begins anew at each, in a time of their square.
_HANDLE_LINE: Final = re.compile(
    r"^[^\S\n]*(?:@|[ur]/)\w[\w.\-]*[^\S\n]*$", re.MULTILINE | re.IGNORECASE
)
_STRAIGHT: Final = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"}  # noqa: RUF001
)
_KEPT_CONTROLS: Final = "\n\t\r\f\v"
_BLANK: Final = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters by their category that show nothing: the fillers of Hangul, Braille without a dot."""


def normalize_text(text: str) -> str:
    """Return the text as features and comparisons see it; applying it twice changes nothing.

    Compatibility forms become plain letters (NFKC), typographic quotes and dashes become
    straight ones; control and invisible characters, URLs, the stamps of meme sites and lines
    that hold nothing but a handle go; white space shrinks to single blanks. Letters keep
    their case: whether it matters is the encoder's decision.
    """
    # Most texts hold nothing invisible, which the first look tells a hundred times as fast.
    visible = (
        text
        if text.replace("\n", "").isprintable()
        else "".join(c for c in text if c in _KEPT_CONTROLS or _is_visible(c))
    )
    plain = normal_form("NFKC", visible).translate(_STRAIGHT)
    for pattern in (_URL, _SITE, _APP, _HANDLE_LINE):
        plain = pattern.sub(" ", plain)
    return " ".join(plain.split())


def has_words(text: str) -> bool:
    """Say whether a text holds anything to read, besides stamps and links."""
    return bool(normalize_text(text))


def given_text(text: str | None, *, none: bool = False) -> str | None:
    """Return what was given as a meme's text: every door's one rule.

    A blank text was not given, and one of characters that nobody sees is blank, so it is read from
    the image (``None``); that an image has no text is said by ``none`` ("").

    Raises:
        InputError: if there is a text, and it is said that there is none.
    """
    if text is None or not any(_is_seen(char) for char in text):
        return "" if none else None
    if none:
        raise InputError("A text is given, and it is said that there is none. Leave one out.")
    return text


def join_caption(caption: str, text: str) -> str:
    """Return a caption in front of a meme's text, as one text; either may be empty."""
    return "\n".join(part for part in (caption.strip(), text.strip()) if part)


def text_hash(text: str) -> str:
    """SHA-256 of the normalised text: what the features of two equal texts are shared under."""
    return _hash(normalize_text(text))


def text_id(text: str) -> str:
    """Name a meme that is text alone: the text's hash, or that of what holds no words as it is.

    Every door names it so: what people type, files, imports and the rows of datasets.
    """
    raw = text.encode("utf-8", errors="surrogatepass")
    return text_key(text) or hashlib.sha256(raw).hexdigest()


def text_key(text: str) -> str | None:
    """Return what equal texts share, or ``None`` for one without words, which is like no other."""
    plain = normalize_text(text)
    return _hash(plain) if plain else None


def digest_texts(parts: Iterable[str]) -> str:
    """Return the SHA-256 of several texts in their order; each is parted from the next."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", errors="surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()


def _is_seen(char: str) -> bool:
    return _is_visible(char) and not char.isspace() and char not in _BLANK


def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
