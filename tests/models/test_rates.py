"""What a starter gets wrong is what its own rows say, and the page and its card say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.config import ROOT
from memeclip_core.models.checkpoints import HEAD, read_checkpoint, read_manifest, read_replay
from memeclip_core.models.rates import read_error_rates
from memeclip_core.models.replay import VAL
from memeclip_core.records.model import ErrorRate
from memeclip_core.storage.files import load_json
from memeclip_core.ui.components import render_errors
from memeclip_core.ui.formats import percent
from scripts.rates import find_groups, measure

FOLDERS = sorted(path.parent for path in (ROOT / "checkpoints").glob("*/manifest.json"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_rates_are_of_this_head(folder: Path) -> None:
    """Otherwise: scripts/rates.py DATA, and then scripts/cards.py."""
    found = load_json((folder / "rates.json").read_bytes())
    assert found["head"] == read_manifest(folder)["files"][HEAD]
    assert found["rows"] == len(read_replay(folder).rows(VAL))
    assert list(found["tasks"]) == list(read_checkpoint(folder).heads)


@pytest.mark.model
def test_rates_by_class_are_what_the_replay_rows_say(folder: Path) -> None:
    found, again = load_json((folder / "rates.json").read_bytes()), measure(folder, {})
    for task, measured in again["tasks"].items():
        assert found["tasks"][task]["rows"] == measured["rows"]
        for one, other in zip(found["tasks"][task]["classes"], measured["classes"], strict=True):
            assert one == other


def test_page_and_card_say_every_rate(folder: Path) -> None:
    rates = read_error_rates(folder)
    card = (folder / "README.md").read_text(encoding="utf-8")
    shown = render_errors(rates)
    tasks = {one.task for one in rates}
    tasks = {one.task for one in rates}
    assert rates and shown.count("<tr>") == len(rates) + len(tasks)
    assert shown.count("<h4>") == len(tasks)
    # Where no group has a rate, both say why.
    unnamed = not any(one.group for one in rates)
    assert unnamed == ("No group of people is named by five" in shown)
    assert unnamed == ("No group of people is named by five" in card)
    for one in rates:
        assert f"| {one.task} | {one.subject} | {one.rate:.3f} ({one.low:.3f} to" in card
        assert f"{percent(one.rate)} <em>({percent(one.low)} to {percent(one.high)})" in shown
        assert 0 <= one.low <= one.rate <= one.high <= 1 and one.n > 0
    for words in ("What each label means", "Data statement:", "It is meant for people who"):
        assert words in card


def test_hate_is_told_by_target_and_by_group() -> None:
    rates = read_error_rates(ROOT / "checkpoints" / "pridemm-compact")
    groups = {one.subject for one in rates if one.group and one.task == "hate"}
    assert {"hate aimed at: Community", "hate aimed at: Individual", "trans people"} <= groups


def test_what_was_not_measured_is_not_shown(tmp_path: Path) -> None:
    assert read_error_rates(tmp_path) == ()
    for text in ("{", "[]", '{"tasks": {"a": {}}}'):
        (tmp_path / "rates.json").write_text(text)
        assert read_error_rates(tmp_path) == ()
    assert render_errors(()) == ""
    hostile = ErrorRate(task="<b>", subject="<i>", group=True, n=1, rate=0.5, low=0.1, high=0.9)
    assert "<b>" not in render_errors([hostile]) and "&lt;i&gt;" in render_errors([hostile])


def test_groups_are_told_by_whole_words() -> None:
    words = {"women": ["woman", "women"], "bisexual people": ["bi"]}
    assert find_groups("A Woman, bi-annual", words) == ["women", "bisexual people"]
    assert find_groups("womanly bits", words) == []
