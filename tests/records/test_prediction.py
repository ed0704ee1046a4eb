import pytest

from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction


def answer(labels, probabilities, kind="multiclass", task="colour"):
    return TaskPrediction(
        task=task,
        title=task,
        kind=kind,
        labels=labels,
        scores=tuple(
            ClassScore(label=name, display=name, probability=p, cosine=0.0)
            for name, p in probabilities.items()
        ),
        threshold=None,
        applies=True,
        reason="",
        reads="text",
        model="toy",
    )


def test_the_probability_is_that_of_the_predicted_label():
    assert answer(("red",), {"red": 0.6, "green": 0.4}).probability == 0.6


def test_of_several_labels_the_highest_counts_and_of_none_the_highest_of_all():
    scores = {"a": 0.6, "b": 0.9, "c": 0.2}
    assert answer(("a", "b"), scores, "multilabel").probability == 0.9
    assert answer((), {"a": 0.1, "b": 0.3}, "multilabel").probability == 0.3


def test_a_task_is_found_by_its_key():
    meme = Meme(id="m", filename="f", text="", text_source="none")
    tasks = (answer(("red",), {"red": 1.0}), answer(("big",), {"big": 1.0}, task="size"))
    prediction = Prediction(meme=meme, task_set="toys", tasks=tasks, model="toy", encoder="fake")
    assert prediction.task("size").labels == ("big",)
    with pytest.raises(KeyError):
        prediction.task("shape")
