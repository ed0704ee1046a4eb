from __future__ import annotations

from dataclasses import replace

from tests.factories.api import Asked
from tests.factories.studios import build_tiny_studio


def test_a_server_that_answers_says_whether_it_is_ready(tiny_studio):
    asked = Asked(tiny_studio)
    assert asked.get("/health") == {"status": "ok", "ready": False}
    asked.studio.predict(None, "", task_set="pridemm", text="words")
    assert asked.get("/health")["status"] == "ok"


def test_one_is_told_who_one_is_and_what_one_may_not(tiny_studio, tiny_settings):
    found = Asked(tiny_studio).get("/me")
    assert found == {"person": {"name": "local", "role": "admin"}, "write_reason": ""}
    stranger = Asked(build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))).get("/me")
    assert stranger["person"] == {"name": "visitor", "role": "visitor"}
    assert "only predicts" in stranger["write_reason"]
