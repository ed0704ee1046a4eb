from dataclasses import replace
from pathlib import Path

from memeclip_core.datasets.duplicates import find_copies, find_duplicates
from memeclip_core.datasets.reader import Row
from memeclip_core.memes.near_duplicates import ImagePrint
from memeclip_core.records.dataset_report import Straddle

LONG = "one does not simply walk into the kitchen and eat the whole cake at once"


def row(line: int, text: str, split: str = "train", hate: str = "0") -> Row:
    return Row(
        name=str(line),
        image=None,
        text=text,
        labels={"hate": (hate,)},
        split=split,
        line=line,
        file="f",
    )


def test_duplicates_are_grouped_and_counted_across_splits():
    rows = [
        row(1, LONG),
        row(2, f"  {LONG}\n"),
        row(3, LONG, "val", hate="1"),
        row(4, LONG.replace("cake", "cakes"), "val"),
        row(5, ""),
        row(6, "", "val"),
        row(7, "something else entirely"),
    ]
    same, near, image, near_image = find_duplicates(rows, [None] * 7)
    assert same.groups == (("f, line 1", "f, line 2", "f, line 3"),)
    assert (same.compared, same.rows, same.contradicting) == (5, 3, 1)
    assert same.straddles == (
        Straddle(split="train", other="val", rows=2, of=4),
        Straddle(split="val", other="train", rows=1, of=3),
    )
    # Near counts what is not the same already: line 4 in val; lines 1 and 2 are the same as 3.
    assert near.groups == (("f, line 1", "f, line 2", "f, line 3", "f, line 4"),)
    assert near.straddles == (Straddle(split="val", other="train", rows=1, of=3),)
    assert (image.compared, image.groups, near_image.groups) == (0, (), ())


def test_images_are_compared_byte_by_byte_and_by_their_looks():
    def look(content: str, bits: int = 0) -> ImagePrint:
        return ImagePrint(content=content, bits=bits, thumbnail=bytes(1024))

    rows = [row(1, "a"), row(2, "b"), row(3, "c", "val"), row(4, "d", "val")]
    prints = [look("x"), look("x"), look("y"), look("z", bits=2**64 - 1)]
    _, _, same, near = find_duplicates(rows, prints)
    assert same.groups == (("f, line 1", "f, line 2"),)
    assert same.straddles == ()
    assert near.groups == (("f, line 1", "f, line 2", "f, line 3"),)
    assert near.straddles == (
        Straddle(split="train", other="val", rows=2, of=2),
        Straddle(split="val", other="train", rows=1, of=2),
    )


def test_a_group_of_same_texts_alone_is_not_near():
    rows = [row(1, LONG), row(2, LONG), row(3, "something else entirely")]
    _, near, _, _ = find_duplicates(rows, [None] * 3)
    assert near.groups == ()


def test_a_meme_is_its_text_and_its_picture_together(tmp_path: Path):
    for name in ("cat", "dog"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "again").write_bytes(b"cat")

    def meme(text: str, picture: str | None = None, split: str = "train") -> Row:
        path = None if picture is None else tmp_path / picture
        return replace(row(0, text, split), image=path)

    judged = [meme("tea", "cat", "val"), meme("", "dog", "val"), meme("bare", None, "val")]
    expected = {
        "the same": (meme("tea", "again"), True),
        "another picture": (meme("tea", "dog"), False),
        "another text": (meme("coffee", "cat"), False),
        "no picture": (meme("tea"), True),
        "a picture that is gone": (meme("tea", "gone"), True),
        "no picture there": (meme("bare", "cat"), True),
        "no text, the same picture": (meme("", "dog"), True),
        "no text, another picture": (meme("", "cat"), False),
        "nothing at all": (meme(""), False),
    }
    rows = [*judged, *(item for item, _ in expected.values())]
    found = find_copies(rows, [item.text for item in rows], [True] * 3 + [False] * len(expected))
    assert dict(zip(expected, found[3:].tolist(), strict=True)) == {
        what: copy for what, (_, copy) in expected.items()
    }
    assert not found[:3].any()
