"""Rules come as a page or a command line gives them, and are checked at once."""

from __future__ import annotations

import pytest

from memeclip_core.annotation.projects.rules import MAX_GUIDELINES, check_rules
from memeclip_core.errors import ConfigError


def test_numbers_take_their_own_types():
    rules = check_rules({"overlap": 2.0, "hidden_share": "0.25", "order": "random", "closed": True})
    assert rules == {"overlap": 2, "hidden_share": 0.25, "order": "random", "closed": True}
    assert isinstance(rules["overlap"], int)


def test_every_fault_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        check_rules(
            {
                "overlap": 1.5,
                "hidden_share": "many",
                "order": "alphabet",
                "colour": "red",
                "title": " ",
                "guidelines": "x" * (MAX_GUIDELINES + 1),
                "retrain_every": None,
                "closed": "no",
            }
        )
    for word in (
        "overlap is '1.5', which is no whole number",
        "hidden_share is 'many', which is no number",
        "order is 'alphabet'; allowed are margin",
        "there is no rule 'colour'",
        "the title is empty",
        "the guidelines are longer",
        "retrain_every is 'None'",
        "closed is 'no', which is no yes or no",
    ):
        assert word in str(caught.value)
