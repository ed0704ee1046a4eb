"""Searching a collection: by words, by meaning, by a picture, by one of its memes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from memeclip_core.app.explore.contents import Contents
from memeclip_core.errors import InputError
from memeclip_core.explore.nearness import Nearest, find_like, find_meant
from memeclip_core.explore.vectors import Vectors
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.reading import Reader
from memeclip_core.records.exploration import Hits, SearchKind

WORDS: Final = "Every word has to be in the text or the file name; case does not matter."
NOTES: Final[Mapping[str, str]] = {
    "meaning": "By cosines in the space shared by text and picture: even the best may be far off.",
    "picture": "No meme here has a picture that can be compared.",
    "like": "No other meme here can be compared.",
}
"""What there is to know of a search by meaning, and of the others where they compare nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is searched for: each kind takes its own of the others.

    Attributes:
        how: see ``SearchKind``.
        text: words, or a sentence whose meaning is searched for.
        image: an image's bytes.
        like: a meme of the collection.
        n: how many are wanted.

    Raises:
        InputError: if what it takes is missing.
    """

    how: SearchKind
    text: str = ""
    image: bytes | None = None
    like: str = ""
    n: int = 50

    def __post_init__(self) -> None:
        if self.how in ("words", "meaning") and not self.text.strip():
            raise InputError("Write what is searched for.")
        if self.how == "picture" and self.image is None:
            raise InputError("Hand in the picture that is searched for.")
        if self.how == "like" and not self.like:
            raise InputError("Name the meme that the others are to be like.")


@dataclass(frozen=True, kw_only=True)
class Finder:
    """Searches the vectors of a collection with the encoder that made them."""

    engines: Engines
    reader: Reader

    def find(self, contents: Contents, vectors: Vectors, search: Search) -> Hits:
        """Return what is nearest; see ``Explorer.search``.

        Raises:
            UnsupportedError: if the encoder has no space shared by text and picture.
        """
        ways: dict[str, Callable[[Contents, Vectors, Search], Nearest]] = {
            "meaning": self._by_meaning,
            "picture": self._by_picture,
            "like": self._by_meme,
        }
        near = ways[search.how](contents, vectors, search)
        return Hits(
            ids=tuple(contents.ids[place] for place in near.places),
            scores=tuple(near.cosines.tolist()),
            how=search.how,
            compared=near.compared,
            total=near.compared,
            note="" if near.compared and search.how != "meaning" else NOTES[search.how],
        )

    def _by_meaning(self, contents: Contents, vectors: Vectors, search: Search) -> Nearest:
        encoder = self.engines.encoder()
        with self.engines.encoding:
            query = encoder.encode_prompts([search.text])[0]
        return find_meant(vectors, query, encoder.share_images, encoder.share_texts, search.n)

    def _by_picture(self, contents: Contents, vectors: Vectors, search: Search) -> Nearest:
        picture = self.reader.picture(search.image or b"")
        with self.engines.encoding:
            row = self.engines.encoder().encode_images([picture])
        one = Vectors(
            image=row,
            text=np.zeros((1, 0), np.float32),
            has_image=np.ones(1, bool),
            has_text=np.zeros(1, bool),
        )
        query = one.take("picture", np.zeros(1, np.int64))[0]
        return find_like(vectors, "picture", query, search.n)

    def _by_meme(self, contents: Contents, vectors: Vectors, search: Search) -> Nearest:
        (place,) = contents.find([search.like])
        query = vectors.take("fused", np.array([place]))[0]
        near = find_like(vectors, "fused", query, search.n + 1)
        others = np.flatnonzero(near.places != place)[: search.n]
        return replace(
            near,
            places=near.places[others],
            cosines=near.cosines[others],
            compared=max(0, near.compared - 1),
        )


def find_words(contents: Contents, search: Search) -> Hits:
    """Return the memes whose text or file name holds every word, in the order of import."""
    words = search.text.casefold().split()
    found = [
        one
        for one, name, text in zip(contents.ids, contents.names, contents.texts, strict=True)
        if _holds(f"{name}\n{text}".casefold(), words)
    ]
    ids = tuple(found[: search.n])
    return Hits(
        ids=ids,
        scores=(1.0,) * len(ids),
        how="words",
        compared=len(contents),
        total=len(found),
        note=WORDS,
    )


def _holds(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)
