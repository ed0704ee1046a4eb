"""Webhooks on both databases: what is told, once, to whom, and what becomes of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from memeclip_core.access.people import People
from memeclip_core.database.schema import delivery, job, model_change, model_version
from memeclip_core.errors import InputError, NotFound, PermissionDenied
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.webhooks.sending import Outcome
from memeclip_core.webhooks.webhooks import CLAIM_SECONDS, KEPT, MOST, WAITS, Webhooks
from tests.factories.clocks import Clock
from tests.factories.queues import ADMIN, ANN, BOB, REV, make_desk, make_project, meme_id
from tests.factories.receivers import run_receiver

URL = "https://hooks.example.org/x"


class Told:
    """A sender that notes what it is to send."""

    def __init__(self):
        self.got, self.outcome = [], Outcome(status=204)

    def send(self, url, secret, event, body):
        self.got.append((event, json.loads(body)))
        return self.outcome


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def hooks(database, told):
    return Webhooks(
        people=People(loopback=True, space=False),
        database=database,
        sender=told,
        clock=Clock(100.0),
    )


def tell(hooks):
    hooks.look()
    return hooks.send_due()


def test_what_is_saved_is_told_together_and_without_texts(hooks, told, database, tmp_path):
    desk = make_desk(tmp_path / "desk", database=database)
    make_project(desk, 4)
    desk.save(ANN, 0)
    hooks.add(ADMIN, URL)
    assert tell(hooks) == 0
    for who, number in ((ANN, 1), (ANN, 2), (BOB, 3)):
        desk.save(who, number)
    assert tell(hooks) == 1
    ((event, body),) = told.got
    assert (event, body["project"], body["decisions"], body["memes"]) == ("saved", "cats", 3, 3)
    assert body["by"] == ["ann", "bob"] and sorted(body["ids"]) == sorted(map(meme_id, (1, 2, 3)))
    assert set(body) == {
        "event", "delivery", "time", "project", "task_set", "decisions", "by", "memes", "ids",
    }  # fmt: skip
    assert tell(hooks) == 0


def test_models_are_told_with_who_had_them_made(hooks, told, database):
    hooks.add(ADMIN, URL, ["retrained", "promoted"])
    now = utc_now()
    with database.write() as connection:
        connection.execute(
            insert(job).values(
                id="j1", kind="retrain", subject="pridemm", state="done", started=now, by="root",
                arguments={}, progress={}, counts={}, facts={},
            )
        )  # fmt: skip
        for version, of in (("p-r1", "j1"), ("found", "")):
            facts = {"version": version, "task_set": "pridemm", "encoder": "e", "origin": "x"}
            connection.execute(insert(model_version).values(**facts, created=now, job=of))
            for action in ("add", "promote", "discard"):
                row = {"time": now, "task_set": "pridemm", "version": version, "action": action}
                connection.execute(insert(model_change).values(**row, by="cat"))
    assert tell(hooks) == 3
    assert [(event, body["version"], body["by"]) for event, body in told.got] == [
        ("retrained", "p-r1", "root"), ("promoted", "p-r1", "cat"), ("promoted", "found", "cat"),
    ]  # fmt: skip


def test_two_servers_tell_once(hooks, told, database, tmp_path):
    desk = make_desk(tmp_path / "desk", database=database)
    make_project(desk, 2)
    hooks.add(ADMIN, URL)
    desk.save(ANN, 0)
    other = Webhooks(
        people=People(loopback=True, space=False), database=database, sender=told,
        clock=hooks._clock,
    )  # fmt: skip
    hooks.look()
    other.look()
    assert other.send_due() == 1 and hooks.send_due() == 0
    assert len(told.got) == 1


def test_what_fails_is_tried_again_with_growing_waits_and_given_up(hooks, told):
    told.outcome = Outcome(status=500, reason="It answered 500.")
    number = hooks.add(ADMIN, URL).webhook.number
    first = hooks.test(ADMIN, number)
    assert (first.state, first.tries, first.status) == ("waiting", 1, 500)
    for wait in WAITS:
        hooks._clock.now += wait - 1
        assert hooks.send_due() == 0
        hooks._clock.now += 1
        assert hooks.send_due() == 1
    (last,) = hooks.deliveries(ADMIN, number)
    assert (last.state, last.tries, last.reason) == ("failed", len(WAITS) + 1, "It answered 500.")
    hooks._clock.now += 10**6
    assert hooks.send_due() == 0


def test_the_log_says_which_delivery_failed_and_not_where_it_was_sent(hooks, told, caplog):
    caplog.set_level("INFO")
    number = hooks.add(ADMIN, URL).webhook.number
    told.outcome = Outcome(reason="The host 'hooks.example.org' has no address.")
    hooks.test(ADMIN, number)
    told.outcome = Outcome(status=500, reason="It answered 500.")
    hooks.test(ADMIN, number)
    assert caplog.messages == [
        "delivery 1, try 1 failed, status: none", "delivery 2, try 1 failed, status: 500",
    ]  # fmt: skip


def test_what_a_kill_left_claimed_is_sent_later(hooks, told, monkeypatch):
    number = hooks.add(ADMIN, URL).webhook.number
    monkeypatch.setattr(hooks, "_send", lambda one: None)
    hooks.test(ADMIN, number)
    monkeypatch.undo()
    assert hooks.send_due() == 0
    hooks._clock.now += CLAIM_SECONDS
    assert hooks.send_due() == 1 and hooks.deliveries(ADMIN, number)[0].state == "sent"


def test_old_deliveries_go_and_what_waits_stays(hooks, told, database, tmp_path):
    desk = make_desk(tmp_path / "desk", database=database)
    make_project(desk, 1)
    number = hooks.add(ADMIN, URL).webhook.number
    hooks.test(ADMIN, number)
    told.outcome = Outcome(reason="no")
    hooks.test(ADMIN, number)
    with database.write() as connection:
        connection.execute(update(delivery).values(time=utc_now() - KEPT - timedelta(hours=1)))
    desk.save(ANN, 0)
    hooks.look()
    states = [one.state for one in hooks.deliveries(ADMIN, number)]
    assert states == ["waiting", "waiting"]


def test_the_secret_is_shown_once_and_signs(database, tmp_path):
    with run_receiver(tmp_path) as receiver:
        hooks = Webhooks(
            people=People(loopback=True, space=False), database=database, sender=receiver.sender
        )
        made = hooks.add(ADMIN, receiver.url)
        assert hooks.test(ADMIN, made.webhook.number).state == "sent"
        ((headers, body),) = receiver.got
    assert json.loads(body)["by"] == "root" and headers["Memeclip-Event"] == "test"
    assert made.secret not in str(hooks.list(ADMIN)) + body.decode()


def test_an_admin_alone_and_only_what_can_be_called(hooks):
    asked = [("list",), ("add", URL), ("remove", 1), ("deliveries", 1), ("test", 1)]
    for who in (ANN, REV, Person(name="eve", role="visitor")):
        for name, *given in asked:
            with pytest.raises(PermissionDenied):
                getattr(hooks, name)(who, *given)
    with pytest.raises(InputError, match="begins with https"):
        hooks.add(ADMIN, "http://a.org/")
    with pytest.raises(InputError, match="'sold' is no event"):
        hooks.add(ADMIN, URL, ["sold"])
    for call in (hooks.remove, hooks.deliveries, hooks.test):
        with pytest.raises(NotFound, match="no webhook 7"):
            call(ADMIN, 7)
    for _ in range(MOST):
        hooks.add(ADMIN, URL)
    with pytest.raises(InputError, match="which is the most"):
        hooks.add(ADMIN, URL)
    hooks.remove(ADMIN, 1)
    assert len(hooks.list(ADMIN)) == MOST - 1
