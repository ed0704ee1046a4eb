"""Handlers of a team: how names are read; what they do is tested with the page's other handlers."""

from __future__ import annotations

import pytest

from memeclip_core.errors import InputError
from memeclip_core.ui.pages.projects.membership import _read_names


def test_names_are_separated_by_commas_and_each_counts_once():
    assert _read_names(" ann, bob,ann ,") == ["ann", "bob"]
    with pytest.raises(InputError, match="Nobody is named"):
        _read_names(" , ")
