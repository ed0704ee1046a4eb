"""The log as JSON: whole lines, and nothing that people sent."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from memeclip_core.cli.logs import JsonFormatter, logging_as

HATEFUL = "what a meme says"


@pytest.fixture
def sink() -> Iterator[io.StringIO]:
    """Have the root logger write to a text."""
    found = io.StringIO()
    handler = logging.StreamHandler(found)
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


def lines(sink: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_a_line_is_an_object_with_our_own_words(sink: io.StringIO) -> None:
    with logging_as("json"):
        logging.getLogger("memeclip").warning("backed up %d files\nof %s", 3, "ä")
    (line,) = lines(sink)
    assert line["message"] == "backed up 3 files\nof ä"
    assert (line["level"], line["logger"]) == ("warning", "memeclip")
    assert str(line["place"]).startswith("test_logs:") and str(line["time"]).endswith("+00:00")


def test_what_libraries_and_errors_say_is_left_out(sink: io.StringIO) -> None:
    with logging_as("json"):
        try:
            raise ValueError(HATEFUL)
        except ValueError:
            logging.getLogger("memeclip").exception("a command broke off")
            logging.getLogger("gradio").error("cannot read %r", HATEFUL, exc_info=True)
            logging.getLogger("memeclipped").error(HATEFUL)
    own, foreign, similar = lines(sink)
    assert HATEFUL not in sink.getvalue()
    assert own["message"] == "a command broke off" and own["error"] == "ValueError"
    assert "message" not in foreign and foreign["error"] == "ValueError"
    assert foreign["trace"] == own["trace"] and "test_logs.py" in str(own["trace"])
    assert "message" not in similar


def test_the_web_servers_own_handlers_are_reached_and_all_are_given_back(sink: io.StringIO) -> None:
    logger = logging.getLogger("uvicorn.error")
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(own := logging.Formatter("%(message)s"))
    try:
        with logging_as("json") as reach:
            logger.addHandler(handler)
            assert handler.formatter is own
            reach()
            reach()
            assert isinstance(handler.formatter, JsonFormatter)
        assert handler.formatter is own
        logging.getLogger("memeclip").warning("as text again")
    finally:
        logger.removeHandler(handler)
    assert sink.getvalue() == "as text again\n"


def test_text_is_left_as_it_is(sink: io.StringIO) -> None:
    with logging_as("text") as reach:
        reach()
        logging.getLogger("memeclip").warning("as text")
    assert sink.getvalue() == "as text\n"
