"""What a person should know about an answer before believing it: pure sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from memeclip_core.encoders.base import WordsRead
from memeclip_core.marks import mark
from memeclip_core.records.meme import Meme

LEAST_KNOWN: Final = 0.6
"""Below this share of known words a text counts as unknown: of five published sets of memes in
English 0.3 to 5 % do, and nearly all texts in other languages, other scripts and gibberish."""

LEAST_UNREAD: Final = 1 / 3
"""The share of lines that could not be read from which that is said: 1 in 70 published memes in
English has so many, where 7 in 70 have some, mostly stamps."""

AVERAGE: Final = mark(
    "These heads read nothing but text, so they know nothing of this meme: what you see is their "
    "answer for an average one. Type the text if there is any."
)

UNLIKE: Final = mark(
    "This meme is unlike those that these heads learnt from, more so than 98 of 100 memes of their "
    "own kind. The answers are little more than a guess."
)

ILLEGIBLE: Final = mark("these heads read text alone, and its writing cannot be read")
WORDLESS: Final = mark("these heads read text alone, and it has none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What speaks against an answer: sentences, and in a clause why it is little but a guess."""

    notes: tuple[str, ...] = ()
    reason: str = ""


def find_doubts(
    meme: Meme, *, reads: str, has_text: bool, words: WordsRead | None, far: bool
) -> Doubts:
    """Say what the heads cannot know of a meme.

    Args:
        meme: its text, and what the text reader could not read.
        reads: what the heads read.
        has_text: whether there is a text to be read.
        words: what the encoder makes of the text; ``None`` where it does not tell.
        far: whether the meme is unlike what the heads learnt from.
    """
    notes: list[str] = []
    reasons: list[str] = []
    if "text" in reads:
        if meme.unread >= LEAST_UNREAD * (meme.unread + len(meme.text.splitlines())) > 0:
            lines = "a line" if meme.unread == 1 else f"{meme.unread} lines"
            notes.append(
                f"There is writing on this picture that the text reader cannot read ({lines}), "
                "such as another script. It counts for nothing here."
            )
        if not has_text:
            notes.append(mark("No text was found on this meme."))
            if reads == "text":
                notes.append(AVERAGE)
                reasons.append(ILLEGIBLE if meme.unread else WORDLESS)
        elif words is not None and words.known < LEAST_KNOWN * words.words:
            notes.append(
                f"The encoder knows {words.known} of the {words.words} words of this text, which "
                "may be of another language, or none. The answers are little more than a guess."
            )
            reasons.append(mark("few words of its text are known"))
        if has_text and words is not None and words.read < words.length:
            notes.append(
                f"The text is long: {words.beyond} the first {words.read} of its {words.length} "
                "words."
            )
    if far and not reasons:
        notes.append(UNLIKE)
        reasons.append(mark("it is unlike the memes that these heads learnt from"))
    return Doubts(notes=tuple(notes), reason="".join(reasons))
