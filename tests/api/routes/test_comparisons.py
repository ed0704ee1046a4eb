"""Two models are compared over HTTP as on the command line."""

from __future__ import annotations

from dataclasses import replace

from memeclip_core.records.decision import Person
from tests.factories.api import Asked
from tests.factories.studios import VAL_ROWS, build_tiny_studio
from tests.factories.workbench import write_pridemm

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
    assert ann.fails("/comparisons", SAME | {"rows": "dataset"})[0] == 400
    assert ann.fails("/comparisons", SAME | {"rows": "others"})[0] == 422
    status, said = ann.fails("/comparisons", SAME | {"rows": "dataset", "dataset": "dataset:x"})
    assert (status, said) == (404, "There is no dataset 'dataset:x' on this server. Known: none.")


def test_a_dataset_is_sent_or_one_of_the_server_is_named(tiny_settings, tmp_path):
    path = write_pridemm(tmp_path)
    studio = build_tiny_studio(replace(tiny_settings, datasets=(path,)))
    ann = Asked(studio, Person(name="ann", role="annotator"))
    named = f"dataset:{path.name}"
    direct = ann.post("/comparisons", **SAME, rows="dataset", dataset=named, split="val")
    assert direct["facts"]["rows"] == 12
    with path.open("rb") as file:
        answer = ann.client.post(
            "/comparisons/file", data=SAME | {"split": "val"}, files={"file": (path.name, file)}
        )
    assert answer.status_code == 200, answer.text
    assert answer.json()["comparisons"] == direct["comparisons"]
    eve = Asked(studio, Person(name="eve", role="visitor"))
    refused = eve.client.post("/comparisons/file", data=SAME, files={"file": ("a.csv", b"a")})
    assert refused.status_code == 403
