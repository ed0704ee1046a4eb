"""Several values behind one name."""

from __future__ import annotations

import pytest

from memeclip_core.cli.spread import spread

NAMES = {"--seeds": 1, "--set": 1}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--seeds 0 1 2", "--seeds 0 --seeds 1 --seeds 2"),
        ("--seeds 0 --seeds 1", "--seeds 0 --seeds 1"),
        ("--seeds 0 1 --out d", "--seeds 0 --seeds 1 --out d"),
        ("--out d --seeds 3", "--out d --seeds 3"),
        ("a b --set x=1 y=2 --head h", "a b --set x=1 --set y=2 --head h"),
        ("--set lr=1 -h", "--set lr=1 -h"),
        ("--seeds 0 -- 1 2", "--seeds 0 -- 1 2"),
        ("--out d e", "--out d e"),
        ("--seeds", "--seeds"),
        ("", ""),
    ],
)
def test_each_value_gets_its_own_name(line: str, expected: str) -> None:
    assert spread(line.split(), NAMES) == expected.split()


def test_numbers_below_zero_are_values() -> None:
    assert spread(["--seeds", "0", "-1"], NAMES) == ["--seeds", "0", "--seeds", "-1"]
