"""What the page tells of its API; ``test_api`` runs the example."""

from __future__ import annotations

from memeclip_core.ui.api import EXAMPLE
from memeclip_core.ui.app import build_app


def test_everything_may_be_left_out_and_the_example_gives_a_text(tiny_studio):
    info = build_app(tiny_studio).get_api_info()["named_endpoints"]["/predict"]
    given = {p["parameter_name"]: p for p in info["parameters"]}
    assert list(given) == ["image", "text", "task_set", "model", "no_text"]
    assert all(p["parameter_has_default"] for p in given.values())
    assert given["text"]["example_input"] == EXAMPLE
