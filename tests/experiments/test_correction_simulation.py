"""What some corrections do to a model, played through."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.errors import ConfigError
from memeclip_core.experiments.correction_simulation import KIND, REST, simulate_corrections
from memeclip_core.experiments.overrides import read_recipe
from tests.factories.workbench import fake_material, write_pridemm

RECIPE = read_recipe("linear", ("epochs=3", "lr=0.01"))


def test_a_model_is_judged_before_and_after_on_its_kind_and_on_the_rest(tmp_path: Path) -> None:
    material = fake_material(write_pridemm(tmp_path, train=160, val=80))
    cells = [c for c in simulate_corrections(material, RECIPE, (2, 4), 0) if c.task == "hate"]
    said = [(c.axes["rows"], c.axes["corrections"], c.axes["replay"]) for c in cells]
    assert said == [
        (rows, count, replay)
        for count, replay in (
            ("0", ""), ("2", "with replay"), ("2", "without"), ("4", "with replay"),
            ("4", "without"),
        )
        for rows in (KIND, REST)
    ]  # fmt: skip
    assert len({c.n for c in cells if c.axes["rows"] == KIND}) == 1
    # Without replay a model that is shown one class alone answers it more often.
    after = {said: c.metrics[0].value for said, c in zip(said, cells, strict=True)}
    assert after[KIND, "4", "without"] >= after[KIND, "0", ""]


def test_more_corrections_than_there_are_rows_of_the_kind_are_refused(tmp_path: Path) -> None:
    material = fake_material(write_pridemm(tmp_path))
    with pytest.raises(ConfigError, match=r"to correct, and 500 corrections are asked for"):
        simulate_corrections(material, RECIPE, (500,), 0)
