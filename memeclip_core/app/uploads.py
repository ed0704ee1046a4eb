"""Files that a browser has uploaded: opened, predicted, and what may be imported of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memeclip_core.app.studio import Studio
from memeclip_core.datasets.reader import SUFFIXES
from memeclip_core.datasets.sources import Source
from memeclip_core.errors import InputError, StoreError
from memeclip_core.inference.reading import clean_filename
from memeclip_core.memes.image import SNIFFED_BYTES, content_id, sniff
from memeclip_core.memes.text import given_text
from memeclip_core.records.explanation import Asked
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.schemas import prediction_to_dict
from memeclip_core.storage.tree import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from PIL import Image

MOST_IMAGES: Final = 100
"""Images of one request."""

PICTURE_HEAD: Final = SNIFFED_BYTES

IMPORTED: Final = (".zip", *IMAGE_SUFFIXES, *SUFFIXES)
"""The endings of files that a project imports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An uploaded picture: its meme's content id, the upright RGB image, and its frames.

    ``frames`` is as ``count_frames`` says; the image is the first of them.
    """

    meme: str
    image: Image.Image
    frames: int = 1


def check_picture(head: bytes) -> None:
    """Say by its first ``PICTURE_HEAD`` bytes that a file is no picture; raise ImageError."""
    if head:
        sniff(head)


def read_upload(path: Path, *, max_bytes: int) -> bytes:
    """Return the bytes of an uploaded file; one byte more than allowed is enough to refuse it.

    Raises:
        StoreError: if it is not there any more.
    """
    try:
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError:
        raise StoreError(
            f"The server no longer has {path.name}: uploads are deleted after some hours, and when "
            "the app is restarted. Drop it on the page again."
        ) from None


def open_upload(studio: Studio, path: Path, known: Collection[str] = ()) -> Upload | None:
    """Open an uploaded picture, to be shown; ``None`` for one of the memes that are known already.

    Raises:
        StoreError: if it is not there any more.
        ImageError: if it is not a usable image.
    """
    data = read_upload(path, max_bytes=studio.settings.max_bytes)
    meme = content_id(data)
    if meme in known:
        return None
    return Upload(meme=meme, image=studio.picture(data), frames=studio.count_frames(data))


def ask_upload(
    studio: Studio,
    data: bytes | None,
    name: str,
    text: str | None,
    *,
    task_set: str | None,
    model: str | None,
    no_text: bool,
) -> Asked:
    """Return what is asked of an uploaded meme; see ``predict_upload``.

    Raises:
        InputError: if there is neither image nor text, or a text although there should be none.
    """
    words = given_text(text, none=no_text)
    if data is None and not words:
        raise InputError("There is neither an image nor a text. Give at least one.")
    return Asked(
        task_set=pick_tasks(studio, task_set),
        data=data,
        filename="text" if data is None else name,
        text=words,
        model=(model or "").strip() or None,
    )


def predict_upload(
    studio: Studio,
    data: bytes | None,
    name: str,
    text: str | None,
    *,
    task_set: str | None,
    model: str | None,
    no_text: bool,
) -> Prediction:
    """Predict an uploaded image, a text alone, or an image with its text.

    Args:
        studio: who answers.
        data, name: the image's bytes and the name that it came with; ``None`` without an image.
        text: the text; a blank one or ``None`` has it read from the image.
        task_set: see ``Studio.predict``; a blank one or ``None`` is the first on offer.
        model: a version; a blank one or ``None`` is the active one.
        no_text: whether there is no text on the image.

    Raises:
        InputError: if there is neither, or a text although there should be none.
    """
    asked = ask_upload(studio, data, name, text, task_set=task_set, model=model, no_text=no_text)
    return studio.predict(
        asked.data,
        asked.filename,
        task_set=asked.task_set,
        text=asked.text,
        model=asked.model,
    )


def predict_uploads(
    studio: Studio,
    files: Sequence[tuple[str, bytes]],
    *,
    task_set: str | None,
    model: str | None,
    known: dict[str, Prediction | Failure] | None = None,
) -> list[dict[str, Any] | Failure]:
    """Return what programs read of many images, each by its name and bytes; one that fails says
    why in its place, and one that is listed often is looked at once.

    Args:
        known: what earlier images of the same call were answered, by content id; is added to.
    """
    known = {} if known is None else known
    ids = [content_id(data) for _, data in files]
    fresh = {key: file for key, file in zip(ids, files, strict=True) if key not in known}
    answers = studio.batches.predict(
        [Source(filename=name, data=data) for name, data in fresh.values()],
        task_sets=[pick_tasks(studio, task_set)],
        model=(model or "").strip() or None,
    )
    known |= {key: answer.told for key, answer in zip(fresh, answers, strict=True)}
    return [_call(known[key], name) for key, (name, _) in zip(ids, files, strict=True)]


def _call(told: Prediction | Failure, name: str) -> dict[str, Any] | Failure:
    """Return an answer under the name that its image came with this time."""
    if isinstance(told, Failure):
        return replace(told, filename=name)
    meme = replace(told.meme, filename=clean_filename(name))
    return prediction_to_dict(replace(told, meme=meme))


def pick_tasks(studio: Studio, task_set: str | None) -> str:
    """Return the key of the task set that is meant; a blank one or ``None`` is the first."""
    return (task_set or "").strip() or studio.task_sets[0].key


def name_apart(names: Sequence[str]) -> list[str]:
    """Return names of which no two are the same."""
    found: dict[str, None] = {}
    for number, name in enumerate(names):
        folder, slash, last = name.rpartition("/")
        found[name if name not in found else f"{folder}{slash}{number}-{last}"] = None
    return list(found)


def name_uploads(studio: Studio, files: object) -> dict[str, Path]:
    """Return uploads, as Gradio sends them, by the name that they came with, and the folders of it;
    two of one name are told apart.

    Gradio has checked by then that each is an upload of this server.
    """
    sent = files if isinstance(files, list) else []
    paths = [Path(file["path"]) for file in sent if isinstance(file, dict) and file.get("path")]
    return dict(zip(name_apart([studio.uploads.name(path) for path in paths]), paths, strict=True))
