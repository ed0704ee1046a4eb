from hashlib import sha256
from types import SimpleNamespace

import pytest

from memeclip_core.annotation.decisions.gathering import Decided, Gathered, digest_labels
from memeclip_core.config import ROOT
from memeclip_core.errors import CheckpointError
from memeclip_core.memes.splits import is_held_out
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.readiness import ONE_CLASS_FROM, Readiness
from memeclip_core.records.decision import Labelled
from memeclip_core.storage.task_files import read_named_task_set
from tests.factories.page_records import NOON, job

TASKS = read_named_task_set("pridemm", ROOT / "assets")
IDS = [sha256(bytes([n])).hexdigest() for n in range(100)]
LEARNT = [meme for meme in IDS if not is_held_out(meme)]
KEPT = [meme for meme in IDS if is_held_out(meme)]


def labelled(meme, hate="Hate"):
    return Labelled(
        meme=meme,
        image="",
        text=meme,
        text_source="user",
        labels={"hate": (hate,), "humour": ("Humour",)},
        time=NOON,
        annotators=("ann",),
    )


class Catalogue:
    base = "toy"
    seen = ()

    def manifest(self, version):
        return {}

    def read_replay(self, version):
        raise CheckpointError("none")

    def read_learnt(self, version):
        return Learnt(digests=frozenset(self.seen))


@pytest.fixture
def catalogue():
    return Catalogue()


def facts(catalogue, memes, running=None):
    return make(catalogue, gather(memes)).facts(TASKS, stand(catalogue), running)


def stand(catalogue):
    return SimpleNamespace(newest="", version=catalogue.base, encoders=("fake",))


def gather(memes):
    gathered = Gathered(TASKS)
    for place, item in enumerate(memes):
        gathered.put(item.meme, Decided(first=place, last=place, item=item))
    return gathered


def make(catalogue, gathered):
    decisions = SimpleNamespace(gathered=lambda tasks: gathered)
    return Readiness(catalogue=catalogue, models=catalogue, decisions=decisions)


def test_what_is_new_is_counted_and_passes(catalogue):
    old, new = labelled(LEARNT[0]), labelled(LEARNT[1], "No Hate")
    catalogue.seen = [digest_labels(old)]
    found = facts(catalogue, [old, new, labelled(KEPT[0])])
    assert (found.corrected, found.held_out, found.new, found.reason) == (3, 1, 2, "")


@pytest.mark.parametrize(
    ("memes", "said"),
    [
        ([], "No meme is corrected yet."),
        ([labelled(meme) for meme in KEPT[:3]], "All 3 corrected memes belong to the fifth"),
        ([labelled(meme) for meme in LEARNT[:ONE_CLASS_FROM]], "have the same answer to every"),
    ],
)
def test_too_few_and_one_answer_only_are_refused_with_the_reason(catalogue, memes, said):
    assert said in facts(catalogue, memes).reason


def test_nothing_new_is_refused(catalogue):
    item = labelled(LEARNT[0])
    catalogue.seen = [digest_labels(item)]
    assert facts(catalogue, [item]).reason.startswith(
        "Nothing was corrected since 'toy' was trained."
    )


def test_a_task_set_without_heads_is_refused(catalogue):
    catalogue.base = ""
    assert "no trained heads for 'pridemm'" in facts(catalogue, [labelled(LEARNT[0])]).reason


def test_one_other_answer_is_enough(catalogue):
    memes = [labelled(meme) for meme in LEARNT[:ONE_CLASS_FROM]]
    assert facts(catalogue, [*memes, labelled(LEARNT[50], "No Hate")]).reason == ""
    assert facts(catalogue, memes[1:]).reason == ""


def test_a_held_out_meme_is_no_other_answer(catalogue):
    memes = [labelled(meme) for meme in LEARNT[:ONE_CLASS_FROM]]
    assert "same answer" in facts(catalogue, [*memes, labelled(KEPT[0], "No Hate")]).reason


def test_a_running_job_is_the_reason_and_belongs_to_its_task_set(catalogue):
    running = job("running")
    found = facts(catalogue, [labelled(LEARNT[0])], running)
    assert found.reason == "A retraining of 'pridemm' is running. Wait for it, or cancel it."
    assert found.job is running


def test_it_looks_anew_where_a_decision_or_a_model_is_new(catalogue, monkeypatch):
    gathered = gather([labelled(LEARNT[0]), labelled(LEARNT[1])])
    ready = make(catalogue, gathered)
    looked = []
    monkeypatch.setattr(gathered, "digests", lambda: looked.append(1) or Gathered.digests(gathered))
    models = stand(catalogue)
    first = ready.facts(TASKS, models, None)
    assert ready.facts(TASKS, models, None) is first
    assert (first.new, len(looked)) == (2, 1)
    gathered.put(LEARNT[1], Decided(first=1, last=5, item=labelled(LEARNT[1], "No Hate")))
    gathered.revision = 5
    assert ready.facts(TASKS, models, None).new == 2
    catalogue.base, catalogue.seen = "next", [digest_labels(labelled(LEARNT[0]))]
    assert ready.facts(TASKS, stand(catalogue), None).new == 1
    assert len(looked) == 3
