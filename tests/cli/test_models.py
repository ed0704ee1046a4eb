"""From a correction to a model that answers, on the command line alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.config import Settings
from tests.cli.conftest import Run
from tests.studios import build_tiny_studio, draw_png

LABELS = {
    "hate": ("Hate",),
    "target": ("Community",),
    "stance": ("Oppose",),
    "humour": ("Humour",),
}


@pytest.fixture
def corrected(tiny_settings: Settings, tmp_path: Path) -> Settings:
    """Save corrections of 25 memes, as the page would."""
    settings = replace(tiny_settings, home=tmp_path / "home")
    studio = build_tiny_studio(settings)
    for i in range(25):
        data = draw_png((10 * i, 255 - 10 * i, 128))
        prediction = studio.predict(data, f"{i}.png", task_set="pridemm")
        studio.correct(studio.owner(), prediction=prediction, data=data, labels=LABELS, note="=n")
    return settings


def test_retrain_ends_in_a_candidate_that_answers_once_promoted(
    run: Run, corrected: Settings
) -> None:
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


def test_retrain_may_promote_at_once(run: Run, corrected: Settings) -> None:
    left = run("retrain", "--promote")
    assert left.code == 0
    assert f"Model {left.out.splitlines()[-1]}," in run("predict", "--text", "hello").out


def test_without_corrections_retraining_is_refused_with_the_reason(run: Run) -> None:
    left = run("retrain")
    assert (left.code, left.out) == (1, "")
    assert "is refused" in left.err


def test_what_is_not_there_or_may_not_go_is_one_sentence(run: Run) -> None:
    for words in (
        ("models", "promote", "absent"),
        ("models", "discard", "pridemm-fake"),
        ("models", "roll-back"),
    ):
        left = run(*words)
        assert (left.code, left.out) == (2, ""), words
        assert left.err.startswith("memeclip: ")
