from __future__ import annotations

from memeclip_core.records.decision import Person
from tests.factories.api import Asked


def test_a_retraining_that_makes_no_sense_is_refused_with_the_reason(tiny_studio):
    asked = Asked(tiny_studio)
    job = asked.post("/retrainings", task_set="pridemm")
    assert (job["state"], bool(job["reason"])) == ("refused", True)
    assert asked.get(f"/retrainings/{job['id']}")["state"] == "refused"
    assert [one["id"] for one in asked.get("/retrainings", task_set="pridemm")] == [job["id"]]
    assert asked.fails(f"/retrainings/{job['id']}/stop", {})[0] == 409
    assert asked.fails("/retrainings/none")[0] == 404


def test_only_an_admin_starts_and_stops_one(tiny_studio):
    reviewer = Asked(tiny_studio, Person(name="rev", role="reviewer"))
    assert reviewer.fails("/retrainings", {"task_set": "pridemm"})[0] == 403
    assert reviewer.fails("/retrainings/none/stop", {})[0] == 403
