"""``memeclip doctor``: a line for each finding, and 1 where something is broken."""

from __future__ import annotations

import pytest

from memeclip_core.app.doctor import serving
from memeclip_core.app.doctor.findings import Finding, advise, broken, ok
from memeclip_core.config import Settings
from tests.cli.conftest import Run


def test_each_finding_is_a_line_with_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def port(settings: Settings) -> Finding:
        return ok("port", str(settings.port))

    checks = [("port", port), ("b", lambda s: advise("b", "so\nso", "Do it."))]
    monkeypatch.setattr(serving, "CHECKS", checks)
    left = run("doctor", "--port", "8000")
    assert (left.code, left.err) == (0, "")
    assert left.out.splitlines() == [
        "ok      port: 8000",
        "advice  b: so / so",
        "        Do it.",
        "1 ok, 1 with advice, 0 broken",
    ]
    monkeypatch.setattr(serving, "CHECKS", [("c", lambda s: broken("c", "gone"))])
    left = run("doctor")
    assert (left.code, left.out.splitlines()[0]) == (1, "broken  c: gone")


@pytest.mark.model
def test_the_whole_set_up_of_these_tests_is_in_order(run: Run) -> None:
    left = run("doctor", "--encoder", "fake", "--port", "0")
    assert left.code == 0, left.out
    assert len(left.out.splitlines()) >= len(serving.CHECKS)
