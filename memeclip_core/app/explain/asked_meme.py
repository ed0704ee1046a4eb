"""A meme that is asked about, opened: read, decoded, and with the model that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memeclip_core.inference.loaded_model import LoadedModel
from memeclip_core.inference.reading import Reader
from memeclip_core.marks import mark
from memeclip_core.memes.text import has_words
from memeclip_core.records.explanation import Asked
from memeclip_core.records.meme import Meme
from memeclip_core.tasks import TaskSet

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AskedMeme:
    """The meme as it was read, its upright picture if there is one, and the model that answers."""

    tasks: TaskSet
    meme: Meme
    picture: Image.Image | None
    model: LoadedModel

    @property
    def has_words(self) -> bool:
        """Whether there is a text on it."""
        return has_words(self.meme.text)

    @property
    def no_words(self) -> str:
        """Why no word of it changes the answers, or ""."""
        if "text" not in self.model.reads:
            return mark("These heads read no text, so no word changes their answers.")
        return "" if self.has_words else mark("This meme has no text.")

    @property
    def ignores_picture(self) -> str:
        """Why no picture changes the answers, or ""."""
        read = "image" in self.model.reads
        return (
            ""
            if read
            else mark("These heads read no picture, so no place of it changes their answers.")
        )

    @property
    def no_picture(self) -> str:
        """Why no place of its picture changes the answers, or ""."""
        missing = "" if self.picture is not None else mark("This meme has no picture.")
        return self.ignores_picture or missing


def open_meme(asked: Asked, tasks: TaskSet, reader: Reader, model: LoadedModel) -> AskedMeme:
    """Read the meme that is asked about; see ``Reader.read`` for what is raised."""
    meme, loaded = reader.read(
        asked.data, asked.filename, text=asked.text, text_source=asked.text_source
    )
    picture = None if loaded is None else loaded.image
    return AskedMeme(tasks=tasks, meme=meme, picture=picture, model=model)
