"""Every check is made, also behind one that fails."""

from __future__ import annotations

from memeclip_core.app.doctor.findings import Finding, advise, broken, examine, ok
from memeclip_core.config import Settings
from memeclip_core.errors import StoreError


def refuse(settings: Settings) -> Finding:
    raise StoreError("The disk is gone. Bring it back.")


def fail(settings: Settings) -> Finding:
    raise ZeroDivisionError("no")


def test_a_check_that_fails_is_a_finding_and_the_next_are_made() -> None:
    checks = (
        ("one", lambda settings: ok("one", "good")),
        ("two", refuse),
        ("three", lambda settings: iter([advise("a", "b", "c"), ok("d", "e")])),
        ("four", fail),
    )
    found = list(examine(Settings(), checks))
    assert [(one.subject, one.state) for one in found] == [
        ("one", "ok"), ("two", "broken"), ("a", "advice"), ("d", "ok"), ("four", "broken"),
    ]  # fmt: skip
    assert found[1] == broken("two", "The disk is gone. Bring it back.")
    assert "ZeroDivisionError" in found[4].said and found[4].advice
