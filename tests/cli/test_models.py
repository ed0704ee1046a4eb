"""From a correction to a model that answers, on the command line alone."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


@pytest.mark.usefixtures("corrected")
def test_a_candidate_answers_once_promoted_and_no_more_once_rolled_back(run: Run) -> None:
    left = run("retrain")
    assert left.code == 0, left.err
    assert "is done" in left.err
    candidate = left.out.splitlines()[-1]
    assert "held-out corrections" in left.out
    assert "the starter's validation" in left.out
    table = run("models", "list", "--tasks", "pridemm").out
    assert [line.split()[:2] for line in table.splitlines()[2:4]] == [
        ["pridemm-fake", "active"],
        [candidate, "candidate"],
    ]
    assert run("models", "promote", candidate).code == 0
    assert f"Model {candidate}," in run("predict", "--text", "hello").out
    assert run("models", "roll-back").code == 0
    assert "Model pridemm-fake," in run("predict", "--text", "hello").out
    assert run("models", "discard", candidate).code == 0
    assert candidate not in run("models", "list").out


def test_what_is_not_there_or_may_not_go_is_one_sentence(run: Run) -> None:
    for words in (
        ("models", "promote", "absent"),
        ("models", "discard", "pridemm-fake"),
        ("models", "roll-back"),
    ):
        left = run(*words)
        assert (left.code, left.out) == (2, ""), words
        assert left.err.startswith("memeclip: ")


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
