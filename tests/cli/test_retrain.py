"""``memeclip retrain``: refused, or a candidate beside the active model."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


@pytest.mark.usefixtures("corrected")
def test_it_compares_both_models_on_both_kinds_of_rows_and_names_the_candidate(run: Run) -> None:
    left = run("retrain")
    assert left.code == 0
    for task in ("hate", "target", "stance", "humour"):
        for rows in ("held-out corrections", "the starter's validation"):
            assert f"{task}, {rows} (n = " in left.out
    assert left.out.count("  active ") == left.out.count("  candidate ") == 8
    candidate = left.out.splitlines()[-1]
    assert left.err.endswith(f"To let it answer: memeclip models promote {candidate}\n")
    assert "Model pridemm-fake," in run("predict", "--text", "hello").out


@pytest.mark.usefixtures("corrected")
def test_retrain_may_promote_at_once(run: Run) -> None:
    left = run("retrain", "--promote")
    assert left.code == 0
    assert f"Model {left.out.splitlines()[-1]}," in run("predict", "--text", "hello").out


def test_without_corrections_retraining_is_refused_with_the_reason(run: Run) -> None:
    left = run("retrain")
    assert (left.code, left.out) == (1, "")
    assert "is refused" in left.err
