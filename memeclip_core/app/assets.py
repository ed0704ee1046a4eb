"""The page's own files and its sample memes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from memeclip_core.errors import StoreError
from memeclip_core.records.meme import DemoMeme
from memeclip_core.records.project import Labels
from memeclip_core.storage.files import load_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A harmless meme of our own that ships with the app.

    Attributes:
        path: the image file.
        title: one line that names it.
        task_set: the key of the task set whose heads know memes of its kind; "" is none.
        text: what is written on it.
        labels: what is plainly true of it, by task set and task.
    """

    path: Path
    title: str
    task_set: str = ""
    text: str = ""
    labels: Mapping[str, Labels] = field(default_factory=dict, hash=False)


def read_asset(path: Path) -> str:
    """Return a shipped text file, such as the page's style sheet.

    Raises:
        StoreError: if it is missing; the installation is incomplete then.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _missing(path, error) from None


def read_asset_bytes(path: Path) -> bytes:
    """Return what is in a shipped file; see ``read_asset``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _missing(path, error) from None


def read_scripts(folder: Path) -> dict[str, str]:
    """Return the scripts in a folder, and in those below it, by their paths there."""
    paths = sorted(folder.rglob("*.js"))
    return {path.relative_to(folder).as_posix(): read_asset(path) for path in paths}


def read_samples(folder: Path) -> tuple[Sample, ...]:
    """Return the sample memes that ``samples.json`` lists; none if the file is not there.

    Raises:
        StoreError: if the list does not hold together.
    """
    listing = folder / "samples.json"
    if not listing.is_file():
        return ()
    try:
        found = load_json(read_asset(listing))
        entries = found["samples"] if isinstance(found, dict) else found
        samples = [
            Sample(
                path=folder / Path(entry["file"]).name,
                title=str(entry["title"]),
                task_set=str(entry.get("task_set", "")),
                text=str(entry.get("text", "")),
                labels={
                    key: {task: tuple(names) for task, names in own.items()}
                    for key, own in entry.get("labels", {}).items()
                },
            )
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{listing} does not hold together ({type(error).__name__}: {error}). It needs a list "
            "of samples with file and title."
        ) from None
    return tuple(sample for sample in samples if sample.path.is_file())


def read_demo(folder: Path) -> tuple[DemoMeme, ...]:
    """Return the samples as the demo's memes; see ``read_samples``."""
    return tuple(
        DemoMeme(
            data=sample.path.read_bytes(),
            filename=sample.path.name,
            text=sample.text,
            labels=sample.labels,
        )
        for sample in read_samples(folder)
    )


def _missing(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path.name} cannot be read from {path.parent}: {error.strerror}. It ships with the app: "
        "install it again."
    )
