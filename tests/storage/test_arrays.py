import math

import numpy as np
import pytest

from memeclip_core.storage.arrays import ArrayStore

ROWS = {"x": np.arange(6, dtype=np.float32), "wide": np.ones((3, 2), np.float16)}


@pytest.fixture
def store(home):
    return ArrayStore(home)


def folders(home):
    return sorted(path for path in (home.root / "cache" / "explore").glob("*/*"))


def test_what_is_written_is_read(store):
    store.write("project:a", "map", "1", ROWS, {"share": math.nan, "n": 3})
    found = store.read("project:a", "map", "1")
    assert found.facts["n"] == 3 and math.isnan(found.facts["share"])
    for name, values in ROWS.items():
        assert np.array_equal(found.arrays[name], values)
        assert found.arrays[name].dtype == values.dtype
    with pytest.raises(ValueError):
        found.arrays["x"][0] = 1


def test_another_stamp_subject_or_name_is_a_miss(store):
    store.write("a", "map", "1", ROWS, {})
    assert store.read("a", "map", "2") is None
    assert store.read("b", "map", "1") is None
    assert store.read("a", "other", "1") is None


def test_a_newer_state_replaces_the_older_one_alone(store, home):
    store.write("a", "map", "1", ROWS, {})
    store.write("a", "features", "1", ROWS, {})
    store.write("a", "map", "2", ROWS, {})
    assert store.read("a", "map", "1") is None
    assert store.read("a", "map", "2") is not None and store.read("a", "features", "1") is not None
    assert len(folders(home)) == 2


def test_a_name_is_deleted_of_every_subject_and_no_other_name_with_it(store, home):
    for subject, name in (("a", "predictions 1"), ("b", "predictions 1"), ("b", "predictions 2")):
        store.write(subject, name, "1", ROWS, {})
    store.delete("predictions 1")
    assert store.read("a", "predictions 1", "1") is None
    assert store.read("b", "predictions 2", "1") is not None
    assert len(folders(home)) == 1
    store.delete("nothing")


def test_what_is_damaged_is_a_miss_and_can_be_written_anew(store, home):
    store.write("a", "map", "1", ROWS, {})
    (folder,) = folders(home)
    (folder / "x.npy").write_bytes(b"nothing")
    assert store.read("a", "map", "1") is None
    store.write("a", "map", "1", ROWS, {})
    assert store.read("a", "map", "1") is not None


def test_a_disk_that_takes_no_more_is_a_miss(store, home):
    (home.root / "cache" / "explore").write_bytes(b"in the way")
    store.write("a", "map", "1", ROWS, {})
    assert store.read("a", "map", "1") is None
