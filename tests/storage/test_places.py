"""Numbers by heads: what was added last counts, and there are few runs."""

from __future__ import annotations

import numpy as np
import pytest

from memeclip_core.storage.places import Places


def heads(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def add(places: Places, pairs: dict[int, int]) -> None:
    places.add(heads(*pairs), np.array([*pairs.values()], np.int64))


def test_what_was_added_is_found_in_any_order_and_nothing_else() -> None:
    places = Places()
    assert places.find(heads(1, 2)).tolist() == [-1, -1]
    add(places, {5: 50, 2**64 - 1: 7, 0: 3})
    assert places.find(heads(0, 1, 2**64 - 1, 5, 6)).tolist() == [3, -1, 7, 50, -1]
    assert places.find(heads()).tolist() == []
    assert len(places) == 3


def test_of_one_head_the_last_one_counts_within_a_run_and_between_runs() -> None:
    places = Places()
    places.add(heads(4, 4), np.array([1, 2]))
    assert places.find(heads(4)).tolist() == [2]
    places.add(heads(4), np.array([0]))
    assert places.find(heads(4)).tolist() == [0]
    add(places, dict.fromkeys(range(100, 200), 9))
    assert places.find(heads(4)).tolist() == [0]


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_it_is_a_dictionary_of_few_runs(batch: int) -> None:
    generator = np.random.default_rng(batch)
    places, known = Places(), {}
    for first in range(0, 2100, batch):
        own = {int(generator.integers(0, 500)): first + one for one in range(batch)}
        add(places, own)
        known |= own
        assert len(places._runs) <= 5
    asked = np.arange(600)
    assert places.find(asked.astype(np.uint64)).tolist() == [known.get(i, -1) for i in range(600)]


def test_a_range_of_places_is_dropped() -> None:
    places = Places()
    add(places, {1: 10, 2: 20, 3: 30})
    add(places, {4: 40})
    places.drop(20, 40)
    assert places.find(heads(1, 2, 3, 4)).tolist() == [10, -1, -1, 40]
    places.drop(0, 100)
    assert len(places) == 0 and places.find(heads(1)).tolist() == [-1]
