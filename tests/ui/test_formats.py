"""Numbers and texts as people read them."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from memeclip_core.api.texts import use
from memeclip_core.config import ROOT
from memeclip_core.ui.formats import (
    clock,
    count,
    decimal,
    escape,
    listed,
    percent,
    share,
    shortened,
    signed,
    sureness,
)


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.5, "50 %"),
        (0.834, "83 %"),
        (0.999, "over 99 %"),
        (1.0, "over 99 %"),
        (0.004, "under 1 %"),
        (0.0, "under 1 %"),
        (float("nan"), "unknown"),
        (float("inf"), "unknown"),
    ],
)
def test_percent_never_claims_certainty(probability, words):
    assert percent(probability) == words


@pytest.mark.parametrize(
    ("counted", "words"), [(0.0, "0 %"), (0.004, "under 1 %"), (0.834, "83 %"), (1.0, "100 %")]
)
def test_all_and_none_of_what_was_counted_are_said(counted, words):
    assert share(counted) == words


@pytest.mark.parametrize(
    ("probabilities", "words"),
    [
        ([0.9, 0.1], "quite sure"),
        ([0.75, 0.25], "fairly sure"),
        ([0.6, 0.4], "leans this way"),
        ([0.55, 0.45], "a close call"),
        ([0.34, 0.33, 0.33], "a close call"),
        ([0.1, 0.8, 0.1], "quite sure"),
        ([float("nan"), 0.5], "no answer"),
        ([1.0], "no answer"),
    ],
)
def test_sureness_is_the_lead_over_the_runner_up(probabilities, words):
    assert sureness(probabilities) == words


def test_signed_always_shows_its_sign():
    assert signed(0.314) == "+0.31"
    assert signed(-0.25) == "\N{MINUS SIGN}0.25"
    assert signed(-0.004) == "+0.00" and signed(-2, 0) == "\N{MINUS SIGN}2"
    assert signed(float("nan")) == "n/a"


def test_decimal_says_where_there_is_no_number():
    assert decimal(0.12345) == "0.123"
    assert decimal(None) == "n/a"
    assert decimal(float("nan")) == "n/a"


def test_count_agrees_with_its_noun():
    assert count(1, "meme") == "1 meme"
    assert count(1024, "meme") == "1,024 memes"
    assert count(2, "entry", "entries") == "2 entries"


def test_listed_reads_as_in_a_sentence():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_shortened_keeps_the_limit_and_flattens_white_space():
    assert shortened("a \n b") == "a b"
    assert shortened("x" * 200, 10) == "x" * 9 + "…"


def test_escape_covers_attributes():
    assert escape("<a b=\"c\" d='e'>&") == "&lt;a b=&quot;c&quot; d=&#x27;e&#x27;&gt;&amp;"


def test_clock_names_its_zone():
    time = datetime(2026, 1, 2, 12, 0, 5, tzinfo=UTC)
    local = time.astimezone()
    assert clock(time) == f"{local:%H:%M:%S} {local.tzname()}"


@pytest.fixture
def german() -> Iterator[None]:
    use("de", ROOT / "assets")
    yield
    use("en", ROOT / "assets")


def test_numbers_are_said_in_the_language_of_the_page(german):
    assert (percent(0.999), percent(math.nan), decimal(None)) == ("über 99 %", "unbekannt", "k. A.")
    assert (sureness([0.9, 0.1]), sureness([0.5, 0.5])) == ("ziemlich sicher", "sehr knapp")
    assert listed(["a", "b", "c"]) == "a, b und c"
    assert (count(1, "answer"), count(1024, "answer")) == ("1 Antwort", "1,024 Antworten")


def test_what_no_catalogue_counts_is_counted_in_english(german):
    assert (count(1, "ox", "oxen"), count(2, "ox", "oxen")) == ("1 ox", "2 oxen")
