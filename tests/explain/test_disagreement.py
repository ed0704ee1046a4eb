from dataclasses import replace

from memeclip_core.explain.disagreement import compare_answers
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction

MEME = Meme(id="0" * 64, filename="", text="", text_source="user")


def answer(task, probability):
    scores = tuple(
        ClassScore(label=name, display=name.upper(), probability=p, cosine=0.0)
        for name, p in (("a", probability), ("b", 1 - probability))
    )
    return TaskPrediction(
        task=task,
        title=task,
        kind="multiclass",
        labels=("a" if probability >= 0.5 else "b",),
        scores=scores,
        threshold=None,
        applies=True,
        reason="",
        reads="text",
        model="",
    )


def predict(**probabilities):
    tasks = tuple(answer(task, p) for task, p in probabilities.items())
    return Prediction(meme=MEME, task_set="s", tasks=tasks, model="", encoder="")


def test_different_answers_come_first_then_the_widest_spread():
    first, second = (
        predict(same=0.75, wide=0.5, other=0.25),
        predict(same=0.75, wide=1.0, other=0.5),
    )
    rows = compare_answers({"one": first, "two": second})
    assert [(row.task, row.differ, row.spread) for row in rows] == [
        ("other", True, 0.25),
        ("wide", False, 0.5),
        ("same", False, 0.0),
    ]
    assert rows[0].classes[0].probabilities == {"one": 0.25, "two": 0.5}
    assert rows[0].answers["two"] is second.task("other")


def test_a_model_without_the_question_is_left_out_there():
    only = replace(predict(same=0.5))
    (row,) = compare_answers({"one": only, "two": replace(only, tasks=())})
    assert list(row.answers) == ["one"]
