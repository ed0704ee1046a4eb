"""The log as lines of JSON, for programs that collect logs."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, Literal

LogFormat = Literal["text", "json"]

OWN: Final = "memeclip"
"""The logger whose messages name ids and counts alone."""

_KEEPERS: Final = ("", "uvicorn", "uvicorn.access", "uvicorn.error")
"""Loggers with handlers of their own."""


class JsonFormatter(logging.Formatter):
    """One object a line, without anything that people sent.

    What a library logs, and what an error says, may quote a meme's text: of these only the place
    is written, and the kind of the error.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        own = record.name.partition(".")[0] == OWN
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
        }
        if own:
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


@contextmanager
def logging_as(form: LogFormat) -> Iterator[Callable[[], None]]:
    """Write every log of this process as JSON, if that is asked for, until the end.

    Yields what is called once a web server has set up its own log.
    """
    before: dict[logging.Handler, logging.Formatter | None] = {}

    def reach() -> None:
        for name in _KEEPERS if form == "json" else ():
            for handler in logging.getLogger(name or None).handlers:
                before.setdefault(handler, handler.formatter)
                handler.setFormatter(JsonFormatter())

    reach()
    try:
        yield reach
    finally:
        for handler, formatter in before.items():
            handler.setFormatter(formatter)
