"""The fields of a project's rules are those that the service knows."""

from __future__ import annotations

from memeclip_core.annotation.projects.projects import RULES
from memeclip_core.ui.pages.projects.project_widgets import Rules


def test_every_rule_has_a_field_and_guidelines_have_their_own():
    assert set(Rules.__dataclass_fields__) == set(RULES) - {"guidelines"}
