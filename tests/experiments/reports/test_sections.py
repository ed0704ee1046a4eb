"""Every kind of results becomes the tables and figures that belong to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.experiments.reports.document import Figure, Shown, Table
from memeclip_core.experiments.reports.sections import build_section
from tests.factories.results import EVERY, NASTY


def titles(kind: str, part: type) -> list[str]:
    return [p.title for p in build_section(EVERY[kind]).parts if isinstance(p, part)]


def test_an_evaluation_shows_the_first_seed_in_full_and_all_seeds_in_one_line() -> None:
    section = build_section(EVERY["evaluation"])
    summary = section.parts[0]
    assert isinstance(summary, Table)
    assert summary.header[:4] == ("model", "n", "seeds", "accuracy")
    assert summary.rows[0][:4] == (NASTY, "20", "2", "0.8000 ± 0.0707")
    figures = titles("evaluation", Figure)
    drawn = ("confusion", "reliability", "risk against coverage")
    assert figures == [f"{NASTY} hate, seed 0: {w}" for w in drawn]
    tables = titles("evaluation", Table)
    assert any("as MemeCLIP's code averages" in title for title in tables)
    assert ("split", "val") in section.facts


def mistakes(shown: dict[str, Shown] | None = None) -> Table:
    tables = [p for p in build_section(EVERY["evaluation"], shown).parts if isinstance(p, Table)]
    (found,) = [table for table in tables if table.title.endswith("the surest mistakes")]
    return found


def test_mistakes_are_places_unless_memes_are_asked_for() -> None:
    found = mistakes()
    assert found.header == ("row", "true", "predicted", "confidence")
    assert [row[0] for row in found.rows[:2]] == ["memes.csv, line 21", "memes.csv, line 20"]
    assert str(found.rows[0][3]).startswith("0.99")
    found = mistakes({"memes.csv, line 21": Shown(text="words")})
    assert found.header[-1] == "meme"
    assert [row[-1] for row in found.rows[:2]] == [Shown(text="words"), ""]


def test_multilabel_tasks_have_a_count_per_label_instead_of_a_matrix() -> None:
    assert "memeclip techniques, seed 0: confusion by label" in titles("multilabel", Table)
    drawn = ("reliability", "risk against coverage", "other thresholds than 0.5")
    assert titles("multilabel", Figure) == [f"memeclip techniques, seed 0: {w}" for w in drawn]


@pytest.mark.parametrize(
    ("kind", "figure"),
    [
        ("ablation", "hate: accuracy without each part"),
        ("sweep", "hate: accuracy by ratio"),
        ("bench", "axiom, hate: accuracy by head"),
    ],
)
def test_grids_have_a_figure_and_say_what_could_not_be_trained(kind: str, figure: str) -> None:
    assert titles(kind, Figure) == [figure]
    assert "Could not be trained" in titles(kind, Table)
    table = build_section(EVERY[kind]).parts[0]
    assert isinstance(table, Table)
    assert len(table.rows) == 2
    assert "0.7750 ± 0.0354" in table.rows[0]


def test_a_comparison_has_gains_and_mcnemar() -> None:
    section = build_section(EVERY["comparison"])
    gains, test, figure = section.parts
    assert isinstance(gains, Table) and isinstance(test, Table) and isinstance(figure, Figure)
    assert gains.rows[0][:4] == ("accuracy", "0.6000", "0.9000", "+0.3000")
    assert test.rows == (("0", "6", "20", "0.0312"),)
    assert "lie apart from 0" in figure.alt


def test_changed_answers_and_groups_have_tables() -> None:
    changed = {
        "n": 2,
        "put_right": 1,
        "now_wrong": 0,
        "classes": {},
        "rows": [{"place": "line 2", "truth": ["yes"], "first": [], "second": ["yes"]}],
    }
    rate = {"hits": 8, "n": 10, "value": 0.8, "low": 0.49, "high": 0.943}
    none = {"hits": 0, "n": 0, "value": None, "low": None, "high": None}
    groups = [
        {side: {"group": NASTY, "n": 10, "right": own} for side, own in pair}
        for pair in [(("first", rate), ("second", none))]
    ]
    item = {**EVERY["comparison"].comparisons[0], "changed": changed, "groups": groups}
    section = build_section(replace(EVERY["comparison"], comparisons=(item,)))
    tables = [part for part in section.parts if isinstance(part, Table)]
    assert tables[-2].title.endswith("changed answers, 2: 1 put right, 0 now wrong")
    assert tables[-2].rows == (("line 2", "yes", "none", "yes"),)
    assert tables[-1].rows == ((NASTY, "10", "0.800 [0.490, 0.943], n = 10", "none"),)


def test_published_figures_stand_below_those_of_a_published_task() -> None:
    results = replace(EVERY["evaluation"], facts={"task_set": "pridemm"}, libraries={"torch": "2"})
    section = build_section(results)
    _, published, *_ = section.parts
    assert isinstance(published, Table)
    assert published.title.startswith("hate: published figures, measured by others")
    assert {row[0] for row in published.rows} == {"accuracy", "macro-F1", "AUROC"}
    assert ("libraries", "torch 2") in section.facts
    assert not any("published" in title for title in titles("evaluation", Table))


def test_learning_curves_are_drawn_where_they_are_known() -> None:
    (first, second) = EVERY["evaluation"].cells
    curve = [{"epoch": e, "loss": 1 / e, "score": None} for e in (1, 2)]
    known = replace(first, details=first.details | {"curves": [curve, curve[:1]]})
    drawn = [
        part
        for part in build_section(replace(EVERY["evaluation"], cells=(known, second))).parts
        if isinstance(part, Figure) and part.title.endswith("learning curves")
    ]
    assert [figure.alt for figure in drawn] == [
        "2 training(s) of 1 to 2 epochs; the loss ends at 0.500 to 1.000."
    ]
    lines = [list(line.y) for line in drawn[0].plot.data]
    assert lines == [[None, None], [None], [1.0, 0.5], [1.0]]
