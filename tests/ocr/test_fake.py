"""The reader for tests does what it was told."""

from __future__ import annotations

from PIL import Image

from memeclip_core.ocr.fake import FakeOcr


def test_lines_fill_bands_and_words_share_them() -> None:
    result = FakeOcr(text=" one  two \n\nthree", confidence=0.5).read(Image.new("RGB", (100, 40)))
    assert result.text == "one two\nthree"
    assert [(word.text, word.box) for word in result.words] == [
        ("one", (0, 0, 50, 20)),
        ("two", (50, 0, 100, 20)),
        ("three", (0, 20, 100, 40)),
    ]
    assert result.confidence == 0.5


def test_without_text_it_finds_nothing() -> None:
    result = FakeOcr().read(Image.new("RGB", (10, 10)))
    assert (result.text, result.words, result.confidence) == ("", (), None)


def test_fingerprints_differ_with_the_text() -> None:
    assert FakeOcr(text="a").fingerprint != FakeOcr(text="b").fingerprint
    assert FakeOcr(unread=1).fingerprint != FakeOcr().fingerprint


def test_it_says_how_many_lines_it_could_not_read() -> None:
    assert FakeOcr(unread=2).read(Image.new("RGB", (10, 10))).unread == 2
