"""Threads on memes, on both kinds of database: who reads, answers and resolves what."""

from dataclasses import dataclass

import pytest

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import ALLOWANCES
from memeclip_core.access.users import Users
from memeclip_core.annotation.review import comments as module
from memeclip_core.annotation.review.comments import MAX_COMMENT, Comments
from memeclip_core.errors import InputError, NotFound, PermissionDenied, RateLimited, TextError
from memeclip_core.records.queue import QueueFilter
from tests.factories.queues import (
    ANN,
    BOB,
    KEY,
    REV,
    VISITOR,
    Desk,
    make_desk,
    make_project,
    meme_id,
    new_save,
    rows,
)

OPEN = QueueFilter(state=None, comments=True)


@dataclass
class Room:
    """Comments with everything behind them in reach."""

    desk: Desk
    comments: Comments

    def say(self, who, text, number=0, **given):
        given = {"save": new_save(), **given}
        return self.comments.say(who, KEY, meme=meme_id(number), text=text, **given)

    def texts(self, who, number=0, **given):
        threads = self.comments.talk(who, KEY, meme_id(number), **given).threads
        return [[one.text for one in thread.comments] for thread in threads]

    def names(self, who, number=0, **given):
        threads = self.comments.talk(who, KEY, meme_id(number), **given).threads
        return [[one.who for one in thread.comments] for thread in threads]

    def resolve(self, who, thread, resolved=True):
        self.comments.resolve(who, KEY, thread=thread.number, resolved=resolved)

    def counts(self, who):
        found = self.comments.counts(who, KEY)
        return found.open, found.answered

    def found(self, who):
        return rows(self.desk.queue.browse(who, KEY, filters=OPEN))


def make_room(desk, people=None):
    people = people or People(loopback=True, space=False)
    return Room(desk, Comments(people=people, sessions=desk.sessions))


@pytest.fixture
def room(tmp_path, database):
    return make_room(make_project(make_desk(tmp_path, database=database), overlap=2))


def test_whoever_asked_reads_the_reviewers_answer_before_deciding(room):
    first = room.say(ANN, "Is this a slur?")
    room.say(REV, "Look at the guidelines.", thread=first.number)
    assert room.texts(ANN) == [["Is this a slur?", "Look at the guidelines."]]
    assert room.comments.talk(ANN, KEY, meme_id(0)).waits
    assert room.counts(ANN) == (1, 1)


def test_what_others_say_waits_for_the_own_decision(room):
    asked = room.say(ANN, "Is this a slur?")
    room.desk.save(BOB, 0)
    room.say(BOB, "Yes, so it is hate.", thread=asked.number)
    room.say(BOB, "The same picture again.")
    assert room.texts(ANN) == [["Is this a slur?"]]
    assert room.counts(ANN) == (1, 0)
    assert [t.number for t in room.comments.threads(ANN, KEY)] == [asked.number]
    room.desk.save(ANN, 0)
    talk = room.comments.talk(ANN, KEY, meme_id(0))
    assert not talk.waits
    assert room.texts(ANN) == [["Is this a slur?", "Yes, so it is hate."],
                               ["The same picture again."]]  # fmt: skip
    assert room.counts(ANN) == (1, 1)


def test_taking_the_decision_back_hides_it_again_and_a_return_does_not(room):
    room.desk.save(ANN, 0)
    room.say(BOB, "odd")
    assert room.texts(ANN) == [["odd"]]
    room.desk.send_back(0, "ann")
    assert room.texts(ANN) == [["odd"]]
    room.desk.save(ANN, 1)
    room.say(BOB, "odd", 1)
    room.desk.queue.undo(ANN, KEY)
    assert room.texts(ANN, 1) == []


def test_a_thread_that_may_not_be_read_cannot_be_answered_or_found(room):
    hidden = room.say(BOB, "It is hate.")
    assert (room.found(ANN), room.found(BOB), room.found(REV)) == ([], [0], [0])
    with pytest.raises(NotFound, match="no thread"):
        room.say(ANN, "Really?", thread=hidden.number)
    with pytest.raises(NotFound, match="no thread"):
        room.say(REV, "Really?", number=1, thread=hidden.number)
    answer = room.say(REV, "Really?", thread=hidden.number)
    with pytest.raises(NotFound, match="no thread"):
        room.say(REV, "an answer is no thread", thread=answer.number)
    room.desk.save(ANN, 0)
    assert room.found(ANN) == [0]


def test_the_filter_of_one_is_not_that_of_another(room):
    room.say(ANN, "why", 2)
    assert [item.position for item in room.desk.queue.next(
        ANN, KEY, filters=OPEN, client="a")] == [3]  # fmt: skip
    assert room.desk.queue.next(BOB, KEY, filters=OPEN, client="b") == ()
    quiet = QueueFilter(state=None, comments=False)
    assert rows(room.desk.queue.browse(ANN, KEY, filters=quiet)) == [0, 1, 3, 4]


def test_a_count_follows_what_is_said(room):
    assert room.found(REV) == []
    thread = room.say(ANN, "why")
    assert room.desk.queue.browse(REV, KEY, filters=OPEN).total == 1
    room.resolve(REV, thread)
    assert room.desk.queue.browse(REV, KEY, filters=OPEN).total == 0


def test_reviewers_resolve_and_reopen_and_an_annotator_resolves_what_they_began(room):
    mine, others = room.say(ANN, "mine"), room.say(BOB, "another's")
    room.resolve(ANN, mine)
    for thread, resolved in ((others, True), (mine, False)):
        with pytest.raises(PermissionDenied):
            room.resolve(ANN, thread, resolved)
    room.resolve(REV, others)
    assert room.counts(REV) == (0, 0)
    resolved = room.comments.threads(REV, KEY, which="resolved")
    assert [(t.resolved_by, t.resolvable) for t in resolved] == [("rev", True), ("ann", True)]
    with pytest.raises(InputError, match="is resolved"):
        room.say(REV, "one more", thread=mine.number)
    room.resolve(REV, mine, False)
    room.resolve(REV, mine, False)
    assert [t.number for t in room.comments.threads(REV, KEY)] == [mine.number]


@pytest.mark.parametrize("who", [ANN, REV])
def test_what_is_no_thread_is_resolved_by_nobody(room, who):
    answer = room.say(ANN, "x", thread=room.say(ANN, "y").number)
    for number in (answer.number, 10**9):
        with pytest.raises((NotFound, PermissionDenied)):
            room.comments.resolve(who, KEY, thread=number)


def test_the_same_comment_sent_twice_is_one(room):
    save = new_save()
    first, second = (room.say(ANN, " why ", save=save) for _ in range(2))
    assert first == second
    assert room.texts(ANN) == [["why"]]
    for who, text, number in ((ANN, "because", 0), (BOB, "why", 0), (ANN, "why", 1)):
        with pytest.raises(InputError, match="already stands for another"):
            room.say(who, text, number, save=save)


def test_an_answer_waits_until_it_is_answered_or_resolved(room):
    thread = room.say(ANN, "why")
    assert room.counts(ANN) == (1, 0)
    room.say(REV, "see page 2", thread=thread.number)
    (found,) = room.comments.threads(ANN, KEY, which="answered")
    assert (found.meme, found.filename) == (meme_id(0), "0.png")
    assert room.counts(REV) == (1, 0)
    room.say(ANN, "thanks", thread=thread.number)
    assert (room.counts(ANN), room.counts(REV)) == ((1, 0), (1, 1))
    room.resolve(ANN, thread)
    assert (room.counts(ANN), room.counts(REV)) == ((0, 0), (0, 0))


def test_names_are_hidden_as_beside_the_votes(room):
    for who in (ANN, BOB):
        room.desk.save(who, 0)
        room.say(who, "it is clear")
    room.resolve(BOB, room.say(BOB, "done"))
    room.say(REV, "is it?")
    assert room.names(REV) == [["ann"], ["bob"], ["bob"], ["rev"]]
    hidden = room.names(REV, blind=True)
    assert sorted(hidden[0] + hidden[1]) == ["Annotator A", "Annotator B"]
    assert hidden[2:] == [hidden[1], ["rev"]]
    by = [t.resolved_by for t in room.comments.talk(REV, KEY, meme_id(0), blind=True).threads]
    assert by == ["", "", hidden[1][0], ""]
    (first, *_) = room.names(BOB, blind=True)
    assert first[0].startswith("Annotator ")
    assert room.names(BOB, blind=True)[3] == ["A reviewer"]


def test_texts_have_limits(room, monkeypatch):
    with pytest.raises(InputError, match="empty"):
        room.say(ANN, " \n ")
    with pytest.raises(InputError, match="2,001 characters; at most 2,000"):
        room.say(ANN, "x" * (MAX_COMMENT + 1))
    with pytest.raises(TextError, match="NUL"):
        room.say(ANN, "a\0b")
    room.say(ANN, "<b>=1+1</b>")
    assert room.texts(ANN) == [["<b>=1+1</b>"]]
    monkeypatch.setattr(module, "MOST_COMMENTS", 1)
    with pytest.raises(InputError, match="has 1 comments, as many as it may have"):
        room.say(ANN, "more")
    room.say(ANN, "elsewhere", 1)


def test_a_page_of_threads_has_a_size(room):
    numbers = [room.say(ANN, f"{n}", n).number for n in range(3)]
    assert [t.number for t in room.comments.threads(ANN, KEY, limit=2)] == numbers[:0:-1]
    with pytest.raises(InputError, match="limit is 0; allowed are 1 to 100"):
        room.comments.threads(ANN, KEY, limit=0)


def test_visitors_may_nothing_and_names_that_do_not_exist_are_refused(room):
    c, meme = room.comments, meme_id(0)
    for call in (
        lambda who: c.talk(who, KEY, meme), lambda who: c.threads(who, KEY),
        lambda who: c.counts(who, KEY), lambda who: c.resolve(who, KEY, thread=1),
        lambda who: c.say(who, KEY, save=new_save(), meme=meme, text="x"),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            call(VISITOR)
    with pytest.raises(NotFound, match="has no meme"):
        room.say(ANN, "x", 999)
    with pytest.raises(InputError, match="no project 'dogs'"):
        c.counts(ANN, "dogs")


def test_comments_are_limited_like_saves(tmp_path, database):
    users = Users(database)
    users.add(name="ann", role="annotator", password="a long enough password")
    people = People(users=users, loopback=False, space=False, clock=lambda: 0.0)
    room = make_room(make_project(make_desk(tmp_path, database=database)), people)
    save = new_save()
    for _ in range(ALLOWANCES["save"].burst):
        room.say(ANN, "x", save=save)
    with pytest.raises(RateLimited, match="Too many saves"):
        room.say(ANN, "x")


def test_the_dashboard_says_how_many_threads_are_open(room):
    from memeclip_core.annotation.review.dashboard import Counts

    room.resolve(REV, room.say(ANN, "done"))
    room.say(ANN, "why", thread=room.say(ANN, "how").number)
    room.say(BOB, "what", 1)
    with room.desk.sessions.reading(KEY, None) as session:
        counts = [Counts.of(session.connection, session.project, one) for one in ("", "ann")]
    assert [one.threads for one in counts] == [2, 1]
