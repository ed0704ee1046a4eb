"""``Webhooks``: tell other programs what happens, without anybody waiting for it.

Invariants: nothing is noted when something is saved. A thread of each server looks every few
seconds at what was added to the decisions and to the history of models since the last look, in one
transaction that others follow, and writes a row of ``delivery`` for each webhook and project: so
what is told is told once, however many servers there are, and what a kill left is told later. A
row is sent by whoever claimed it; one that was claimed and never heard of again is due once more.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from memeclip_core.access.people import People
from memeclip_core.database.engine import Database
from memeclip_core.database.facts import read_fact, write_fact
from memeclip_core.errors import InputError, NotFound, StoreError, log_unexpected
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.webhook import EVENTS, Delivery, MadeWebhook, Webhook
from memeclip_core.webhooks.addresses import split_url
from memeclip_core.webhooks.queries import (
    Due,
    claim_due,
    delete_old,
    delete_webhook,
    insert_deliveries,
    insert_webhook,
    read_marks,
    select_deliveries,
    select_model_changes,
    select_saved,
    select_webhooks,
    update_delivery,
)
from memeclip_core.webhooks.sending import Sender

LOOK_SECONDS: Final = 5.0
"""How often is looked at what happened: what is saved between two looks is told together."""

WAITS: Final = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0)
"""Seconds until a try that failed is made again; after the last one it is given up."""

CLAIM_SECONDS: Final = 60.0
AT_ONCE: Final = 5
KEPT: Final = timedelta(days=14)
"""How long is known what was told."""

MOST: Final = 20
"""Webhooks of a studio, and the last deliveries of one that are shown."""

MEMES: Final = 100
"""Of how many memes a body holds the ids; it counts all."""

_MARKS: Final = "webhooks told"
_MODELS: Final = {"add": "retrained", "promote": "promoted", "roll-back": "promoted"}
_log = logging.getLogger("memeclip")


class Webhooks:
    """Make, remove and try webhooks, and tell them; admins alone.

    All methods may be called from any thread.

    Args:
        people: checks roles.
        database: where they are.
        sender: makes the requests.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        *,
        people: People,
        database: Database,
        sender: Sender | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._people = people
        self._database = database
        self._sender = sender or Sender()
        self._clock = clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def list(self, who: Person) -> tuple[Webhook, ...]:
        """Return all webhooks, oldest first."""
        self._people.require(who, "admin", "see the webhooks", spends="read")
        with self._database.read() as connection:
            return select_webhooks(connection)

    def add(self, who: Person, url: str, events: Iterable[str] = EVENTS) -> MadeWebhook:
        """Make a webhook; the secret that it comes with is shown once and never again.

        Raises:
            InputError: if the address or an event cannot be one, or there are too many.
        """
        self._people.require(who, "admin", "make a webhook", spends="save")
        split_url(url)
        chosen = tuple(dict.fromkeys(events))
        strange = [event for event in chosen if event not in EVENTS]
        if strange or not chosen:
            named = f"'{strange[0][:40]}' is no event" if strange else "There is no event"
            raise InputError(f"{named}. Name some of: {', '.join(EVENTS)}.")
        secret, now = secrets.token_urlsafe(32), utc_now()
        values = {"url": url, "secret": secret, "events": chosen, "created": now, "by": who.name}
        with self._database.write("webhooks") as connection:
            known = select_webhooks(connection)
            if len(known) >= MOST:
                raise InputError(f"There are {MOST} webhooks, which is the most. Remove one first.")
            if not known:  # what happened before is nobody's to be told
                write_fact(connection, _MARKS, read_marks(connection))
            number = insert_webhook(connection, values)
        made = Webhook(number=number, url=url, events=chosen, created=now, by=who.name)
        return MadeWebhook(webhook=made, secret=secret)

    def remove(self, who: Person, number: int) -> None:
        """Delete a webhook with all that it was told; raise NotFound if there is none."""
        self._people.require(who, "admin", "remove a webhook", spends="save")
        with self._database.write("webhooks") as connection:
            if not delete_webhook(connection, number):
                raise NotFound(_no_webhook(number))

    def deliveries(self, who: Person, number: int) -> tuple[Delivery, ...]:
        """Return the last things that a webhook was told, newest first."""
        self._people.require(who, "admin", "see what a webhook was told", spends="read")
        with self._database.read() as connection:
            self._find(select_webhooks(connection), number)
            return select_deliveries(connection, number, MOST)

    def test(self, who: Person, number: int) -> Delivery:
        """Tell a webhook of a trial, now, and return what came of it.

        It takes seconds, and is tried again later like any other.
        """
        self._people.require(who, "admin", "try a webhook", spends="job")
        with self._database.write("webhooks") as connection:
            one = self._find(select_webhooks(connection), number)
            insert_deliveries(connection, [self._row(one, "test", {"by": who.name})])
        self.send_due()
        return self.deliveries(who, number)[0]

    def start(self) -> None:
        """Look and send from now on, in a thread of its own."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End that thread; what it has not sent is sent after the next start."""
        self._stop.set()

    def look(self) -> None:
        """Write down what is to be told of what happened since the last look."""
        with self._database.read() as connection:
            if not select_webhooks(connection) or read_fact(connection, _MARKS) == read_marks(
                connection
            ):
                return
        with self._database.write("webhooks") as connection:
            hooks = select_webhooks(connection)
            since, now = read_fact(connection, _MARKS), read_marks(connection)
            told = [
                *_tell_saved(select_saved(connection, since["decision"], now["decision"])),
                *_tell_models(
                    select_model_changes(connection, since["model_change"], now["model_change"])
                ),
            ]
            insert_deliveries(
                connection,
                [
                    self._row(one, event, body)
                    for event, body in told
                    for one in hooks
                    if event in one.events
                ],
            )
            write_fact(connection, _MARKS, now)
            delete_old(connection, utc_now() - KEPT)

    def send_due(self) -> int:
        """Send what is due, a few at a time; return how many that were."""
        now = self._clock()
        with self._database.read() as connection:
            if not select_webhooks(connection):
                return 0
        with self._database.write(lasting=False) as connection:
            mine = claim_due(connection, now, now + CLAIM_SECONDS, AT_ONCE)
        for one in mine:
            self._send(one)
        return len(mine)

    def _send(self, one: Due) -> None:
        body = {
            "event": one.event,
            "delivery": one.number,
            "time": one.time.isoformat(),
            **one.body,
        }
        sent = json.dumps(body, ensure_ascii=False).encode()
        outcome = self._sender.send(one.url, one.secret, one.event, sent)
        facts: dict[str, Any] = {"status": outcome.status, "reason": outcome.reason}
        if not outcome.reason:
            facts |= {"state": "sent", "due": None}
        elif one.tries > len(WAITS):
            facts |= {"state": "failed", "due": None}
        else:
            facts |= {"due": self._clock() + WAITS[one.tries - 1]}
        with self._database.write(lasting=False) as connection:
            update_delivery(connection, one.number, **facts)
        if outcome.reason:
            # The reason, which may name the host, is for admins.
            status = outcome.status or "none"
            _log.info("delivery %d, try %d failed, status: %s", one.number, one.tries, status)

    def _row(self, one: Webhook, event: str, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "webhook": one.number, "event": event, "time": utc_now(), "body": body,
            "due": self._clock(),
        }  # fmt: skip

    def _find(self, known: Iterable[Webhook], number: int) -> Webhook:
        found = next((one for one in known if one.number == number), None)
        if found is None:
            raise NotFound(_no_webhook(number))
        return found

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self.look()
                while self.send_due() and not self._stop.is_set():
                    pass
            except StoreError as error:
                _log.warning("webhooks wait: %s", error)
            except Exception as error:
                log_unexpected(_log, error, "webhooks wait")


def _tell_saved(rows: Iterable[Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield one body for each project: how many decisions on which memes, and whose."""
    for (project, tasks), own in groupby(rows, key=lambda row: (row.project, row.task_set)):
        saves = list(own)
        memes = list(dict.fromkeys(row.meme for row in saves))
        yield (
            "saved",
            {
                "project": project,
                "task_set": tasks,
                "decisions": len({(row.save, row.meme) for row in saves}),
                "by": sorted({row.annotator for row in saves}),
                "memes": len(memes),
                "ids": memes[:MEMES],
            },
        )


def _tell_models(rows: Iterable[Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield what a history of models says of others that were written, or answer now."""
    for row in rows:
        if row.action not in _MODELS or (row.action == "add" and row.job is None):
            continue
        facts = {"task_set": row.task_set, "version": row.version}
        by = row.started_by if row.action == "add" else row.by
        yield _MODELS[row.action], {**facts, "by": by, "action": row.action}


def _no_webhook(number: int) -> str:
    return f"There is no webhook {number}. See: memeclip webhooks list"
