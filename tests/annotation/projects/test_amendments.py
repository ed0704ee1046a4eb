"""What an admin mends of a project's memes, and what everybody sees of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.states import rebuild_project
from memeclip_core.annotation.projects.amendments import Amendments
from memeclip_core.annotation.projects.queries import select_revision
from memeclip_core.annotation.review.comments import Comments
from memeclip_core.annotation.review.queries import count_missing
from memeclip_core.annotation.review.votes import read_votes
from memeclip_core.annotation.team.team import Team
from memeclip_core.database.schema import answer, decision, item, lease, mark, meme, progress, tally
from memeclip_core.errors import InputError, NotFound, PermissionDenied, TextError
from memeclip_core.models.lessons import digest_labels, select_digests
from memeclip_core.records.queue import QueueFilter
from tests.factories.projects import make_cats, settle, suggestions
from tests.factories.queues import (
    ADMIN,
    ANN,
    BOB,
    KEY,
    NO,
    NUMBERS,
    REV,
    TASKS,
    VISITOR,
    YES,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
    rows,
)


class Ahead:
    """In the place of predictions computed ahead; notes of which projects."""

    def __init__(self):
        self.looked = []

    def look(self, project):
        self.looked.append(project.key)


@pytest.fixture
def desk(tmp_path, database):
    desk = make_project(make_desk(tmp_path / "home", database=database), 5, overlap=2)
    desk.predict(make_table([0.9, 0.2, 0.6, 0.4, 0.5]))
    return desk


@pytest.fixture
def mend(desk):
    people = People(loopback=True, space=False)
    return Amendments(people=people, projects=desk.store, precomputation=Ahead())


def states(desk):
    """Return what decisions add up to, without counts of nothing, and which memes are open."""
    found = {}
    with desk.database.read() as connection:
        for table in (item, answer, mark, progress, tally, meme):
            rows = connection.execute(select(table)).all()
            kept = [row for row in rows if any(isinstance(cell, int) and cell for cell in row)]
            found[table.name] = sorted(map(str, kept if table in (progress, tally) else rows))
    return found


def rebuilt(desk):
    """Return the same, folded anew from the log."""
    with desk.store.changing(KEY) as connection:
        rebuild_project(connection, desk.store.read(KEY, connection))
    return states(desk)


# --- texts ----------------------------------------------------------------------------------------


def test_a_corrected_text_is_shown_found_and_noted(desk, mend):
    desk.save(ANN, 1)
    with desk.database.read() as connection:
        before = select_revision(connection, KEY)
    change = mend.correct(ADMIN, KEY, meme_id(1), "Wholly NEW words")
    assert (change.action, change.by, change.filename) == ("text", "root", "1.png")
    (shown,) = desk.queue.next(BOB, KEY, client="tab", filters=QueueFilter(ids=(meme_id(1),)))
    assert (shown.meme.text, shown.meme.text_source) == ("Wholly NEW words", "user")
    for words, found in (("wholly new", [1]), ("number 1", [])):
        asked = QueueFilter(state=None, text=words)
        assert rows(desk.queue.browse(ANN, KEY, filters=asked)) == found
    (noted,) = mend.changes(ADMIN, KEY)
    assert (noted.before, noted.after) == ("words of number 1", "Wholly NEW words")
    with desk.database.read() as connection:
        assert select_revision(connection, KEY) > before
        texts = connection.scalars(select(decision.c.text).distinct()).all()
    assert texts == ["words of number 1"]  # the log is never rewritten


def test_what_models_said_of_the_old_text_is_forgotten_and_computed_anew(desk, mend):
    project = desk.store.read(KEY)
    mend.correct(ADMIN, KEY, meme_id(2), "new")
    assert desk.predictions.missing(project, "m1") == (meme_id(2),)
    assert mend.precomputation.looked == [KEY]


def test_what_was_read_before_a_correction_is_not_written_after_it(desk, mend):
    old = {meme_id(2): "words of number 2", meme_id(3): "words of number 3"}
    mend.correct(ADMIN, KEY, meme_id(2), "new")
    table = make_table([0.1, 0.2], numbers=[2, 3])
    desk.predictions.write(KEY, table, texts=old)
    assert desk.predictions.missing(desk.store.read(KEY), "m1") == (meme_id(2),)


def test_predictions_follow_a_corrected_text(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 2)
    who, projects = tiny_studio.owner(), tiny_studio.projects
    one = projects._store.memes("cats").rows[0]
    before = suggestions(projects, "cats", one.id)
    projects.amendments.correct(who, "cats", one.id, "something else altogether")
    settle(tiny_studio)
    after = suggestions(projects, "cats", one.id)
    data = (tmp_path / "in" / one.filename).read_bytes()
    said = tiny_studio.predict(data, "x", task_set="pridemm", text="something else altogether")
    assert after["hate"].probability == pytest.approx(said.tasks[0].probability, abs=1e-5)
    assert after != before


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("words of number 1", InputError, "this text already"),
        ("  ", InputError, "without a picture needs a text"),
        ("x" * 10_001, InputError, "10,001 characters"),
        ("a\0b", TextError, "NUL"),
    ],
)
def test_a_text_of_no_use_is_refused(mend, text, kind, says):
    with pytest.raises(kind, match=says):
        mend.correct(ADMIN, KEY, meme_id(1), text)
    assert mend.changes(ADMIN, KEY) == ()


def test_a_decision_teaches_with_the_text_of_today_and_with_none_that_is_removed(desk, mend):
    desk.save(ANN, 1)
    desk.save(ANN, 2)
    caught = desk.corrector.catch_up(TASKS)

    def taught():
        now = desk.corrector.catch_up(TASKS)
        with desk.database.read() as connection:
            digests = select_digests(connection, TASKS.key)
        items = desk.corrector.labelled(TASKS)
        assert digests == {digest_labels(item) for item in items}
        return now, {NUMBERS[item.meme]: item.text for item in items}

    old = {1: "words of number 1", 2: "words of number 2"}
    assert taught() == (caught, old)
    mend.correct(ADMIN, KEY, meme_id(1), "new")
    now, texts = taught()
    assert texts == {**old, 1: "new"} and now != caught  # so that it is counted anew
    mend.remove(ADMIN, KEY, meme_id(2), "no")
    assert taught()[1] == {1: "new"}
    mend.restore(ADMIN, KEY, meme_id(2))
    assert taught()[1] == {**old, 1: "new"}


# --- which memes there are ------------------------------------------------------------------------


def test_a_removed_meme_counts_nowhere_and_comes_back_as_it_was(desk, mend):
    for number, who, labels in ((0, ANN, YES), (0, BOB, NO), (1, ANN, YES), (1, BOB, YES)):
        desk.save(who, number, labels)
    desk.skip(ANN, 2)
    desk.adjudicate(3)
    before, asked = states(desk), QueueFilter(state=None)
    for number in (0, 1, 2, 3):
        mend.remove(ADMIN, KEY, meme_id(number), "somebody asked for it")
        assert states(desk) == rebuilt(desk)
    assert desk.ids(ANN, count=5) == [4]
    assert rows(desk.queue.browse(ANN, KEY, filters=asked)) == [4]
    counts = desk.queue.counts(ANN, KEY)
    assert (counts.total, counts.pending, counts.done, counts.skipped) == (1, 1, 0, 0)
    assert len(desk.store.memes(KEY)) == 1 == len(desk.store.memes(KEY).rows)
    assert desk.store.tally(desk.store.read(KEY)).memes == 0
    with desk.database.read() as connection:
        assert count_missing(connection, KEY, "demo") == 2
        assert len(connection.execute(select(decision.c.number)).all()) > 0
    gone = QueueFilter(state=None, removed=True)
    assert rows(desk.queue.browse(ADMIN, KEY, filters=gone)) == [0, 1, 2, 3]
    for number in (3, 1, 0, 2):
        mend.restore(ADMIN, KEY, meme_id(number))
        assert states(desk) == rebuilt(desk)
    assert states(desk) == before


def test_votes_that_were_read_before_forget_a_removed_meme(desk, mend):
    for who in (ANN, BOB):
        desk.save(who, 0)
        desk.save(who, 1)
    project = desk.store.read(KEY)
    with desk.database.read() as connection:
        votes = read_votes(connection, project, None)
    mend.remove(ADMIN, KEY, meme_id(0), "no")
    with desk.database.read() as connection:
        assert read_votes(connection, project, votes).memes == (meme_id(1),)


def test_whoever_holds_a_removed_meme_learns_why_it_cannot_be_saved(desk, mend):
    assert desk.ids(ANN, count=1) == [0]
    mend.remove(ADMIN, KEY, meme_id(0), "not ours to show")
    with desk.database.read() as connection:
        assert connection.execute(select(lease)).all() == []
    sentence = "An admin has removed this meme from the project: not ours to show"
    for call in (
        lambda: desk.save(ANN, 0),
        lambda: desk.skip(ANN, 0),
        lambda: desk.queue.open(ANN, KEY, meme_id(0), "tab"),
        lambda: desk.queue.history(ANN, KEY, meme_id(0)),
        lambda: desk.queue.preview(ANN, KEY, meme_id(0)),
    ):
        with pytest.raises(NotFound, match=sentence):
            call()
    desk.queue.preview(ADMIN, KEY, meme_id(0))  # who removed it may look at it
    assert desk.ids(ANN, count=1) == [1]


def test_a_decision_that_is_sent_again_after_its_meme_was_removed_is_answered_as_saved(desk, mend):
    def send(who=ANN, labels=YES):
        return desk.queue.save(
            who, KEY, save="save-0001", meme=meme_id(0), labels=labels, version=1
        ).receipt

    first = send()
    mend.remove(ADMIN, KEY, meme_id(0), "no")
    again = send()
    assert (again.save, again.time, again.rows) == (first.save, first.time, 0)
    with pytest.raises(NotFound, match="has removed this meme"):
        send(BOB)
    mend.restore(ADMIN, KEY, meme_id(0))
    assert desk.queue.counts(ANN, KEY).done == 1


def test_what_was_decided_for_many_is_answered_as_saved_after_one_of_them_was_removed(desk, mend):
    def send(save="save-0001"):
        many = [meme_id(0), meme_id(1)]
        return desk.queue.save_many(ANN, KEY, save=save, memes=many, labels=YES, version=1)

    first = send()
    mend.remove(ADMIN, KEY, meme_id(0), "no")
    again = send()
    assert (again.memes, again.refused, again.receipt.rows) == (first.memes, {}, 0)
    later = send("save-0002")
    assert later.memes == (meme_id(1),)
    assert "has removed this meme from the project: no" in later.refused[meme_id(0)]


def test_a_comment_that_is_sent_again_after_its_meme_was_removed_is_answered_as_said(desk, mend):
    comments = Comments(people=People(loopback=True, space=False), sessions=desk.sessions)

    def send(save="said-0001"):
        return comments.say(ANN, KEY, save=save, meme=meme_id(0), text="why")

    first = send()
    mend.remove(ADMIN, KEY, meme_id(0), "no")
    assert send() == first
    with pytest.raises(NotFound, match="has removed this meme"):
        send("said-0002")


def test_what_is_taken_back_on_a_removed_meme_stays_out_until_it_is_restored(desk, mend):
    desk.save(ANN, 0)
    mend.remove(ADMIN, KEY, meme_id(0), "no")
    assert desk.queue.undo(ANN, KEY).meme == meme_id(0)
    assert states(desk) == rebuilt(desk)
    mend.restore(ADMIN, KEY, meme_id(0))
    assert desk.queue.counts(ANN, KEY).done == 0


def test_those_that_are_removed_now_are_listed_once_with_the_last_reason(desk, mend):
    for number, reason in ((1, "first"), (2, "kept"), (1, "second")):
        if mend.removed(ADMIN, KEY) and reason == "second":
            mend.restore(ADMIN, KEY, meme_id(1))
        mend.remove(ADMIN, KEY, meme_id(number), reason)
    found = [(one.meme, one.reason) for one in mend.removed(ADMIN, KEY)]
    assert found == [(meme_id(1), "second"), (meme_id(2), "kept")]
    mend.restore(ADMIN, KEY, meme_id(2))
    assert [one.reason for one in mend.removed(ADMIN, KEY)] == ["second"]
    with pytest.raises(PermissionDenied):
        mend.removed(REV, KEY)


def test_a_removed_meme_is_imported_no_second_time(desk, mend):
    mend.remove(ADMIN, KEY, meme_id(1), "no")
    assert meme_id(1) in desk.store.memes(KEY).given()
    with pytest.raises(InputError, match="removed already: no"):
        mend.remove(ADMIN, KEY, meme_id(1), "again")
    with pytest.raises(InputError, match="Restore it first"):
        mend.correct(ADMIN, KEY, meme_id(1), "new")
    with pytest.raises(InputError, match="is not removed"):
        mend.restore(ADMIN, KEY, meme_id(2))
    with pytest.raises(InputError, match="say why"):
        mend.remove(ADMIN, KEY, meme_id(2), "  ")


# --- which one, and who may -----------------------------------------------------------------------


def test_a_meme_is_named_by_its_file_or_the_beginning_of_its_id(desk, mend):
    for name in ("3.png", meme_id(3), meme_id(3)[:8], f" {meme_id(3)[:12].upper()} "):
        assert mend.find(ADMIN, KEY, name)[0].id == meme_id(3)
    for name in ("9.png", meme_id(3)[:7], "%", ""):
        with pytest.raises(NotFound, match="has no meme"):
            mend.find(ADMIN, KEY, name)
    desk.store.add(KEY, [make_meme(9, filename="0.png")])
    with pytest.raises(InputError, match=r"Several memes are called '0\.png'"):
        mend.find(ADMIN, KEY, "0.png")
    mend.remove(ADMIN, KEY, meme_id(3), "why")
    assert mend.find(ADMIN, KEY, "3.png")[1] == "why"


@pytest.mark.parametrize("who", [ANN, REV, VISITOR])
def test_admins_alone_mend(desk, mend, who):
    for call in (
        lambda: mend.find(who, KEY, "1.png"),
        lambda: mend.changes(who, KEY),
        lambda: mend.correct(who, KEY, meme_id(1), "new"),
        lambda: mend.remove(who, KEY, meme_id(1), "no"),
        lambda: mend.restore(who, KEY, meme_id(1)),
        lambda: desk.queue.browse(who, KEY, filters=QueueFilter(removed=True)),
    ):
        with pytest.raises(PermissionDenied):
            call()


def test_what_does_not_exist_is_named(mend):
    with pytest.raises(InputError, match="no project 'dogs'"):
        mend.find(ADMIN, "dogs", "1.png")
    with pytest.raises(NotFound, match="has no meme"):
        mend.remove(ADMIN, KEY, "0" * 64, "no")


def test_a_removed_meme_is_not_among_those_assigned_until_it_is_restored(desk, mend):
    team = Team(people=People(loopback=True, space=False), sessions=desk.sessions)
    team.assign(ADMIN, KEY, ["ann", "bob"])
    desk.save(ANN, 0)
    for gone in (0, 1):
        mend.remove(ADMIN, KEY, meme_id(gone), "asked for")
    for who in (ANN, BOB):
        assert desk.queue.counts(who, KEY).assigned == 3
        left = desk.queue.next(who, KEY, client=who.name, count=9)
        assert sorted(item.meme.id for item in left) == sorted(map(meme_id, (2, 3, 4)))
    assert states(desk) == rebuilt(desk)
    for gone in (0, 1):
        mend.restore(ADMIN, KEY, meme_id(gone))
    assert [desk.queue.counts(who, KEY).assigned for who in (ANN, BOB)] == [4, 5]
    assert states(desk) == rebuilt(desk)
