"""The layout of the page Models."""


def test_nothing_can_be_promoted_before_there_is_a_candidate(page):
    w = page.models
    assert (w.promote.interactive, w.discard.interactive, w.roll_back.interactive) == (False,) * 3
    assert w.cancel.visible is False


def test_the_timer_rests_until_a_job_runs(page):
    assert page.models.timer.active is False
