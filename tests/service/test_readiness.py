from hashlib import sha256
from types import SimpleNamespace

import pytest

from memeclip_core.config import ROOT
from memeclip_core.records import Labelled
from memeclip_core.service import readiness
from memeclip_core.service.readiness import ONE_CLASS_FROM, Readiness
from memeclip_core.service.teaching import digest_labels
from memeclip_core.splits import is_held_out
from memeclip_core.stores.task_files import read_named_task_set
from tests.ui.examples import NOON, job

TASKS = read_named_task_set("pridemm", ROOT / "assets")
IDS = [sha256(bytes([n])).hexdigest() for n in range(100)]
LEARNT = [meme for meme in IDS if not is_held_out(meme)]
KEPT = [meme for meme in IDS if is_held_out(meme)]


def labelled(meme, hate="Hate"):
    return Labelled(
        meme=meme,
        image="",
        text="words",
        text_source="user",
        labels={"hate": (hate,), "humour": ("Humour",)},
        time=NOON,
        annotators=("ann",),
    )


class Shelf:
    base = "toy"
    seen = ()

    def candidate(self, task_set):
        return None

    def active_version(self, task_set):
        return self.base

    def manifest(self, version):
        return {"data": {"seen": list(self.seen)}}


@pytest.fixture
def shelf():
    return Shelf()


def facts(shelf, memes, running=None):
    corrector = SimpleNamespace(labelled=lambda tasks: tuple(memes))
    ready = Readiness(
        shelf=shelf, corrector=corrector, engines=SimpleNamespace(encoder_name="fake")
    )
    return ready.facts(TASKS, running)


def test_what_is_new_is_counted_and_passes(shelf):
    old, new = labelled(LEARNT[0]), labelled(LEARNT[1], "No Hate")
    shelf.seen = [digest_labels(old)]
    found = facts(shelf, [old, new, labelled(KEPT[0])])
    assert (found.corrected, found.held_out, found.new, found.reason) == (3, 1, 2, "")


@pytest.mark.parametrize(
    ("memes", "said"),
    [
        ([], "No meme is corrected yet."),
        ([labelled(meme) for meme in KEPT[:3]], "All 3 corrected memes belong to the fifth"),
        ([labelled(meme) for meme in LEARNT[:ONE_CLASS_FROM]], "have the same answer to every"),
    ],
)
def test_too_few_and_one_answer_only_are_refused_with_the_reason(shelf, memes, said):
    assert said in facts(shelf, memes).reason


def test_nothing_new_is_refused(shelf):
    item = labelled(LEARNT[0])
    shelf.seen = [digest_labels(item)]
    assert facts(shelf, [item]).reason.startswith("Nothing was corrected since 'toy' was trained.")


def test_a_task_set_without_heads_is_refused(shelf):
    shelf.base = ""
    assert "no trained heads for 'pridemm'" in facts(shelf, [labelled(LEARNT[0])]).reason


def test_one_other_answer_is_enough(shelf):
    memes = [labelled(meme) for meme in LEARNT[:ONE_CLASS_FROM]]
    assert facts(shelf, [*memes, labelled(LEARNT[50], "No Hate")]).reason == ""
    assert facts(shelf, memes[1:]).reason == ""


def test_a_held_out_meme_is_no_other_answer(shelf):
    memes = [labelled(meme) for meme in LEARNT[:ONE_CLASS_FROM]]
    assert "same answer" in facts(shelf, [*memes, labelled(KEPT[0], "No Hate")]).reason


def test_a_running_job_is_the_reason_and_belongs_to_its_task_set(shelf):
    running = job("running")
    found = facts(shelf, [labelled(LEARNT[0])], running)
    assert found.reason == "A retraining of 'pridemm' is running. Wait for it, or cancel it."
    assert found.job is running


def test_a_digest_is_worked_out_once_for_each_decision(shelf, monkeypatch):
    worked = []
    monkeypatch.setattr(
        readiness, "digest_labels", lambda item: worked.append(item.meme) or item.meme
    )
    memes = [labelled(LEARNT[0]), labelled(LEARNT[1])]
    corrector = SimpleNamespace(labelled=lambda tasks: tuple(memes))
    ready = Readiness(
        shelf=shelf, corrector=corrector, engines=SimpleNamespace(encoder_name="fake")
    )
    ready.facts(TASKS, None)
    memes[1] = labelled(LEARNT[1], "No Hate")
    assert ready.facts(TASKS, None).new == 2
    assert worked == [LEARNT[0], LEARNT[1], LEARNT[1]]
