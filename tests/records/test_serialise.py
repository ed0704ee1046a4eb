import json

from memeclip_core.records.meme import Meme, Word
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.records.serialise import prediction_to_dict


def test_a_prediction_as_json():
    task = TaskPrediction(
        task="tags",
        title="Tags",
        kind="multilabel",
        labels=(),
        scores=(
            ClassScore(label="b", display="B", probability=0.25, cosine=-0.5),
            ClassScore(label="a", display="A", probability=0.5, cosine=0.125),
        ),
        threshold=0.75,
        applies=False,
        reason="why",
        reads="text",
        model="toy",
    )
    prediction = Prediction(
        meme=Meme(
            id="m",
            filename="f.png",
            text="t",
            text_source="rapidocr",
            width=3,
            height=2,
            words=(Word(text="t", box=(0.0, 1.0, 2.0, 3.0), confidence=0.5),),
        ),
        task_set="toys",
        tasks=(task,),
        model="toy",
        encoder="fake",
        notes=("n",),
    )
    expected = {
        "schema": 1,
        "meme": {
            "id": "m",
            "filename": "f.png",
            "text": "t",
            "text_source": "rapidocr",
            "width": 3,
            "height": 2,
            "words": [{"text": "t", "box": [0.0, 1.0, 2.0, 3.0], "confidence": 0.5}],
        },
        "task_set": "toys",
        "model": "toy",
        "encoder": "fake",
        "notes": ["n"],
        "tasks": {
            "tags": {
                "title": "Tags",
                "kind": "multilabel",
                "labels": [],
                "label": None,
                "probability": 0.5,
                "threshold": 0.75,
                "applies": False,
                "reason": "why",
                "reads": "text",
                "model": "toy",
                "probabilities": {"b": 0.25, "a": 0.5},
                "cosines": {"b": -0.5, "a": 0.125},
            }
        },
    }
    plain = prediction_to_dict(prediction)
    assert plain == expected
    assert json.loads(json.dumps(plain)) == expected
    assert list(plain["tasks"]["tags"]["cosines"]) == ["b", "a"]
