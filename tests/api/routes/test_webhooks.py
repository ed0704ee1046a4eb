from __future__ import annotations

from memeclip_core.webhooks.sending import Outcome
from tests.factories.api import Asked

URL = "https://hooks.example.org/x"


class Silent:
    def send(self, url, secret, event, body):
        return Outcome(status=410, reason="It answered 410.")


def test_a_webhook_is_made_tried_and_removed(tiny_studio):
    tiny_studio.webhooks._sender = Silent()
    asked = Asked(tiny_studio)
    made = asked.post("/webhooks", url=URL, events=["saved"])
    assert len(made["secret"]) > 30 and made["webhook"]["events"] == ["saved"]
    assert asked.get("/webhooks") == [made["webhook"]]
    told = asked.post("/webhooks/1/test")
    assert (told["state"], told["status"], told["reason"]) == ("waiting", 410, "It answered 410.")
    assert asked.get("/webhooks/1/deliveries") == [told]
    assert asked.fails("/webhooks", {"url": "http://a.org"})[0] == 400
    assert asked.post("/webhooks/1/remove") is None
    assert asked.fails("/webhooks/1/deliveries")[0] == 404
