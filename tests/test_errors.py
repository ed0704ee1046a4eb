import logging

import pytest

from memeclip_core.errors import InputError, log_unexpected, without_folders


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("/srv/a/b.csv is empty.", "b.csv is empty."),
        ("Cannot read '/srv/a/b.csv', line 3", "Cannot read 'b.csv', line 3"),
        (r"C:\Users\me\b.csv is empty.", "b.csv is empty."),
        ("train/metadata.csv, line 2", "train/metadata.csv, line 2"),
        ("See https://example.org/a/b.", "See https://example.org/a/b."),
        ("0/1/2 and/or 3", "0/1/2 and/or 3"),
    ],
)
def test_paths_are_cut_down_to_their_last_name(message: str, shown: str) -> None:
    assert without_folders(message) == shown


WORDS = "the text of a meme"


def test_an_unexpected_error_is_logged_by_its_kind_and_place_and_that_of_its_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    def look_up() -> str:
        return dict[str, str]()[WORDS]

    try:
        try:
            look_up()
        except KeyError:
            raise ValueError(WORDS) from InputError(WORDS)
    except ValueError as error:
        log_unexpected(logging.getLogger("memeclip"), error, "%s of %d failed", "a job", 3)
        error.__cause__.__cause__ = error  # type: ignore[union-attr]
        log_unexpected(logging.getLogger("memeclip"), error, "100 %", level=logging.INFO)
    try:
        try:
            look_up()
        except KeyError:
            raise ValueError(WORDS)  # noqa: B904
    except ValueError as error:
        log_unexpected(logging.getLogger("memeclip"), error, "after another")
    first, second, third = caplog.records
    assert (first.levelname, second.levelname) == ("ERROR", "INFO")
    assert first.module == "test_errors"
    assert first.getMessage().startswith("a job of 3 failed: ValueError\n  File ")
    assert "test_errors.py" in first.getMessage() and "after InputError" in first.getMessage()
    assert second.getMessage().startswith("100 %: ValueError\n")
    assert "after KeyError" in third.getMessage() and "in look_up" in third.getMessage()
    assert WORDS not in caplog.text
