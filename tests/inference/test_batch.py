"""Many memes: the same answers as one by one, encoded together, stopped and taken up again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.datasets.sources import Source
from memeclip_core.inference import batch
from memeclip_core.inference.kept import Kept, read_answers
from memeclip_core.inference.loaded_model import ZERO_SHOT
from memeclip_core.records.meme import Failure
from memeclip_core.storage.journal import Journal
from tests.factories.services import (
    CountingEncoder,
    CountingOcr,
    MeetingOcr,
    make_image,
    make_studio,
)


class Watched(CountingEncoder):
    """Notes how many images were encoded together."""

    def __init__(self):
        super().__init__()
        self.together = []

    def encode_images(self, images):
        self.together.append(len(images))
        return super().encode_images(images)


@pytest.fixture
def encoder():
    return Watched()


@pytest.fixture
def ocr():
    return CountingOcr("tea on it")


@pytest.fixture
def studio(tmp_path, encoder, ocr):
    return make_studio(tmp_path, encoder=encoder, ocr=ocr)


@pytest.fixture
def sources():
    pictures = [Source(filename=f"{n}.png", data=make_image(n)) for n in range(5)]
    bad = Source(filename="x/bad.png", data=b"none")
    return [*pictures[:2], bad, *pictures[2:], Source(filename="list 3", text="words")]


def told(studio, sources, task_sets=("pridemm",), **more):
    return [one.told for one in studio.batches.predict(sources, task_sets=task_sets, **more)]


def test_every_answer_is_the_one_that_a_meme_has_alone(studio, sources, tmp_path):
    found = told(studio, sources)
    alone = make_studio(tmp_path / "alone", ocr=CountingOcr("tea on it"))
    for source, answer in zip(sources, found, strict=True):
        if isinstance(answer, Failure):
            assert answer.filename == "x/bad.png"
            continue
        text = {} if source.text is None else {"text": source.text, "text_source": "file"}
        one = alone.predict(source.data, source.filename, task_set="pridemm", **text)
        meme = replace(answer.meme, text_source=one.meme.text_source)
        assert replace(answer, meme=meme) == one


def test_pictures_are_encoded_together_within_what_memory_allows(
    studio, sources, encoder, monkeypatch
):
    told(studio, sources[3:])
    assert encoder.together == [3]
    monkeypatch.setattr(batch, "SIZE", 2)
    told(studio, [Source(filename="a", data=make_image(n)) for n in range(10, 15)])
    assert encoder.together[1:] == [2, 2, 1]
    monkeypatch.setattr(batch, "MOST_PIXELS", 1)
    told(studio, [Source(filename="a", data=make_image(n)) for n in range(20, 22)])
    assert encoder.together[4:] == [1, 1]


def test_all_task_sets_are_answered_in_one_pass_and_only_what_is_missing(tmp_path, sources):
    encoder, ocr, both = Watched(), CountingOcr("tea on it"), ("pridemm", "propaganda")
    studio = make_studio(tmp_path, encoder=encoder, ocr=ocr, tasks=both)
    journal, reads, (bad, words) = Journal(tmp_path / "kept.jsonl"), 5, (2, 6)
    kept = Kept(journal)
    first = told(studio, sources[:4], kept=kept)
    before = len(list(journal))
    found = told(studio, sources, both, kept=kept)
    # Three were answered by one before; the one that failed fails again.
    assert len(list(journal)) - before == 2 * words - 3 + 1
    assert (encoder.images, ocr.reads) == (reads, reads)
    assert [one for one in found if isinstance(one, Failure)] == [found[2 * bad]]
    pairs = [one for one in found if not isinstance(one, Failure)]
    assert [one.task_set for one in pairs] == [*both] * words
    assert pairs[:6:2] == [one for one in first if not isinstance(one, Failure)]
    for key, own in zip(both, (pairs[::2], pairs[1::2]), strict=True):
        alone = told(studio, sources, [key])
        assert [one for one in alone if not isinstance(one, Failure)] == own
    assert len(kept) == len(pairs)


def test_memes_are_read_ahead_within_what_memory_allows(studio, sources, encoder, monkeypatch):
    opened, pictures = [], [Source(filename=f"{n}", data=make_image(n)) for n in range(40)]
    reader = studio.batches.reader
    read = reader.open_source

    def note(source):
        opened.append(source.filename)
        return read(source)

    monkeypatch.setattr(type(reader), "open_source", lambda _, source: note(source))
    next(studio.batches.predict(pictures, task_sets=["pridemm"]))
    assert len(opened) == batch.SIZE + reader.at_once + batch.SIZE
    opened.clear()
    monkeypatch.setattr(batch, "MOST_PIXELS", 1)
    next(studio.batches.predict(pictures, task_sets=["pridemm"]))
    assert len(opened) == 1 + reader.at_once


def test_an_iterator_is_taken_as_it_comes(studio, sources):
    steps = []
    answers = studio.batches.predict(iter(sources), task_sets=["pridemm"], on_progress=steps.append)
    assert [answer.place for answer in answers] == list(range(7))
    assert [(step.done, step.total) for step in steps] == [(n, n) for n in range(1, 8)]


def test_what_was_stopped_is_taken_up_and_nothing_is_asked_twice(
    studio, sources, encoder, ocr, tmp_path, monkeypatch
):
    monkeypatch.setattr(batch, "SIZE", 2)
    journal = Journal(tmp_path / "kept.jsonl")

    def stop(progress):
        if progress.done == 6:
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        told(studio, sources, kept=Kept(journal), on_progress=stop)
    assert sorted(read_answers(journal).answers) == [0, 1, 2, 3, 4]
    with journal.path.open("ab") as file:
        file.write(b'{"place": 5, "to')  # what a kill leaves
    whole = told(studio, sources)
    images, read = encoder.images, ocr.reads
    kept = Kept(journal)
    assert len(kept) == 4
    assert told(studio, sources, kept=kept) == whole
    assert (encoder.images, ocr.reads) == (images, read)
    answers = read_answers(Journal(journal.path)).answers
    assert [answers[place].told for place in range(7)] == whole


def test_another_text_model_or_name_is_another_question(studio, tmp_path):
    kept = Kept(Journal(tmp_path / "kept.jsonl"))
    source = Source(filename="a.png", data=make_image())
    (first,) = told(studio, [source], kept=kept)
    (renamed,) = told(studio, [replace(source, filename="b.png")], kept=kept)
    assert renamed == replace(first, meme=replace(first.meme, filename="b.png"))
    assert len(kept) == 1
    told(studio, [replace(source, text="tea")], kept=kept)
    told(studio, [replace(source, text="")], kept=kept)
    told(studio, [source], kept=kept, model=ZERO_SHOT)
    assert len(kept) == 4


def test_other_models_are_asked_beside(studio, sources):
    (answer,) = studio.batches.predict(sources[:1], task_sets=["pridemm"], beside=[ZERO_SHOT])
    (other,) = answer.beside
    assert (answer.told.model, other.model) == ("pridemm-fake", ZERO_SHOT)
    assert other == told(studio, sources[:1], model=ZERO_SHOT)[0]


def test_an_unexpected_fault_in_one_meme_is_a_failure_and_no_secret(tmp_path, monkeypatch, caplog):
    ocr = CountingOcr("t")
    studio = make_studio(tmp_path, ocr=ocr)

    def fail(image):
        raise RuntimeError("secret text")

    monkeypatch.setattr(ocr, "read", fail)
    sources = [Source(filename="a", data=make_image()), Source(filename="b", text="words")]
    first, second = told(studio, sources)
    assert first == Failure(
        filename="a", reason="Something unexpected went wrong with this file; the log says what."
    )
    assert second.meme.text == "words"


def test_as_many_are_read_side_by_side_as_there_are_threads(tmp_path, sources):
    studio = make_studio(tmp_path, ocr=MeetingOcr(3, "tea on it"), threads=3)
    alone = make_studio(tmp_path / "alone", ocr=CountingOcr("tea on it"))
    pictures = [source for source in sources if source.data and source.filename != "x/bad.png"][:3]
    assert told(studio, pictures) == told(alone, pictures)


def test_what_was_read_ahead_is_answered_and_kept_by_the_model_of_then(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "SIZE", 1)
    studio = make_studio(tmp_path, threads=2)
    batches, asked = studio.batches, []
    kept = Kept(Journal(tmp_path / "kept.jsonl"))

    def find():
        # Another model is promoted once the first two memes are being read.
        asked.append(None if len(asked) < 3 else ZERO_SHOT)
        return [[batches.catalogue.find(batches.task_set("pridemm"), asked[-1])]]

    sources = [Source(filename=f"{n}.png", data=make_image(n)) for n in range(4)]
    found = [one.told.model for one in batches.predictor.predict_batch(sources, find, kept=kept)]
    assert found == ["pridemm-fake", ZERO_SHOT, ZERO_SHOT, ZERO_SHOT]
    told(studio, sources[1:], kept=kept, model=ZERO_SHOT)
    told(studio, sources[:1], kept=kept)
    assert len(kept) == 4
