"""Every error that the project raises on purpose.

::

    MemeclipError
    ├── InputError            what a person handed in cannot be used
    │   ├── ImageError        not an image, broken, too large
    │   ├── TextError         not a text that can be read
    │   ├── TaskFileError     a task file that does not hold together
    │   ├── DatasetError      a dataset file, its columns or its rows
    │   ├── LabelError        a label or task that the task set does not have
    │   └── NotFound          a project, a meme or a job that is not there
    ├── EncoderError          an encoder could not be loaded or used
    │   ├── UnknownEncoderError
    │   ├── EncoderMismatchError   a head meets features of another encoder
    │   └── UnsupportedError  the encoder lacks this ability
    ├── OcrError              a text reader is missing or failed
    ├── HeadError             a head cannot be built as asked
    ├── CheckpointError       a checkpoint is missing, damaged or foreign
    ├── StoreError            a file could not be read, written or locked
    ├── PermissionDenied      the person's role does not allow this
    │   ├── NotSignedIn       nobody is signed in, and the page asks everybody to
    │   └── OtherPerson       somebody else is signed in than when the page was opened
    ├── RateLimited           too many calls in too short a time
    ├── JobError              a job cannot be started or changed
    └── ConfigError           settings that contradict themselves

A message says what was wrong, the value, what is allowed and what to do next::

    try:
        studio.predict(data)
    except MemeclipError as error:
        print(error)
"""

from __future__ import annotations

import logging
import re
import traceback
from typing import Final

_PATH: Final = re.compile(
    r"(?<![\w/:.])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:,;'\"]+[/\\])+([^\s/\\:,;'\"]*)"
)


class MemeclipError(Exception):
    """Base of all errors below; its text is fit to be shown to a person."""


class InputError(MemeclipError):
    """What a person handed in cannot be used."""


class ImageError(InputError):
    """A file is not a readable image within the limits."""


class TextError(InputError):
    """A text cannot be used."""


class TaskFileError(InputError):
    """A task file does not hold together; the message names the line."""


class DatasetError(InputError):
    """A dataset file, column or row cannot be used; the message names the line."""


class LabelError(InputError):
    """A task or label is not part of the task set."""


class NotFound(InputError):
    """There is no project, no meme of a project, or no job, of this name."""


class EncoderError(MemeclipError):
    """An encoder could not be loaded or used."""


class UnknownEncoderError(EncoderError):
    """No encoder has this name; the message lists those that exist."""


class EncoderMismatchError(EncoderError):
    """A head was trained on features of another encoder."""


class UnsupportedError(EncoderError):
    """The encoder lacks this ability, such as a space shared by image and text."""


class OcrError(MemeclipError):
    """A text reader is missing or failed."""


class HeadError(MemeclipError):
    """A head cannot be built as asked."""


class CheckpointError(MemeclipError):
    """A checkpoint is missing, damaged or foreign."""


class StoreError(MemeclipError):
    """A file could not be read, written or locked."""


class PermissionDenied(MemeclipError):
    """The person's role does not allow this."""


class NotSignedIn(PermissionDenied):
    """Nobody is signed in, or not any more, where everybody has to be."""


class OtherPerson(PermissionDenied):
    """Somebody else is signed in now than the one who opened the page."""


class RateLimited(MemeclipError):
    """Too many calls in too short a time; the message says how long to wait."""


class JobError(MemeclipError):
    """A job cannot be started or changed."""


class ConfigError(MemeclipError):
    """Settings contradict themselves; the message lists every fault at once."""


def without_folders(message: str) -> str:
    """Return a message with every path cut down to its last name: folders are the server's own."""
    return _PATH.sub(r"\1", message)


def log_unexpected(
    log: logging.Logger,
    error: BaseException,
    what: str,
    *values: object,
    level: int = logging.ERROR,
) -> None:
    """Log an error that nobody meant to raise: its kind, and the lines that it came through.

    Its own words are left out, and those of what caused it: they may quote what somebody sent.

    Args:
        log: where to.
        error: the error.
        what: what failed, with ``%s`` for each of the values.
        values: keys, numbers and counts.
        level: how bad it is.
    """
    said = what % values if values else what
    log.log(level, "%s: %s", said, _find_places(error), stacklevel=2)


def _find_places(error: BaseException) -> str:
    """Return the kind and the places of an error, and of each that it was raised from or after."""
    found, seen = list[str](), set[int]()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        places = "".join(traceback.format_tb(cause.__traceback__))
        found.append(f"{type(cause).__name__}\n{places}".rstrip())
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nafter ".join(found)
