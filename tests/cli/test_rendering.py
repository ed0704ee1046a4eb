"""Records as text: every class with its numbers, nothing lost, nothing that runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from memeclip_core.cli.rendering import (
    render_comparison,
    render_job,
    render_models,
    render_prediction,
    render_results,
)
from memeclip_core.experiments.results import Cell
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Meme
from memeclip_core.records.model import Metric, ModelInfo, TaskComparison
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from tests.factories.workbench import fresh_results

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)

HATE = TaskPrediction(
    task="hate",
    title="Hate",
    kind="multiclass",
    labels=("no",),
    scores=(
        ClassScore(label="no", display="No hate", probability=0.75, cosine=0.5),
        ClassScore(label="yes", display="Hate", probability=0.25, cosine=-0.125),
    ),
    threshold=None,
    applies=True,
    reason="",
    reads="text",
    model="m1",
)
TARGET = replace(HATE, task="target", title="Target", applies=False, reason="Hate is No hate.")
MANY = replace(HATE, task="kinds", title="Kinds", kind="multilabel", labels=(), threshold=0.3)
PREDICTION = Prediction(
    meme=Meme(
        id="ab" * 32, filename="a.png", text="one\ntwo", text_source="user", width=4, height=3
    ),
    task_set="pridemm",
    tasks=(HATE, TARGET, MANY),
    model="m1",
    encoder="fake",
    notes=("Reads the text.",),
)


def test_a_prediction_shows_text_source_model_and_every_class() -> None:
    assert render_prediction(PREDICTION).split("\n") == [
        "a.png (4 x 3)",
        "  Text, given: one / two",
        "  Model m1, encoder fake",
        "  Note: Reads the text.",
        "",
        "  Hate: No hate",
        "      class    probability  cosine",
        "   *  No hate  0.7500       +0.5000",
        "      Hate     0.2500       -0.1250",
        "",
        "  Target: does not apply. Hate is No hate.",
        "      class    probability  cosine",
        "      No hate  0.7500       +0.5000",
        "      Hate     0.2500       -0.1250",
        "",
        "  Kinds: none of them (from 0.30)",
        "      class    probability  cosine",
        "      No hate  0.7500       +0.5000",
        "      Hate     0.2500       -0.1250",
        "",
    ]


def test_a_text_without_an_image_and_an_image_without_text_say_so() -> None:
    text_only = Meme(id="x", filename="", text="t", text_source="user", has_image=False)
    assert render_prediction(replace(PREDICTION, meme=text_only)).startswith("text (text only)\n")
    silent = replace(PREDICTION.meme, text="", text_source="none")
    assert "  Text, not read: (none)\n" in render_prediction(replace(PREDICTION, meme=silent))


def test_models_stand_in_a_table_with_their_leading_figure() -> None:
    model = ModelInfo(
        version="m1",
        task_set="pridemm",
        origin="starter",
        state="active",
        encoder="fake",
        head="memeclip",
        reads="text",
        created=NOW,
        metrics={"hate": (Metric(name="accuracy", value=0.7, n=9, low=0.5, high=0.8),)},
    )
    assert render_models([model]).split("\n") == [
        "version  state   origin   encoder  reads  created (UTC)     validation",
        "m1       active  starter  fake     text   2026-03-04 05:06  hate accuracy 0.700",
    ]


def test_a_comparison_puts_both_models_on_the_same_rows() -> None:
    active = Metric(name="accuracy", value=0.5, n=4, low=0.1, high=0.9)
    item = TaskComparison(
        task="hate",
        rows="corrected",
        n=4,
        active=active,
        candidate=replace(active, value=0.75),
        flips=2,
    )
    assert render_comparison([item, replace(item, rows="replay", p=0.25)]).split("\n") == [
        "hate, held-out corrections (n = 4): 2 decisions differ",
        "  active     accuracy 0.5000 (95 % interval 0.1000 to 0.9000, n = 4)",
        "  candidate  accuracy 0.7500 (95 % interval 0.1000 to 0.9000, n = 4)",
        "hate, the starter's validation (n = 4): 2 decisions differ",
        "  active     accuracy 0.5000 (95 % interval 0.1000 to 0.9000, n = 4)",
        "  candidate  accuracy 0.7500 (95 % interval 0.1000 to 0.9000, n = 4)",
        "  difference p = 0.2500 (paired bootstrap)",
    ]


def test_a_job_says_how_it_ended_and_why() -> None:
    progress = Progress(done=0, total=1, message="")
    job = Job(
        id="j",
        kind="retrain",
        subject="pridemm",
        state="running",
        started=NOW,
        by="ada",
        progress=progress,
    )
    assert render_job(job) == "Job j is running"
    ended = replace(job, state="refused", ended=NOW + timedelta(seconds=1.5), reason="nothing new")
    assert render_job(ended) == "Job j is refused, 1.5 s: nothing new"


def test_shares_of_the_training_memes_stand_beside_where_they_are_known() -> None:
    task = replace(HATE, scores=tuple(replace(score, base=0.66) for score in HATE.scores))
    page = render_prediction(replace(PREDICTION, tasks=(task,)))
    assert "in training" in page
    assert page.count("0.6600") == len(HATE.scores)


def test_a_table_says_why_there_is_no_number() -> None:
    metric = Metric(name="accuracy", value=0.5, n=4, low=0.1, high=0.9)
    results = fresh_results().add(
        Cell(axes={"head": "a"}, task="hate", seed=0, metrics=(metric,)),
        Cell(axes={"head": "b"}, task="", seed=0, metrics=(), details={"reason": "too wide"}),
    )
    lines = render_results(results).splitlines()
    assert lines[0].split() == ["head", "task", "n", "seeds", "accuracy"]
    assert lines[1].split() == ["a", "hate", "4", "1", "0.5000"]
    assert lines[2].endswith("too wide")
