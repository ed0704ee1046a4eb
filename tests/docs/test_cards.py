"""Every checkpoint has a card that says what its manifest says, in the form that the Hub reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from memeclip_core.models.checkpoints import find_checkpoints
from scripts.cards import ABOUT, read_brief, read_card
from tests.docs.pages import GUIDE, ROOT, name_of, read_section

FOLDERS = sorted(path for path in (ROOT / "checkpoints").iterdir() if path.is_dir())


def read_manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(params=FOLDERS, ids=name_of)
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_a_card_is_what_the_script_writes(folder: Path) -> None:
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card == read_card(folder)
    assert (folder / "card.json").read_text(encoding="utf-8") == read_brief(folder)
    brief = json.loads(read_brief(folder))
    said = [brief["use"], ABOUT[folder.name].statement, *brief["limits"]]
    assert all(one in card for one in said) and ABOUT[folder.name].statement in brief["data"]


def test_a_card_holds_every_figure_of_the_manifest_with_n_and_interval(folder: Path) -> None:
    card = (folder / "README.md").read_text(encoding="utf-8")
    for task, found in read_manifest(folder)["tasks"].items():
        for metric in found["metrics"]:
            low, high = metric["low"], metric["high"]
            cells = (task, metric["name"], f"{metric['n']:,}", f"{metric['value']:.3f}")
            assert f"| {' | '.join(cells)} | {low:.3f} to {high:.3f} |\n" in card
            assert metric["note"] in card


def test_a_card_tells_the_hub_its_figures(folder: Path) -> None:
    data = ModelCard.load(folder / "README.md").data
    assert data.license == "mit"
    assert data.model_name == folder.name
    assert {
        (result.task_name, result.metric_type): result.metric_value for result in data.eval_results
    } == {
        (task, metric["name"]): round(metric["value"], 3)
        for task, found in read_manifest(folder)["tasks"].items()
        for metric in found["metrics"]
    }


def test_a_card_cites_as_the_page_of_models_does() -> None:
    citations = read_section(GUIDE["models"], "Licences and citations")
    assert set(ABOUT) == {folder.name for folder in FOLDERS}
    for about in ABOUT.values():
        assert about.source in citations


def test_cards_leave_the_finding_of_checkpoints_alone() -> None:
    found = find_checkpoints(ROOT / "checkpoints")
    assert [path.name for path in found] == [folder.name for folder in FOLDERS]
