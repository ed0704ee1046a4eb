"""A comparison as tables: what is counted, what a cell opens, and nothing read as markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np

from memeclip_core.experiments.comparison import pair_models
from memeclip_core.experiments.evaluation import collect_cells
from memeclip_core.records.schemas import to_plain
from memeclip_core.ui.pages.compare import views
from tests.factories.compared import judged, outcome
from tests.factories.page_records import HOSTILE, pridemm
from tests.factories.workbench import fresh_results

HATE = pridemm().task("hate")


def compared(**groups: Any) -> dict[str, Any]:
    """Return 20 rows of which the first model has 12 right and the second 18."""
    first, second = judged("one", 12), judged("two", 18)
    found = pair_models(fresh_results(), [first], [second], **groups)
    found = found.add(*collect_cells([first, second]))
    plain: dict[str, Any] = to_plain(found)
    return plain


def test_scores_come_with_n_interval_and_a_verdict():
    page = views.render_scores(views.pick_item(compared(), "hate"))
    assert "<td>0.600 (" in page and "<td>0.900 (" in page and "+0.300 (" in page
    assert "<strong>better</strong>" in page
    assert "Only the first is right on 0 rows, only the second on 6" in page
    item = views.pick_item(compared(), "hate")
    item["mcnemar"]["first_only"] = 1
    assert "Only the first is right on 1 row, only" in views.render_scores(item)


def test_an_error_that_falls_is_no_worse():
    item = {
        "first": "a", "second": "b", "mcnemar": {"first_only": 0, "second_only": 0, "p": 1.0},
        "differences": [],
    }  # fmt: skip
    own = {"name": "ECE", "value": -0.2, "low": -0.3, "high": -0.1, "n": 9, "reason": ""}
    row = {"first": own, "second": own, "gain": own, "p": 0.01}
    assert "better" in views.render_scores({**item, "differences": [row]})
    row = {**row, "gain": {**own, "name": "accuracy"}}
    assert "worse" in views.render_scores({**item, "differences": [row]})
    row = {**row, "p": 0.4}
    assert "no clear change" in views.render_scores({**item, "differences": [row]})


def test_a_cell_of_either_matrix_has_a_number_that_is_taken_apart():
    found = compared()
    page = views.render_confusion(found, "hate", HATE)
    cells = re.findall(r'data-index="(\d+)"[^>]*aria-label="([^"]+)">(\d+)<', page)
    parted = [(views.part_index(int(index)), int(n)) for index, _, n in cells]
    assert parted == [
        ((side, i, j), found["cells"][side]["details"]["confusion"][i][j])
        for side in (0, 1) for i in (0, 1) for j in (0, 1)
    ]  # fmt: skip
    # A screen reader tells the two tables apart, also those of one model.
    assert len(set(re.findall(r'role="region" aria-label="([^"]+)"', page))) == 2
    names = [label.display for label in HATE.labels]
    assert cells[1][1] == f"4 rows of {names[0]} where it says {names[1]}"


def test_changed_answers_can_be_looked_at_only_where_they_lie_here():
    item = views.pick_item(compared(), "hate")
    own = views.render_changed(item, HATE, own=True)
    assert "6 answers of 20 change: 6 put right by the second, 0 now wrong, 0 wrong both" in own
    assert own.count("data-index=") == 6 and own.count("<strong>put right</strong>") == 6
    others = views.render_changed(item, HATE, own=False)
    assert "data-index" not in others and "<code>row 12</code>" in others
    assert views.render_changed({**item, "changed": None}, HATE, own=True) == ""
    same = {**item, "changed": {**item["changed"], "n": 0}}
    assert "answer every row alike" in views.render_changed(same, HATE, own=True)


def test_the_rows_behind_a_cell_are_named_and_markup_is_not_read():
    page = views.render_behind([HOSTILE], 7, HOSTILE, own=False)
    assert "The first 1 are named" in page
    assert "<img" not in page


def test_groups_are_compared_with_interval_and_n_and_class_by_class():
    groups = [("a",) if i < 12 else ("b",) for i in range(20)]
    item = views.pick_item(compared(groups=groups), "hate")
    page = unescape(views.render_groups(item, "column", ["No", "Yes"])).replace("\xa0", " ")
    # The first model has all 12 rows of a right, and none of the 8 of b; the second 6 of these.
    assert "100 % (76 % to 100 %)<" in page
    assert "0 % (0 % to 32 %)<" in page
    assert "75 % (41 % to 93 %)<" in page
    assert page.count("<tr>") == 3 + 5
    assert views.render_groups({**item, "groups": []}, "column", ["No", "Yes"]) == ""


def test_of_many_groups_the_largest_are_listed_and_the_others_are_counted():
    groups = [("every",), *((f"g{row:02}",) for row in range(1, 20))]
    item = views.pick_item(compared(groups=groups), "hate")
    own = item["groups"][-1]
    largest = [*item["groups"][:1], *[own] * (views.GROUPS + 1)]
    page = views.render_groups({**item, "groups": largest}, "column", ["No", "Yes"])
    # The heads of two tables, a row a group, and one for each of its two classes.
    assert page.count("<tr>") == 2 + 3 * views.GROUPS
    assert "These are the 30 largest groups. 2 smaller ones stand in the downloaded page." in page
    page = views.render_groups({**item, "groups": largest[:31]}, "column", ["No", "Yes"])
    assert "1 smaller one stands in" in page
    page = views.render_groups({**item, "groups": largest[:30]}, "column", ["No", "Yes"])
    assert "smaller" not in page


def test_groups_that_are_labels_are_named_as_people_read_them():
    groups = [("Hate",) if row % 2 else ("0",) for row in range(20)]  # "0" as a dataset has it
    item = views.pick_item(compared(groups=groups), "hate")
    page = unescape(views.render_groups(item, "hate", ["No", "Yes"], HATE))
    assert "<h3>Rates by Hateful?</h3>" in page
    assert page.count("No hate</th>") == 3 and page.count("Hate</th>") == 3


def test_a_minus_stands_before_a_number_and_in_no_name():
    changed = {"n": 1, "put_right": 0, "now_wrong": 1, "classes": {"Flag-waving": -2}, "rows": []}
    page = views.render_changed({"n": 9, "changed": changed}, None, own=False)
    assert "Flag-waving \N{MINUS SIGN}2" in page


def test_the_slider_begins_at_the_models_own_threshold_and_holds_every_score():
    several = outcome(12, kind="multilabel", threshold=0.34)
    first = replace(judged("one", 12), outcomes={"hate": several})
    second = replace(judged("two", 18), outcomes={"hate": replace(several, threshold=0.5)})
    found = to_plain(pair_models(fresh_results(), [first], [second]).add(
        *collect_cells([first, second])))  # fmt: skip
    item, pair = views.pick_item(found, "hate"), views.pick_cells(found, "hate")
    page = views.render_thresholds(item, *pair)
    sweep = json.loads(unescape(re.findall(r'data-sweep="([^"]+)"', page)[0]))
    start = int(re.findall(r'value="(\d+)"', page)[0])
    assert sweep[start]["threshold"] == "0.34"
    assert sweep[start]["micro_f1-0"] == f"{pair[0]['thresholds'][start]['micro_f1']:.3f}"
    assert f'data-cell="micro_f1-0">{sweep[start]["micro_f1-0"]}<' in page
    assert "own are 0.34 and 0.50" in page and "n = 20" in page
    assert views.render_thresholds(item, *views.pick_cells(compared(), "hate")) == ""


def test_labels_are_shown_as_people_read_them():
    shown = [label.display for label in HATE.labels]
    assert views.name_classes(HATE, HATE.names) == shown
    assert views.name_classes(None, ["x"]) == ["x"]
    assert np.unique([views.join_index(s, i, j) for s in (0, 1) for i in (0, 21) for j in (0, 3)]
                     ).size == 8  # fmt: skip
