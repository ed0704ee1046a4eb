"""Memes are kept for a person while they look, asked for anew when that is over, and given back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import LOST, REFUSED, Small

pytestmark = BROWSER_MARKS

PROJECT = {"key": "p", "version": 1, "lease_minutes": 10, "tasks": []}
LATER = "2999-01-01T00:00:00Z"
COUNTS = {"total": 9, "pending": 9, "done": 0, "closed": False}


@pytest.fixture
def leases(small: Small) -> Any:
    """Return a way to run a script with a project open; ``item(id, minutes)`` makes a meme."""

    def run(body: str) -> Any:
        begin = """Object.assign(desk.desk, { who: { name: 'ann' }, project: given });
        desk.desk.client = 'tab';
        const until = (minutes) => new Date(Date.now() + 60000 * minutes).toISOString();
        const item = (id, minutes) => ({ id, state: 'pending', lease_until: until(minutes) });
        const show = (one) => { desk.desk.current = { item: one, work: {} }; };"""
        return small.run("label/leases label/desk", f"{begin} {body}", PROJECT)

    return run


def test_a_lease_ends_when_its_time_is_over(leases):
    assert leases("return [leases.expired(item('m', 1)), leases.expired(item('m', -1))];") == [
        False, True,
    ]  # fmt: skip
    assert leases("return leases.expired({ id: 'm' });") is False


def test_it_is_made_longer_once_less_than_half_is_left(small, leases):
    small.answers["open"] = {"meme": {"id": "m"}, "lease_until": LATER}
    leases("show(item('m', 6)); await leases.renew();")
    assert small.calls == []
    assert (
        leases(
            "show(item('m', 4)); await leases.renew(); return desk.desk.current.item.lease_until;"
        )
        == LATER
    )
    assert small.calls == [("open", {"project": "p", "meme": "m", "client": "tab"})]


def test_no_open_meme_asks_for_nothing(small, leases):
    leases("await leases.renew();")
    assert small.calls == []


NEXT = "desk.desk.ahead = [item('a', -1), item('b', -1), item('c', 5)];"


def test_a_meme_that_waited_too_long_is_asked_for_anew(small, leases):
    small.answers["open"] = lambda sent: {"meme": {"id": sent["meme"]}, "lease_until": LATER}
    small.answers["next"] = {"items": [], "held": {}, "counts": COUNTS, "version": 1}
    assert leases(f"{NEXT} return (await desk.advance()).lease_until;") == LATER
    assert [payload["meme"] for payload in small.sent("open")] == ["a"]


def test_one_that_somebody_else_has_by_now_is_passed_over(small, leases):
    small.answers["open"] = REFUSED
    small.answers["next"] = {"items": [], "held": {}, "counts": COUNTS, "version": 1}
    assert leases(f"{NEXT} return (await desk.advance()).id;") == "c"
    assert [payload["meme"] for payload in small.sent("open")] == ["a", "b"]


def test_without_a_connection_it_is_neither_shown_nor_lost(small, leases):
    small.answers["open"] = LOST
    small.answers["next"] = LOST
    assert leases(f"{NEXT} return desk.advance().catch((trouble) => trouble.kind);") == "lost"


def test_a_tab_gives_back_its_own_and_takes_over_what_other_tabs_hold(small, leases):
    leases("leases.release(); leases.release(true); await leases.take();")
    small.page.wait_for_function("true")
    own = {"project": "p", "client": "tab"}
    assert sorted(map(len, small.sent("release"))) == [2, 2, 3]
    assert [one for one in small.sent("release") if len(one) == 2] == [own, own]
    assert {**own, "everywhere": True} in small.sent("release")


def test_leaving_a_project_gives_back_what_is_held(small, leases):
    leases("desk.goodbye(); await new Promise(requestAnimationFrame);")
    assert small.sent("release") == [{"project": "p", "client": "tab"}]
