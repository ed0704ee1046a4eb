"""Where the images of a dataset lie."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

_BESIDE = ("images", "img", "Images")


def find_image(name: str, *, file: Path, folder: Path | None) -> Path | None:
    """Return an image's path, or ``None`` if there is no such file.

    Args:
        name: as the dataset writes it. Only its parts below a folder count: a name never leads
            out of the folders that are searched.
        file: the dataset's file. Without ``folder``, the image is looked for beside it and in
            ``images/`` or ``img/`` beside it.
        folder: where else to look, and nowhere besides.
    """
    parts = [
        part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..")
    ]
    if not parts or "\0" in name:
        return None
    folders = [folder] if folder else [file.parent, *(file.parent / name for name in _BESIDE)]
    places = [place / tail for place in folders for tail in (Path(*parts), Path(parts[-1]))]
    try:
        return next((place for place in places if place.is_file()), None)
    except OSError:  # a name that is too long for the disk is no file
        return None
