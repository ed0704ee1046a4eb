"""Two models of a home on the same rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.access.rate_limits import ALLOWANCES
from memeclip_core.annotation.decisions.gathering import Gatherer
from memeclip_core.errors import InputError, NotFound, PermissionDenied, RateLimited
from memeclip_core.experiments.comparison import describe_rows
from memeclip_core.models.learnt import LEARNT
from memeclip_core.records.comparison import Rivals
from memeclip_core.records.decision import Person
from tests.factories.studios import VAL_ROWS, build_tiny_studio, draw_png
from tests.factories.workbench import words, write_pridemm

ANNOTATOR = Person(name="ann", role="annotator")
SAME = Rivals(task_set="pridemm", first="starter", second="active")


def test_the_rows_that_ship_need_no_encoder_and_are_named(tiny_studio):
    found = tiny_studio.comparisons.compare(tiny_studio.owner(), SAME)
    assert found.facts["first"] == "pridemm-fake" == found.facts["second"]
    assert found.facts["dataset"] == ["validation rows of pridemm-fake"]
    assert found.facts["met"]["pridemm-fake"] == {"trained": 0, "chosen": VAL_ROWS, "known": True}
    assert [item["task"] for item in found.comparisons] == ["hate", "target", "stance", "humour"]
    assert found.comparisons[0]["changed"]["n"] == 0
    assert f"chosen by its scores on {VAL_ROWS}" in describe_rows(found)


def correct(studio, count):
    """Save so many decisions on the page; every second one is hateful."""
    for i in range(count):
        data = draw_png((10 * i, 60, 200))
        made = studio.predict(data, f"{i}.png", task_set="pridemm", text=words(i))
        hate = {"hate": ("Hate",), "target": ("Individual",)} if i % 2 else {"hate": ("No Hate",)}
        labels = hate | {"stance": ("Neutral",), "humour": ("Humour",)}
        studio.correct(studio.owner(), prediction=made, data=data, labels=labels)


def check_learnt(studio, job, found):
    """Every changed row has, of what the candidate learnt from, two nearest that are not itself."""
    models = studio._catalogue.store
    learnt = models.read_learnt(job.candidate)
    met = {m for m, side in zip(learnt.keys.ids, learnt.sides, strict=True) if side == LEARNT}
    changed = [row for item in found.comparisons for row in item["changed"]["rows"]]
    assert changed
    for row in changed:
        near = [one["meme"] for one in row["near"]]
        assert len(near) == 2 and set(near) <= met - {row["place"]}
        assert row["near"][0]["cosine"] >= row["near"][1]["cosine"]
    flips = [flip for row in studio.loop.flips(studio.owner(), job.id) for flip in row.flipped
             if row.rows == "corrected"]  # fmt: skip
    assert flips
    for flip in flips:
        assert flip.meme not in met and {one.meme for one in flip.near} <= met and flip.near


def test_corrected_memes_are_compared_on_and_those_that_were_learnt_are_left_out(
    tiny_studio, monkeypatch
):
    correct(tiny_studio, 12)
    owner = tiny_studio.owner()
    job = tiny_studio.retrain(owner, "pridemm")
    assert job.state == "done", job.reason
    asked = Rivals(task_set="pridemm", rows="corrected", unseen=False)
    found = tiny_studio.comparisons.compare(owner, asked)
    learnt = job.counts["learnt"]
    assert 0 < learnt < 12
    assert found.facts["rows"] == 12
    assert found.facts["met"]["pridemm-fake"]["trained"] == 0
    assert found.facts["met"][job.candidate]["trained"] == learnt
    check_learnt(tiny_studio, job, found)
    unseen = tiny_studio.comparisons.compare(owner, replace(asked, unseen=True, by="hate"))
    assert (unseen.facts["rows"], unseen.facts["left_out"]) == (12 - learnt, learnt)
    memes = {place for cell in unseen.cells for row in cell.details["cells"] for own in row
             for place in own}  # fmt: skip
    assert len(memes) == 12 - learnt
    monkeypatch.setattr(Gatherer, "labelled", None)  # one meme is looked up, not all
    seen = tiny_studio.comparisons.look(owner, "pridemm", memes.pop())
    assert seen.image is not None and seen.text in [words(i) for i in range(12)]
    with pytest.raises(InputError, match="Nobody has decided"):
        tiny_studio.comparisons.look(owner, "pridemm", "0" * 64)


def test_what_people_decided_is_for_reviewers(tiny_studio):
    with pytest.raises(PermissionDenied):
        tiny_studio.comparisons.compare(ANNOTATOR, replace(SAME, rows="corrected"))
    with pytest.raises(PermissionDenied):
        tiny_studio.comparisons.look(ANNOTATOR, "pridemm", "0" * 64)
    assert tiny_studio.comparisons.compare(ANNOTATOR, SAME).facts["rows"] == VAL_ROWS


def test_a_dataset_is_read_with_the_studios_own_encoder(tiny_studio, tmp_path):
    asked = replace(SAME, rows="dataset", dataset=write_pridemm(tmp_path), split="val")
    found = tiny_studio.comparisons.compare(tiny_studio.owner(), asked)
    assert (found.facts["rows"], found.facts["split"]) == (12, "val")
    every = tiny_studio.comparisons.compare(tiny_studio.owner(), replace(asked, split=""))
    assert every.facts["rows"] == 37
    with pytest.raises(InputError, match="Hand in a dataset"):
        tiny_studio.comparisons.compare(tiny_studio.owner(), replace(asked, dataset=""))


def test_what_is_not_there_is_said(tiny_studio):
    for asked, why in (
        (replace(SAME, second="candidate"), "no candidate model of 'pridemm'"),
        (replace(SAME, second="propaganda-fake"), "answers 'propaganda', not 'pridemm'"),
        (replace(SAME, rows="corrected"), "no corrected memes"),
        (replace(SAME, by="age"), "no column 'age'"),
    ):
        with pytest.raises(InputError, match=why):
            tiny_studio.comparisons.compare(tiny_studio.owner(), asked)


def test_a_comparison_counts_as_one_long_task(tiny_settings):
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0", hub_sign_in=True,
                                       space=True, roles=(("ann", "annotator"),)))  # fmt: skip
    for _ in range(ALLOWANCES["job"].burst):
        studio.comparisons.check(ANNOTATOR, SAME)
        with pytest.raises(NotFound):
            studio.comparisons.report(ANNOTATOR, replace(SAME, rows="dataset", dataset="none"))
    for ask in (studio.comparisons.check, studio.comparisons.report):
        with pytest.raises(RateLimited, match="Too many long tasks by 'ann'"):
            ask(ANNOTATOR, SAME)
    with pytest.raises(PermissionDenied):
        studio.comparisons.check(ANNOTATOR, replace(SAME, rows="corrected"))
