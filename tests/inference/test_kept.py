"""Answers in a journal: one for each question, failures asked again."""

from __future__ import annotations

from memeclip_core.inference.kept import Kept, read_answers
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer
from memeclip_core.storage.journal import Journal
from tests.factories.page_records import prediction, pridemm


def test_answers_come_back_as_they_were(tmp_path):
    journal = Journal(tmp_path / "x.jsonl")
    kept = Kept(journal)
    answer = Answer(place=0, told=prediction(pridemm()), key="k", beside=(prediction(pridemm()),))
    failed = Answer(place=1, told=Failure(filename="b", reason="why"))
    kept.add(answer)
    kept.add(failed)
    assert read_answers(journal) == {0: answer, 1: failed}
    again = Kept(journal)
    assert len(again) == 1
    assert again.find("k", 0, answer.told.meme.filename) == answer
    assert again.find("", 1, "b") is None
