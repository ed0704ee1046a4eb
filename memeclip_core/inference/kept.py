"""Answers of a batch that are kept as they come, and found again by what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from memeclip_core.inference.loaded_model import LoadedModel
from memeclip_core.memes.text import digest_texts
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer
from memeclip_core.records.schemas import from_json, to_json
from memeclip_core.storage.journal import Journal


class Kept:
    """The answers in a journal; a meme that failed is tried again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known = {answer.key: answer for line in journal if (answer := _read(line)).key}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, key: str, place: int, filename: str) -> Answer | None:
        """Return what was answered before to the same question, at its place of today."""
        known = self._known.get(key)
        if known is None or isinstance(known.told, Failure):
            return None
        told = replace(known.told, meme=replace(known.told.meme, filename=filename))
        found = replace(known, place=place, told=told)
        if found != known:
            self.add(found)
        return found

    def memes(self) -> dict[int, str]:
        """Return the ids of the memes that were answered, by their places of then."""
        return {
            answer.place: answer.told.meme.id
            for answer in self._known.values()
            if not isinstance(answer.told, Failure)
        }

    def add(self, answer: Answer) -> None:
        """Keep an answer."""
        if answer.key:
            self._known[answer.key] = answer
        self._journal.add(to_json(answer))


@dataclass(frozen=True, slots=True)
class Told:
    """The answers of one batch by their place, the last one for each, and the lines they are of."""

    lines: int = 0
    answers: Mapping[int, Answer] = field(default_factory=dict)


def read_answers(journal: Journal, before: Told | None = None) -> Told:
    """Return the answers in a journal; lines that ``before`` was read from are not read again."""
    known = before or Told()
    added = [_read(line) for line in islice(journal, known.lines, None)]
    answers = {**known.answers, **{answer.place: answer for answer in added}}
    return Told(known.lines + len(added), answers)


def make_key(meme: str, text: str | None, models: Sequence[LoadedModel]) -> str:
    """Return what names a question: a meme by its content, the text given, and who answers."""
    first, words = models[0], "" if text is None else f"text {text}"
    versions = [model.version for model in models]
    return digest_texts((meme, words, first.tasks.key, first.encoder.fingerprint, *versions))


def _read(line: bytes) -> Answer:
    return from_json(Answer, line)
