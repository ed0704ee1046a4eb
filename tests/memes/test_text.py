"""Clean-up of meme text: what goes, what stays, and that twice is once."""

from __future__ import annotations

import hashlib

import pytest

from memeclip_core.errors import InputError
from memeclip_core.memes.text import (
    given_text,
    has_words,
    join_caption,
    normalize_text,
    text_hash,
    text_id,
    text_key,
)

CASES = [
    ("", ""),
    ("  WHEN   you\n\n\tcode ", "WHEN you code"),
    ("ﬁne ｔｅｘｔ ½", "fine text 1⁄2"),  # noqa: RUF001
    ("“quoted” ‘it’ – dash", "\"quoted\" 'it' - dash"),  # noqa: RUF001
    ("zero\u200bwidth \ufeffmark\x00", "zerowidth mark"),
    ("e\u200b\u0301tude", "\u00e9tude"),
    ("see https://example.org/a?b=c now", "see now"),
    ("see www.example.org/a now", "see now"),
    ("TOP TEXT\nimgflip.com", "TOP TEXT"),
    ("top made with mematic bottom", "top bottom"),
    ("bottom quickmeme . com", "bottom"),
    ("ifunny.co", ""),
    ("I like memes", "I like memes"),
    ("he made it with love", "he made it with love"),
    ("@someone_01\nsays hi to @other", "says hi to @other"),
    ("r/memes\nhello", "hello"),
    ("one\n\n \u3000@a.b-c\t\r\n\n@d\x0b\nu/e \n two\n", "one two"),
    ("one\n@a b\n@\ntwo", "one @a b @ two"),
    ("emoji 😀 stay", "emoji 😀 stay"),
]


@pytest.mark.parametrize(("raw", "clean"), CASES)
def test_normalize_text(raw: str, clean: str) -> None:
    assert normalize_text(raw) == clean


@pytest.mark.parametrize("raw", [raw for raw, _ in CASES] + ["imgflip http://x.org .com"])
def test_twice_is_once(raw: str) -> None:
    once = normalize_text(raw)
    assert normalize_text(once) == once


def test_text_hash_is_shared_by_texts_that_normalise_alike() -> None:
    assert text_hash("a  b\n") == text_hash("a b") == hashlib.sha256(b"a b").hexdigest()
    assert text_hash("a b") != text_hash("A b")


def test_a_text_alone_is_named_by_what_is_read_of_it_or_by_itself() -> None:
    assert text_id("a  b\n") == text_id("a b") == text_key("a b") == text_hash("a b")
    assert text_key("https://x.org") is None
    assert text_id("https://x.org") != text_id("https://y.org")


@pytest.mark.parametrize(
    ("caption", "text", "joined"),
    [("a cat", "MEOW", "a cat\nMEOW"), ("a cat", " ", "a cat"), ("", "MEOW", "MEOW"), ("", "", "")],
)
def test_a_caption_stands_in_front_of_the_text(caption: str, text: str, joined: str) -> None:
    assert join_caption(caption, text) == joined


@pytest.mark.parametrize(
    ("text", "none", "given"),
    [
        (None, False, None),
        ("", False, None),
        (" \n\u3000", False, None),
        ("\u200b\ufeff\u2060", False, None),
        ("\u3164 \u2800", False, None),
        ("\u200b", True, ""),
        (" a ", False, " a "),
        (None, True, ""),
        (" ", True, ""),
    ],
)
def test_a_blank_text_was_not_given(text: str | None, none: bool, given: str | None) -> None:
    assert given_text(text, none=none) == given


def test_a_text_of_stamps_and_links_is_nothing_to_read() -> None:
    assert has_words("words")
    for text in ("", " \n\t", "imgflip.com", "https://example.org/x"):
        assert not has_words(text)


def test_a_text_and_that_there_is_none_contradict_each_other() -> None:
    with pytest.raises(InputError, match="Leave one out"):
        given_text("a", none=True)
