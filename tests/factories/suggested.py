"""A studio whose visitors suggest things, and who decides them: two servers on one home."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person
from memeclip_core.records.proposal import Proposed
from tests.factories.studios import build_tiny_studio, draw_png

VISITOR = Person(name="visitor", role="visitor")
LABELS = {"hate": ("Hate",), "target": ("Community",), "stance": ("Oppose",), "humour": ("Humour",)}


def build_visited(settings: Settings) -> Studio:
    """Return a studio that others reach, without sign-in: whoever comes is a visitor."""
    return build_tiny_studio(replace(settings, proxies=("127.0.0.1",), visitors_suggest=True))


def suggest(studio: Studio, number: int = 0, **given: Any) -> Proposed:
    """Suggest something about a meme."""
    data = draw_png((20 * number, 90, 200))
    return studio.proposals.propose(
        VISITOR,
        prediction=studio.predict(data, "a.png", task_set="pridemm", text=f"words {number}"),
        data=data,
        **{"session": f"session-{number}", "labels": LABELS, **given},
    )
