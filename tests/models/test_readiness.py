from hashlib import sha256
from types import SimpleNamespace

import pytest

from memeclip_core.config import ROOT
from memeclip_core.errors import CheckpointError
from memeclip_core.memes.splits import is_held_out
from memeclip_core.models import lessons
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.lessons import Lesson, count_lessons, digest_labels, write_lessons
from memeclip_core.models.readiness import ONE_CLASS_FROM, Caught, Readiness
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
def catalogue(database):
    found = Catalogue()
    found.database = database
    return found


class Decisions:
    """What is taught of memes, each decided by one row of the log."""

    def __init__(self, database, memes, left=0):
        self.database, self.number, self.left = database, 0, left
        self.say(*memes)

    def say(self, *memes):
        first = self.number + 1
        self.number += len(memes)
        with self.database.write() as connection:
            write_lessons(
                connection, TASKS.key,
                [Lesson(meme=item.meme, first=n, last=n, item=item)
                 for n, item in enumerate(memes, start=first)],
            )  # fmt: skip

    def catch_up(self, tasks, *, wait=False):
        return Caught(number=self.number, left=0 if wait else self.left)


def facts(catalogue, memes, running=None, left=0):
    decisions = Decisions(catalogue.database, memes, left)
    return make(catalogue, decisions).facts(TASKS, stand(catalogue), running)


def stand(catalogue):
    return SimpleNamespace(newest="", version=catalogue.base, encoders=("fake",))


def make(catalogue, decisions):
    return Readiness(
        database=catalogue.database, catalogue=catalogue, models=catalogue, decisions=decisions
    )


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
    assert facts(catalogue, memes[1:]).reason == ""
    assert "same answer" in facts(catalogue, memes).reason
    assert facts(catalogue, [*memes, labelled(LEARNT[50], "No Hate")]).reason == ""


def test_a_held_out_meme_is_no_other_answer(catalogue):
    memes = [labelled(meme) for meme in LEARNT[:ONE_CLASS_FROM]]
    assert "same answer" in facts(catalogue, [*memes, labelled(KEPT[0], "No Hate")]).reason


def test_a_running_job_is_the_reason_and_belongs_to_its_task_set(catalogue):
    running = job("running")
    found = facts(catalogue, [labelled(LEARNT[0])], running)
    assert found.reason == "A retraining of 'pridemm' is running. Wait for it, or cancel it."
    assert found.job is running


def test_it_looks_anew_where_a_decision_or_a_model_is_new(catalogue, monkeypatch):
    decisions = Decisions(catalogue.database, [labelled(LEARNT[0]), labelled(LEARNT[1])])
    ready = make(catalogue, decisions)
    looked, original = [], lessons.select_digests
    monkeypatch.setattr(
        lessons, "select_digests", lambda *asked: looked.append(1) or original(*asked)
    )
    models = stand(catalogue)
    first = ready.facts(TASKS, models, None)
    assert ready.facts(TASKS, models, None) is first
    assert (first.new, len(looked)) == (2, 1)
    decisions.say(labelled(LEARNT[1], "No Hate"))
    assert ready.facts(TASKS, models, None).new == 2
    catalogue.base, catalogue.seen = "next", [digest_labels(labelled(LEARNT[0]))]
    assert ready.facts(TASKS, stand(catalogue), None).new == 1
    assert len(looked) == 3


def test_what_is_still_looked_through_is_the_reason_unless_it_is_waited_for(catalogue):
    decisions = Decisions(catalogue.database, [labelled(LEARNT[0])], left=5_000)
    ready, models = make(catalogue, decisions), stand(catalogue)
    found = ready.facts(TASKS, models, None)
    assert (found.corrected, found.held_out) == (1, 0)
    assert "5,000 rows of the log are left" in found.reason
    assert ready.facts(TASKS, models, None, wait=True).reason == ""


def test_many_memes_are_dealt_anew_once_a_fiftieth_is_new(catalogue, monkeypatch):
    monkeypatch.setattr("memeclip_core.models.readiness.MANY", 50)
    memes = [labelled(meme, "Hate" if n % 2 else "No Hate") for n, meme in enumerate(IDS)]
    decisions = Decisions(catalogue.database, memes[:90])
    before = make(catalogue, decisions).facts(TASKS, stand(catalogue), None)
    assert before.held_out == sum(is_held_out(meme) for meme in IDS[:90])

    def dealt():
        with catalogue.database.read() as connection:
            counts = count_lessons(connection, TASKS.key)
        return counts.learn + counts.held_out

    decisions.say(memes[90])
    assert make(catalogue, decisions).facts(TASKS, stand(catalogue), None).corrected == 91
    assert dealt() == 90
    decisions.say(*memes[91:])
    make(catalogue, decisions).facts(TASKS, stand(catalogue), None)
    assert dealt() == 100


def test_a_meme_that_nobody_decides_any_more_counts_nowhere(catalogue):
    decisions = Decisions(catalogue.database, [labelled(LEARNT[0]), labelled(KEPT[0])])
    ready = make(catalogue, decisions)
    assert ready.facts(TASKS, stand(catalogue), None).held_out == 1
    with catalogue.database.write() as connection:
        write_lessons(connection, TASKS.key, [Lesson(meme=KEPT[0], item=None, unread=True)])
    decisions.number += 1
    found = ready.facts(TASKS, stand(catalogue), None)
    assert (found.corrected, found.held_out, found.unread, found.new) == (1, 0, 1, 1)
