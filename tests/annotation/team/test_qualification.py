"""``Qualification``: the round on gold memes before real work, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from memeclip_core.access.people import People
from memeclip_core.annotation.team.qualification import Qualification, check_round
from memeclip_core.annotation.team.team import Team
from memeclip_core.errors import ConfigError, InputError, LabelError, PermissionDenied
from memeclip_core.records.queue import Held, QueueFilter
from memeclip_core.records.team import GoldAnswer
from tests.factories.queues import (
    ADMIN,
    ANN,
    BOB,
    KEY,
    NO,
    REV,
    YES,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
    new_save,
    numbers,
    rename_labels,
)

GOLD = 4
"""The first memes of the project are gold ones: even ones are hateful irony, odd ones are not."""


def right(number):
    return NO if number % 2 else YES


def wrong(number):
    return YES if number % 2 else NO


@pytest.fixture
def desk(tmp_path, database):
    memes = [make_meme(number, gold=True, given=right(number)) for number in range(GOLD)]
    memes += [make_meme(number) for number in range(GOLD, 10)]
    made = make_project(make_desk(tmp_path, database=database), memes=memes)
    set_rules(made, qualify=2, qualify_share=0.75, qualify_tries=2)
    return made


@pytest.fixture
def round_(desk):
    return Qualification(people=People(loopback=True, space=False), sessions=desk.sessions)


def set_rules(desk, **rules):
    desk.store.write(replace(desk.store.read(KEY), **rules))


def ask(desk, who=ANN, count=20, **rest):
    return numbers(desk.queue.next(who, KEY, count=count, client="tab", **rest))


def answer(desk, number, labels, who=ANN, **rest):
    rest = {"save": new_save(), "version": 1, "qualifies": True, **rest}
    return desk.queue.save(who, KEY, meme=meme_id(number), labels=labels, **rest)


def take(desk, answers, who=ANN):
    """Go through one try; ``answers`` says how a meme is answered."""
    found = ask(desk, who)
    return [answer(desk, number, answers(number), who) for number in found][-1].feedback


# --- going through it ---------------------------------------------------------------------------


def test_whoever_fails_tries_again_with_other_memes_passes_and_labels_on(desk):
    first = ask(desk)
    assert len(first) == 2 and set(first) < set(range(GOLD))
    assert desk.queue.counts(ANN, KEY).round.attempt == 1
    told = answer(desk, first[0], wrong(first[0])).feedback
    task = right(first[0])
    assert told.answers == tuple(
        GoldAnswer(task=key, chosen=wrong(first[0])[key], gold=task[key], right=False)
        for key in ("hate", "tone")
    )
    assert (told.hits, told.asked, told.state, told.left) == (0, 2, "open", 1)
    assert ask(desk) == first[1:]
    told = answer(desk, first[1], right(first[1])).feedback
    assert (told.hits, told.asked, told.state, told.left) == (2, 4, "failed", 1)
    second = ask(desk)
    assert sorted(first + second) == list(range(GOLD))
    assert desk.queue.counts(ANN, KEY).round.attempt == 2
    told = take(desk, right)
    assert (told.hits, told.asked, told.state) == (4, 4, "passed")
    assert desk.queue.counts(ANN, KEY).round is None
    assert ask(desk) == list(range(10))
    assert desk.save(ANN, GOLD, YES).feedback is None


def test_whoever_has_no_try_left_asks_an_admin(desk, round_):
    take(desk, wrong)
    told = take(desk, wrong)
    assert (told.state, told.left) == ("failed", 0)
    assert ask(desk) == [] and desk.queue.counts(ANN, KEY).round.state == "failed"
    for number in (0, 5):
        with pytest.raises(InputError, match="no try left"):
            answer(desk, 5, YES, qualifies=False)
        with pytest.raises(InputError, match="no try left"):
            desk.queue.open(ANN, KEY, meme_id(number), "tab")
    (one,) = round_.reset(ADMIN, KEY, ["ann"])
    assert (one.state, one.tries, one.by) == ("open", 0, "root")
    # All of them were answered before: those of longest ago come first.
    assert len(ask(desk)) == 2
    assert take(desk, right).state == "passed"


def test_nothing_of_a_round_counts_anywhere(desk):
    before = desk.queue.counts(BOB, KEY)
    take(desk, right)
    assert desk.saved == []
    counts = desk.queue.counts(ANN, KEY)
    assert (counts.done, counts.pending, counts.total) == (0, 10, 10)
    assert desk.queue.recent(ANN, KEY) == ()
    assert desk.store.tally(desk.store.read(KEY)).decisions == 0
    assert desk.corrector.labelled(desk.store.read(KEY).tasks) == ()
    assert not any(desk.queue.history(ADMIN, KEY, meme_id(number)) for number in range(GOLD))
    assert desk.queue.counts(BOB, KEY) == before
    assert ask(desk, REV) == list(range(10))


def test_a_round_holds_nothing_and_shows_no_suggestion(desk):
    desk.predict(make_table([0.9] * 10))
    item = desk.queue.next(ANN, KEY, count=1, client="tab")[0]
    assert item.qualifies and item.suggestions == {} and item.meme.given == {} and not item.hidden
    assert desk.queue.held(ANN, KEY, client="other") == Held()
    assert ask(desk, REV) == list(range(10))
    assert desk.queue.open(ANN, KEY, item.meme.id, "other").qualifies
    # Others may label it in earnest meanwhile.
    desk.save(REV, numbers([item])[0], YES)
    assert answer(desk, numbers([item])[0], NO).feedback.asked == 2


# --- what is refused ----------------------------------------------------------------------------


def test_in_a_round_nothing_but_its_answers_is_taken(desk):
    gold = ask(desk)[0]
    queue, real = desk.queue, meme_id(GOLD)
    for call, match in (
        (lambda: queue.open(ANN, KEY, real, "tab"), "comes first"),
        (lambda: answer(desk, GOLD, YES), "none that the qualification round asks"),
        (lambda: answer(desk, GOLD, YES, qualifies=False), "none that the qualification round"),
        (lambda: queue.save_many(ANN, KEY, save="save-many", memes=[real], labels=YES), "nothing"),
        (lambda: queue.draft(ANN, KEY, save="save-d", meme=real, labels={}, version=1), "nothing"),
        (lambda: desk.skip(ANN, gold), "nothing else"),
        (lambda: queue.flag(ANN, KEY, save="save-flag", meme=real, on=True, reason="x"), "nothing"),
        (lambda: queue.undo(ANN, KEY), "nothing else"),
    ):
        with pytest.raises(InputError, match=match):
            call()
    with pytest.raises(LabelError):
        answer(desk, gold, {"hate": ("maybe",)})
    assert ask(desk, filters=QueueFilter(state=None, ids=(real,))) == ask(desk)
    assert desk.queue.counts(ANN, KEY).round.answered == 0


def test_others_labels_are_told_to_nobody_in_a_round(desk):
    gold = ask(desk)[0]
    desk.save(REV, gold, YES)
    assert desk.queue.history(ANN, KEY, meme_id(gold)) == ()
    take(desk, right)
    assert len(desk.queue.history(ANN, KEY, meme_id(gold))) == 1


def test_one_meme_is_answered_once_in_a_try(desk):
    first = ask(desk)[0]
    saved = answer(desk, first, wrong(first), save="save-lost")
    assert answer(desk, first, wrong(first), save="save-lost").feedback == saved.feedback
    again = answer(desk, first, right(first)).feedback
    assert again.repeated and again.answers == saved.feedback.answers
    assert desk.queue.counts(ANN, KEY).round.answered == 1
    with pytest.raises(InputError, match="stands for another"):
        answer(desk, ask(desk)[0], YES, save="save-lost")
    with pytest.raises(InputError, match="stands for another"):
        answer(desk, first, YES, who=BOB, save="save-lost")


def test_an_answer_that_comes_after_the_round_is_no_decision(desk, round_):
    first = ask(desk)[0]
    lost = answer(desk, first, right(first), save="save-lost").feedback
    assert take(desk, right).state == "passed"
    late = answer(desk, first, right(first), save="save-lost").feedback
    assert late.answers == lost.answers and late.state == "passed"
    assert answer(desk, first, wrong(first)).feedback.repeated
    with pytest.raises(InputError, match="none that the qualification round asks"):
        answer(desk, GOLD, YES)
    assert desk.queue.counts(ANN, KEY).done == 0


def test_many_tabs_at_once_answer_once(desk):
    first = ask(desk)[0]
    told = []

    def send(number):
        told.append(answer(desk, first, right(first) if number % 2 else wrong(first)).feedback)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len({one.answers for one in told}) == 1
    assert sum(not one.repeated for one in told) == 1
    assert desk.queue.counts(ANN, KEY).round.answered == 1


# --- whom it asks -------------------------------------------------------------------------------


def test_whoever_has_decided_something_goes_on_unless_an_admin_asks_otherwise(desk, round_):
    set_rules(desk, qualify=0)
    desk.save(ANN, 5, YES)
    held = desk.queue.next(BOB, KEY, count=1, client="tab")[0]
    set_rules(desk, qualify=2)
    assert desk.queue.counts(ANN, KEY).round is None and len(ask(desk)) > 2
    # What was given out before is real work, and whoever has done some is not new.
    saved = answer(desk, numbers([held])[0], YES, who=BOB, qualifies=False, save="save-late")
    assert (saved.receipt.rows, saved.feedback, saved.counts.round) == (2, None, None)
    round_.reset(ADMIN, KEY, ["ann", "bob"])
    assert desk.queue.counts(ANN, KEY).round.answered == 0
    again = answer(desk, numbers([held])[0], YES, who=BOB, qualifies=False, save="save-late")
    assert (again.receipt.rows, again.feedback) == (0, None)


def test_quotas_and_assignments_wait(desk):
    team = Team(people=People(loopback=True, space=False), sessions=desk.sessions)
    team.change(ADMIN, KEY, quotas={"ann": 1})
    team.assign(ADMIN, KEY, ["ann"], filters=QueueFilter(state=None, ids=(meme_id(9),)))
    assert len(ask(desk)) == 2
    take(desk, right)
    assert ask(desk) == [9]
    assert desk.queue.counts(ANN, KEY).quota == 1


def test_who_passed_stays_passed_whatever_changes(desk):
    take(desk, right)
    memes = [make_meme(number, gold=True, given=wrong(number)) for number in range(GOLD)]
    desk.store.add(KEY, memes)
    set_rules(desk, qualify_share=1.0, qualify_tries=1)
    assert desk.queue.counts(ANN, KEY).round is None
    set_rules(desk, qualify=0)
    assert ask(desk, BOB) == list(range(10))


def test_fewer_memes_asked_midway_end_the_try_with_the_next_one(desk):
    answer(desk, ask(desk)[0], YES)
    set_rules(desk, qualify=1)
    assert len(ask(desk)) == 1
    assert answer(desk, ask(desk)[0], YES).feedback.state != "open"


def test_a_round_takes_gold_memes_for_every_try(desk):
    project = desk.store.read(KEY)
    with desk.database.read() as connection:
        none = replace(project, qualify=0)
        check_round(connection, project, none)
        check_round(connection, none, project)
        with pytest.raises(ConfigError, match=r"takes 6, as every try has other ones.* has 4"):
            check_round(connection, replace(project, qualify_tries=3), none)
    with pytest.raises(ConfigError, match=r"is new .* Create it without a round"):
        check_round(None, project, none)
    set_rules(desk, qualify=5)
    with pytest.raises(InputError, match="asks for 5 gold memes, and it has 4"):
        ask(desk)


def test_an_answer_under_an_older_label_set_is_given_anew(desk):
    first = ask(desk)[0]
    rename_labels(desk)
    with pytest.raises(InputError, match=r"changed meanwhile \(version 2, yours is 1\)"):
        answer(desk, first, right(first))


# --- for admins ---------------------------------------------------------------------------------


def test_an_admin_sees_results_and_lets_pass(desk, round_):
    assert round_.results(ADMIN, KEY) == ()
    first = ask(desk)[0]
    answer(desk, first, right(first))
    (ann,) = round_.results(ADMIN, KEY)
    assert (ann.person, ann.state, ann.tries) == ("ann", "open", 0)
    assert (ann.answered, ann.hits, ann.asked, ann.by) == (1, 2, 2, "")
    ann, bob = round_.let_pass(ADMIN, KEY, ["ann", "bob"])
    assert (ann.state, bob.state, bob.by, bob.asked) == ("passed", "passed", "root", 0)
    assert desk.queue.counts(BOB, KEY).round is None
    # Begun anew in the middle of a try: another try, of other memes.
    round_.reset(ADMIN, KEY, ["ann"])
    assert first not in ask(desk) and desk.queue.counts(ANN, KEY).round.attempt == 1


def test_only_admins_see_and_decide_who_qualifies(desk, round_):
    for who in (ANN, REV):
        for call in (
            lambda: round_.results(who, KEY),  # noqa: B023
            lambda: round_.let_pass(who, KEY, ["ann"]),  # noqa: B023
            lambda: round_.reset(who, KEY, ["ann"]),  # noqa: B023
        ):
            with pytest.raises(PermissionDenied):
                call()
    with pytest.raises(InputError, match="Nobody is named"):
        round_.let_pass(ADMIN, KEY, [])
    with pytest.raises(InputError, match="Nobody signs in as ' '"):
        round_.let_pass(ADMIN, KEY, [" "])
