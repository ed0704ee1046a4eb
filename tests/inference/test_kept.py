"""Answers in a journal: one for each question, failures asked again."""

from __future__ import annotations

from dataclasses import replace

from memeclip_core.inference import kept
from memeclip_core.inference.kept import Kept, read_answers
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer
from memeclip_core.records.schemas import from_json
from memeclip_core.storage.journal import Journal
from tests.factories.page_records import prediction, pridemm


def test_answers_come_back_as_they_were(tmp_path):
    journal = Journal(tmp_path / "x.jsonl")
    store = Kept(journal)
    answer = Answer(place=0, told=prediction(pridemm()), key="k", beside=(prediction(pridemm()),))
    failed = Answer(place=1, told=Failure(filename="b", reason="why"))
    store.add(answer)
    store.add(failed)
    assert read_answers(journal).answers == {0: answer, 1: failed}
    again = Kept(journal)
    assert len(again) == 1
    assert again.find("k", 0, answer.told.meme.filename) == answer
    assert again.find("", 1, "b") is None
    assert again.memes() == {0: answer.told.meme.id}


def test_what_was_read_before_is_not_read_again(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "x.jsonl")
    first, later = (Answer(place=0, told=Failure(filename="a", reason=why)) for why in "ab")
    other = replace(later, place=1)
    Kept(journal).add(first)
    before = read_answers(journal)
    read = []
    monkeypatch.setattr(kept, "from_json", lambda *line: read.append(line) or from_json(*line))
    assert read_answers(journal, before) == before and not read
    for answer in (later, other):
        Kept(journal).add(answer)
    read.clear()
    told = read_answers(journal, before)
    assert told.answers == read_answers(journal).answers == {0: later, 1: other}
    assert len(read) == 2 + 3
