"""What takes a while is worked out once, in a job or here and now."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.app.explore import works
from memeclip_core.app.explore.works import Recipe, Works, read_vectors
from memeclip_core.database.jobs import Jobs
from memeclip_core.errors import InputError, JobError
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job, Progress
from memeclip_core.storage.arrays import ArrayStore, KeptArrays
from tests.factories.explored import quiet
from tests.factories.waits import until

ANN = Person(name="ann", role="annotator")


class Contents:
    key = "project:memes"


class Library:
    def open(self, key):
        assert key == Contents.key
        return Contents


class Book:
    """Works out one number, when it may."""

    def __init__(self):
        self.made, self.stamp, self.may, self.fault = [], "1", threading.Event(), None
        self.fresh = lambda facts: True
        self.may.set()

    def find(self, contents, name, features):
        def make(on_progress):
            while not self.may.wait(0.01):
                on_progress(Progress(done=0, total=1, message="waiting"))
            if self.fault is not None:
                raise self.fault
            self.made.append(name)
            return KeptArrays(arrays={"x": np.array([len(self.made)])}, facts={"n": 1})

        return Recipe(stamp=self.stamp, make=make, fresh=lambda facts: self.fresh(facts))


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def made(home, database, book):
    return Works(
        library=Library(), store=ArrayStore(home), jobs=Jobs(database, ["explore"]), recipes=book
    )


def test_it_is_worked_out_once(made, book):
    first = made.obtain(ANN, Contents, "map", quiet)
    again = made.obtain(ANN, Contents, "map", quiet)
    assert first.arrays["x"].tolist() == again.arrays["x"].tolist() == [1]
    assert book.made == ["map"]


def test_another_stamp_or_one_that_is_stale_is_worked_out_anew(made, book):
    made.obtain(ANN, Contents, "map", quiet)
    book.stamp = "2"
    assert made.find(Contents, "map") is None
    assert made.obtain(ANN, Contents, "map", quiet).arrays["x"].tolist() == [2]
    book.fresh = lambda facts: False
    assert made.obtain(ANN, Contents, "map", quiet).arrays["x"].tolist() == [3]


def test_what_is_gone_once_it_is_worked_out_is_not_kept_on_the_disk(made, book):
    recipe = book.find(Contents, "predictions r1", quiet)

    def make_late(on_progress):
        book.stamp = "gone"
        return recipe.make(on_progress)

    late = Recipe(stamp="1", make=make_late)
    book.find = lambda *given: late if book.stamp == "1" else replace(recipe, stamp=book.stamp)
    assert made.make(Contents, "predictions r1", quiet).arrays["x"].tolist() == [1]
    assert made.store.read(Contents.key, "predictions r1", "1") is None


def test_what_is_quick_needs_no_second_question(made, monkeypatch):
    monkeypatch.setattr(works, "PATIENCE", 60.0)
    assert made.obtain(ANN, Contents, "map", None).arrays["x"].tolist() == [1]


def test_what_takes_long_is_a_job_that_others_meet_and_can_stop(made, book, monkeypatch):
    monkeypatch.setattr(works, "PATIENCE", 0.0)
    book.may.clear()
    job = made.obtain(ANN, Contents, "map", None)
    assert isinstance(job, Job) and job.live
    assert made.obtain(ANN, Contents, "near", None).id == job.id  # one at a time
    made.jobs.stop(job.id, Contents.key)
    until(lambda: not made.jobs.get(job.id).live, "the job did not stop")
    assert made.jobs.get(job.id).state == "cancelled"
    book.may.set()
    monkeypatch.setattr(works, "PATIENCE", 60.0)
    assert made.obtain(ANN, Contents, "near", None).arrays["x"].tolist() == [1]


def test_a_job_that_ended_badly_says_why(made, book, monkeypatch):
    monkeypatch.setattr(works, "PATIENCE", 60.0)
    book.fault = InputError("There is no room.")
    with pytest.raises(JobError, match="no room"):
        made.obtain(ANN, Contents, "map", None)


def test_a_disk_that_takes_no_more_leaves_it_in_memory(made, book, home):
    (home.root / "cache" / "explore").write_bytes(b"in the way")
    made.obtain(ANN, Contents, "map", quiet)
    assert made.obtain(ANN, Contents, "map", quiet).arrays["x"].tolist() == [1]
    assert book.made == ["map"]


def test_features_are_read_as_they_are_kept():
    names = ("image", "text", "has_image", "has_text")
    kept = KeptArrays(arrays={name: np.arange(3) + i for i, name in enumerate(names)}, facts={})
    found = read_vectors(kept)
    assert [getattr(found, name)[0] for name in names] == [0, 1, 2, 3]
