"""A grid is written after every training, and goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.errors import HeadError, StoreError
from memeclip_core.experiments import grids
from memeclip_core.experiments.grids import Point, hash_recipe, run_grid
from memeclip_core.experiments.material import Material
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import read_results
from memeclip_core.records.job import Progress
from memeclip_core.training.recipes import build_recipe
from tests.docs.pages import ROOT
from tests.factories.workbench import TINY, fresh_results, pridemm_material


@pytest.fixture
def material(tmp_path: Path) -> Material:
    return pridemm_material(tmp_path)


def points(material: Material, count: int = 2) -> list[Point]:
    recipe = read_recipe("memeclip", TINY)
    return [
        Point(axes={"part": str(i)}, recipe=recipe, seed=0, material=lambda: material)
        for i in range(count)
    ]


def test_every_point_has_a_cell_for_every_task(tmp_path: Path, material: Material) -> None:
    seen: list[Progress] = []
    path = tmp_path / "r.json"
    found = run_grid(path, fresh_results(a=1), points(material), on_progress=seen.append)
    assert read_results(path).cells == found.cells
    assert [(cell.axes["part"], cell.task) for cell in found.cells] == [
        (part, task) for part in "01" for task in ("hate", "target", "stance", "humour")
    ]
    assert found.cells[0].n == 12 and found.cells[1].n == 6
    assert "validation rows" in found.cells[0].details["judged_on"]
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert seen[-1].total == 2000


def test_what_is_done_is_not_done_again(
    tmp_path: Path, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.json"
    first = run_grid(path, fresh_results(a=1), points(material, 1))
    trained: list[str] = []
    real = grids.run_trial

    def count(material, recipe, on_progress):
        trained.append(recipe.head)
        return real(material, recipe, on_progress)

    monkeypatch.setattr(grids, "run_trial", count)
    both = run_grid(path, fresh_results(a=1), points(material, 2))
    assert len(trained) == 1
    assert both.cells[:4] == first.cells


def test_results_of_other_settings_are_not_continued(tmp_path: Path, material: Material) -> None:
    path = tmp_path / "r.json"
    run_grid(path, fresh_results(seeds=[0]), points(material, 1))
    with pytest.raises(StoreError, match="of another seeds"):
        run_grid(path, fresh_results(seeds=[1]), points(material, 1))


@pytest.mark.parametrize(
    "name", ["data", "encoder", "recipe", "choice of rows", "rule for figures"]
)
def test_figures_of_what_has_changed_since_are_not_mixed_with_new_ones(
    tmp_path: Path, material: Material, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opener() -> Material:
        return material

    path = tmp_path / "r.json"
    both = [replace(point, material=opener) for point in points(material, 2)]
    before = run_grid(path, fresh_results(), both[:1])
    tag = replace(material.encoder.tag, fingerprint="f" * 64)
    if name == "encoder":
        material = replace(material, encoder=replace(material.encoder, tag=tag))
    elif name == "recipe":
        both = [replace(p, recipe=read_recipe("memeclip", (*TINY, "epochs=1"))) for p in both]
    elif name == "rule for figures":
        monkeypatch.setattr(grids, "RULES", 0)
    else:
        key = "hash" if name == "data" else "deal"
        material = replace(material, data=material.data | {key: "0" * 64})
    with pytest.raises(StoreError, match=rf"figures of '0' with another {name}.*: .* --json"):
        run_grid(path, fresh_results(), both)
    assert read_results(path) == before
    found = run_grid(path, fresh_results(), both, again=True)
    assert [cell.axes["part"] for cell in found.cells] == ["0"] * 4 + ["1"] * 4
    assert all(cell.details != before.cells[0].details for cell in found.cells)
    assert run_grid(path, fresh_results(), both, again=True) == found


def test_a_head_that_cannot_be_built_says_why_and_is_tried_again(
    tmp_path: Path, material: Material
) -> None:
    def refuse() -> Material:
        raise HeadError("too wide")

    path = tmp_path / "r.json"
    (good,) = points(material, 1)
    bad = Point(axes={"part": "wide"}, recipe=good.recipe, seed=0, material=refuse)
    found = run_grid(path, fresh_results(), [bad, good])
    assert found.cells[0].metrics == ()
    assert found.cells[0].details["reason"] == "too wide"
    assert len(found.cells) == 5
    healed = Point(axes={"part": "wide"}, recipe=good.recipe, seed=0, material=lambda: material)
    again = run_grid(path, fresh_results(), [healed, good])
    assert len(again.cells) == 8
    assert all(cell.metrics for cell in again.cells)


def test_a_head_for_images_alone_needs_images(tmp_path: Path, material: Material) -> None:
    recipe = read_recipe("image-only", TINY)
    point = Point(axes={"part": "image"}, recipe=recipe, seed=0, material=lambda: material)
    (cell,) = run_grid(tmp_path / "r.json", fresh_results(), [point]).cells
    assert cell.metrics == ()
    assert "the image alone, and the dataset has none" in cell.details["reason"]


def test_settings_that_came_later_leave_a_published_recipe_what_it_was() -> None:
    text = (ROOT / "assets" / "results" / "bench.json").read_text(encoding="utf-8")
    published = {
        cell["axes"]["head"]: cell["details"]["recipe"]
        for cell in json.loads(text)["cells"]
        if cell["metrics"]
    }
    for head in ("memeclip", "memesense", "text-only", "linear"):
        assert hash_recipe(build_recipe(head)) == published[head], head
        for setting in ({"unit_order": 1.0}, {"retrieval": True}):
            changed = build_recipe(head, config=setting)
            assert hash_recipe(changed) != published[head], (head, setting)
        assert hash_recipe(build_recipe(head, fit={"gradient_clip": 0.1})) != published[head]
