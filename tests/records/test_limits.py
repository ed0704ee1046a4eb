import math
from dataclasses import dataclass
from typing import Literal

import pytest

from memeclip_core.errors import TextError
from memeclip_core.records.limits import (
    Count,
    Natural,
    NotNegative,
    Positive,
    Rate,
    Share,
    check_text,
    find_faults,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    count: Count = 1
    natural: Natural = 0
    positive: Positive = 0.1
    weight: NotNegative = 0.0
    rate: Rate = 0.0
    share: Share = 1.0
    word: Literal["x", "y"] = "x"
    free: str = ""


def test_values_within_bounds_are_no_fault():
    assert find_faults(Settings()) == []
    assert find_faults(Settings(count=9, natural=9, rate=0.99, share=0.0, word="y")) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("count", 0, "count is 0, at least 1 is needed"),
        ("natural", -1, "natural is -1, at least 0 is needed"),
        ("positive", 0, "positive is 0, it must be above 0"),
        ("positive", math.nan, "positive is nan, it must be above 0"),
        ("weight", -0.1, "weight is -0.1, at least 0 is needed"),
        ("rate", 1.0, "rate is 1.0, allowed is 0 up to below 1"),
        ("share", 1.1, "share is 1.1, allowed is 0 to 1"),
        ("word", "z", "word is 'z', known are x, y"),
    ],
)
def test_a_fault_names_the_value_and_what_is_allowed(name, value, says):
    assert find_faults(Settings(**{name: value})) == [says]


def test_all_faults_are_told_in_the_order_of_the_fields():
    found = find_faults(Settings(word="z", count=0, rate=-1.0))
    assert [fault.split()[0] for fault in found] == ["count", "rate", "word"]


def test_what_cannot_be_saved_is_refused_by_name() -> None:
    check_text("any other \t text", "text")
    with pytest.raises(TextError, match=r"The note holds NUL \(U\+0000\) at place 2"):
        check_text("a\0b", "note")
    with pytest.raises(TextError, match=r"half a character \(U\+D800\) at place 1"):
        check_text("\ud800", "note")
