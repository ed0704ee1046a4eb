import statistics
import time

import numpy as np
import pytest
from sqlalchemy import event

from memeclip_core.access.people import People
from memeclip_core.errors import PermissionDenied
from memeclip_core.records.decision import Correction
from memeclip_core.records.queue import QueueFilter
from tests.factories.queues import (
    ANN,
    BOB,
    CAT,
    KEY,
    NO,
    REV,
    START,
    VISITOR,
    YES,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
    new_save,
)


@pytest.fixture
def desk(tmp_path):
    return make_project(make_desk(tmp_path))


def calls(queue, who):
    meme = meme_id(0)
    return {
        "next": lambda: queue.next(who, KEY, client="tab"),
        "held": lambda: queue.held(who, KEY, client="tab"),
        "open": lambda: queue.open(who, KEY, meme, "tab"),
        "save": lambda: queue.save(who, KEY, save=new_save(), meme=meme, labels=YES, version=1),
        "save_many": lambda: queue.save_many(who, KEY, save=new_save(), memes=[meme], labels=YES),
        "draft": lambda: queue.draft(who, KEY, save=new_save(), meme=meme, labels=YES, version=1),
        "skip": lambda: queue.skip(who, KEY, save=new_save(), meme=meme, reason="dark"),
        "flag": lambda: queue.flag(who, KEY, save=new_save(), meme=meme, on=True, reason="look"),
        "undo": lambda: queue.undo(who, KEY),
        "counts": lambda: queue.counts(who, KEY),
        "recent": lambda: queue.recent(who, KEY),
        "browse": lambda: queue.browse(who, KEY),
        "history": lambda: queue.history(who, KEY, meme),
        "preview": lambda: queue.preview(who, KEY, meme),
        "release": lambda: queue.release(who, KEY, "tab"),
    }


NAMES = tuple(calls(None, VISITOR))


@pytest.mark.parametrize("name", NAMES)
def test_a_visitor_may_do_nothing(desk, name):
    with pytest.raises(PermissionDenied, match="You cannot"):
        calls(desk.queue, VISITOR)[name]()


@pytest.mark.parametrize("name", NAMES)
def test_an_annotator_may_do_everything_here(desk, name):
    desk.save(ANN, 0)
    calls(desk.queue, ANN)[name]()


def test_every_public_call_is_among_those_checked(desk):
    public = {name for name in dir(desk.queue) if not name.startswith("_")}
    # Warming up reads nothing to anybody.
    assert public == {*NAMES, "warm_up"}


def test_what_others_labelled_is_for_reviewers(desk):
    desk.save(BOB, 0)
    theirs = QueueFilter(state="done", annotator="bob")
    with pytest.raises(PermissionDenied, match="other people"):
        desk.queue.browse(ANN, KEY, filters=theirs)
    with pytest.raises(PermissionDenied, match="other people"):
        desk.ids(ANN, filters=theirs)
    assert desk.queue.browse(REV, KEY, filters=theirs).total == 1
    assert desk.queue.browse(BOB, KEY, filters=theirs).total == 1


def test_every_call_but_the_pictures_counts_towards_a_limit(desk, monkeypatch):
    desk.save(ANN, 0)
    spent = []
    require = People.require

    def watch(self, who, role, what, *, spends=None):
        spent.append(spends)
        require(self, who, role, what, spends=spends)

    monkeypatch.setattr(People, "require", watch)
    kinds = {}
    for name, call in calls(desk.queue, ANN).items():
        spent.clear()
        call()
        kinds[name] = set(spent)
    saves = {"save", "save_many", "draft", "skip", "flag", "undo"}
    assert {name for name in NAMES if kinds[name] == {"save"}} == saves
    assert {name for name in NAMES if kinds[name] == {None}} == {"preview"}
    assert {name for name in NAMES if kinds[name] == {"read"}} == set(NAMES) - saves - {"preview"}


# --- histories ----------------------------------------------------------------------------------


def test_on_a_blind_meme_others_stay_hidden_until_ones_own_decision(tmp_path):
    desk = make_project(make_desk(tmp_path), overlap=2)
    desk.save(BOB, 0)
    assert desk.queue.history(ANN, KEY, meme_id(0)) == ()
    assert [entry.who for entry in desk.queue.history(REV, KEY, meme_id(0))] == ["bob"]
    desk.save(ANN, 0)
    assert [entry.who for entry in desk.queue.history(ANN, KEY, meme_id(0))] == ["bob", "ann"]
    desk.send_back(0, "ann", "look at the words")
    mine = desk.queue.history(ANN, KEY, meme_id(0))
    assert [(entry.who, entry.action) for entry in mine] == [("ann", "label"), ("rev", "return")]


def test_others_stay_hidden_after_ones_own_decision_until_nothing_is_open(tmp_path):
    desk = make_project(make_desk(tmp_path), overlap=3)

    def seen():
        return [entry.who for entry in desk.queue.history(ANN, KEY, meme_id(0))]

    desk.save(BOB, 0, YES)
    desk.save(ANN, 0, YES)
    assert seen() == ["ann"]
    desk.save(CAT, 0, YES)
    assert seen() == ["bob", "ann", "cat"]
    desk.save(BOB, 1, YES)
    desk.save(ANN, 1, NO)
    desk.save(CAT, 1, {"hate": ("yes",), "tone": ()})

    def of_second():
        return [entry.who for entry in desk.queue.history(ANN, KEY, meme_id(1))]

    # One chose a tone and two did not, which is settled; two tones of three are not.
    assert of_second() == ["bob", "ann", "cat"]
    desk.save(CAT, 1, {"hate": ("yes",), "tone": ("slur",)})
    assert of_second() == ["ann"]
    desk.adjudicate(1, YES)
    assert of_second() == ["bob", "ann", "cat", "cat", "rev"]


def test_where_one_person_labels_the_history_is_open(desk):
    desk.save(BOB, 0)
    assert [entry.who for entry in desk.queue.history(ANN, KEY, meme_id(0))] == ["bob"]


def test_filters_by_decisions_find_ones_own_only(tmp_path):
    desk = make_project(make_desk(tmp_path), overlap=2)
    desk.save(BOB, 0, YES)
    desk.save(ANN, 1, YES)
    yes = QueueFilter(state=None, label=("hate", "yes"), label_by="decision")
    assert desk.queue.browse(ANN, KEY, filters=yes).total == 1
    assert desk.queue.browse(REV, KEY, filters=yes).total == 2


def test_counts_and_pages_of_one_person_tell_nothing_of_another(tmp_path):
    desk = make_project(make_desk(tmp_path), overlap=2)
    before = desk.queue.counts(ANN, KEY), desk.queue.browse(ANN, KEY)
    desk.save(BOB, 0, YES)
    desk.skip(BOB, 1)
    assert (desk.queue.counts(ANN, KEY), desk.queue.browse(ANN, KEY)) == before


# --- speed --------------------------------------------------------------------------------------


def fill(desk, memes, decisions):
    """Make a project of many memes with a prediction each, and a log of many decisions."""
    make_project(
        desk, memes=[make_meme(number) for number in range(memes)], order="margin", overlap=4
    )
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((memes, 8)).astype(np.float32)
    desk.predict(make_table(generator.random(memes), vectors=vectors))
    rows = []
    for number in range(decisions):
        meme, person = number % memes, f"p{number // memes}"
        for task, chosen in (YES if number % 3 else NO).items():
            rows.append(
                Correction(
                    event=f"e{len(rows)}", save=f"s{number:09d}", time=START, annotator=person,
                    action="label", meme=meme_id(meme), image="", text="", text_source="file",
                    task_set="demo", task=task, predicted=(), probability=None, model="",
                    labels=chosen, project=KEY,
                )
            )  # fmt: skip
    if rows:
        desk.log.add(rows)


def seconds_of_next(desk, who, turns=60):
    """Return median and 95th percentile of asking for the next three, with saves between."""
    taken = []
    for _ in range(turns):
        start = time.perf_counter()
        items = desk.queue.next(who, KEY, client="tab")
        taken.append(time.perf_counter() - start)
        desk.queue.save(who, KEY, save=new_save(), meme=items[0].meme.id, labels=NO, version=1)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


@pytest.mark.scale
def test_the_next_meme_takes_no_longer_where_there_is_much(tmp_path):
    """Two thousand memes and six thousand decisions against a hundred memes and none."""
    small, large = make_desk(tmp_path / "a"), make_desk(tmp_path / "b", mode="threads")
    fill(small, 100, 0)
    fill(large, 2_000, 6_000)
    for desk in (small, large):
        desk.queue.next(CAT, KEY, client="tab")
    median, p95 = seconds_of_next(small, CAT)
    median_large, p95_large = seconds_of_next(large, CAT)
    assert median_large < 5 * median
    # A busy machine takes the processor away for milliseconds at a time, from either of them.
    assert p95_large < max(10 * p95, 0.1)


def test_asking_costs_as_many_statements_however_much_was_decided(desk):
    statements = []

    def count(connection, cursor, statement, *_):
        statements.append(statement)

    def spend():
        statements.clear()
        desk.queue.release(BOB, KEY, "")
        desk.ids(BOB, count=2)
        desk.queue.counts(BOB, KEY)
        return len(statements)

    event.listen(desk.database._open(), "before_cursor_execute", count)
    spend()
    few = spend()
    for number in range(3):
        desk.save(ANN, number)
    assert spend() == few < 40


# --- the whole house ------------------------------------------------------------------------------


def test_a_studio_labels_what_it_imported_with_what_its_model_says(tmp_path):
    """Import, suggest, show, save, look back, take back; only the encoder is a stand-in."""
    from tests.factories.projects import import_all, write_pictures
    from tests.factories.services import HATE, make_studio

    studio = make_studio(tmp_path)
    admin = studio.owner()
    studio.projects.create(
        admin, key="memes", title="Memes", task_set="pridemm", hidden_share=0.0, order="import"
    )
    assert import_all(studio, "memes", write_pictures(tmp_path / "memes", 3)).state == "done"

    items = studio.queue.next(admin, "memes", client="tab")
    first = items[0]
    assert len(items) == 3
    assert set(first.suggestions) == {task.key for task in studio.task_set("pridemm").tasks}
    assert first.model == "pridemm-fake"
    assert studio.queue.preview(admin, "memes", first.meme.id)[8:12] == b"WEBP"
    saved = studio.queue.save(
        admin, "memes", save=new_save(), meme=first.meme.id, labels=HATE, shown=True,
        model=first.model, version=first.version, seconds=1.5,
    )  # fmt: skip
    assert (saved.conflict, saved.counts.done, saved.counts.pending) == ("", 1, 2)
    (entry,) = studio.queue.history(admin, "memes", first.meme.id)
    assert (entry.new, entry.model, entry.shown) == (HATE, "pridemm-fake", True)
    assert entry.verdict in ("confirmed", "corrected")
    assert studio.queue.next(admin, "memes", client="tab")[0].meme.id == items[1].meme.id
    assert studio.queue.undo(admin, "memes").counts.done == 0
