"""The rows of webhooks on both databases."""

from __future__ import annotations

from memeclip_core.records.clock import utc_now
from memeclip_core.webhooks.queries import (
    claim_due,
    delete_webhook,
    insert_deliveries,
    insert_webhook,
    select_deliveries,
)


def test_what_is_claimed_is_nobody_elses_and_goes_with_its_webhook(database):
    now = utc_now()
    hook = {"url": "https://a.org", "secret": "s", "events": ("saved",), "created": now, "by": "a"}
    with database.write() as connection:
        number = insert_webhook(connection, hook)
        row = {"webhook": number, "event": "saved", "time": now, "body": {"n": 1}}
        insert_deliveries(connection, [{**row, "due": 5.0}, {**row, "due": 9.0}])
        (one,) = claim_due(connection, 6.0, 60.0, 5)
        assert (one.url, one.body, one.tries) == ("https://a.org", {"n": 1}, 1)
        assert claim_due(connection, 6.0, 60.0, 5) == ()
        assert len(claim_due(connection, 60.0, 90.0, 5)) == 2
        assert len(select_deliveries(connection, number, 1)) == 1
        assert delete_webhook(connection, number) and not delete_webhook(connection, number)
        assert select_deliveries(connection, number, 5) == ()
