"""Who reads what of a thread; the SQL is asked in test_comments.py."""

from types import SimpleNamespace

from memeclip_core.annotation.review.threads import see_thread


def said(person, reviewer=False):
    return SimpleNamespace(person=person, reviewer=reviewer)


THREAD = [said("ann"), said("bob"), said("rev", reviewer=True), said("ann")]


def test_whoever_may_reads_everything():
    assert see_thread(THREAD, "bob", everything=True) == THREAD


def test_before_that_whoever_began_it_reads_reviewers_alone():
    assert see_thread(THREAD, "ann", everything=False) == [THREAD[0], *THREAD[2:]]


def test_others_read_nothing_of_it_not_even_their_own():
    assert see_thread(THREAD, "bob", everything=False) == []
    assert see_thread([], "bob", everything=False) == []
