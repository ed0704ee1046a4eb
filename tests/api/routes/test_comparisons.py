"""Two models are compared over HTTP as on the command line."""

from __future__ import annotations

from memeclip_core.records.decision import Person
from tests.factories.api import Asked
from tests.factories.studios import VAL_ROWS

SAME = {"task_set": "pridemm", "first": "active", "second": "starter"}


def test_the_answer_names_rows_differences_and_what_each_model_has_met(tiny_studio):
    found = Asked(tiny_studio).post("/comparisons", **SAME, by="humour")
    assert found["said"].startswith(f"{VAL_ROWS} rows.")
    assert found["facts"]["met"]["pridemm-fake"]["trained"] == 0
    hate = found["comparisons"][0]
    assert (hate["task"], hate["changed"]["n"]) == ("hate", 0)
    assert {own["first"]["group"] for own in hate["groups"]} == {"Humour", "No Humour"}
    assert len(found["cells"][0]["details"]["cells"]) == 2


def test_what_cannot_be_compared_is_a_sentence(tiny_studio):
    status, said = Asked(tiny_studio).fails("/comparisons", {"task_set": "pridemm"})
    assert (status, said) == (400, "There is no candidate model of 'pridemm'.")
    ann = Asked(tiny_studio, Person(name="ann", role="annotator"))
    assert ann.fails("/comparisons", SAME | {"rows": "corrected"})[0] == 403
    assert ann.fails("/comparisons", SAME | {"rows": "dataset"})[0] == 422
