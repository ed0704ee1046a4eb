"""Correct a starter, retrain it, compare both: nothing new answers before it is promoted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import memeclip_core as memeclip

TEXTS = {
    "I checked the door. Then I checked it again. Then the stove.": "Excessive Worry",
    "What if the plane is late, and the train, and the bus to the train": "Excessive Worry",
    "Awake at three, thinking of what I said in 2009": "Difficulty Relaxing",
    "My holiday: lying on the beach, answering mails": "Difficulty Relaxing",
    "Walking up and down the corridor before the result comes": "Restlessness",
    "My leg under the table, in every meeting": "Restlessness",
    "When the phone rings and I do not know the number": "Nervousness",
    "My hands when the teacher says: and now in front of the class": "Nervousness",
}


def teach(home: Path) -> str:
    """Save the corrections, retrain, print the comparison, and return the candidate's version."""
    studio = memeclip.open_studio(home=home, tasks="axiom")
    me, (tasks,) = studio.owner(), studio.task_sets
    (task,) = tasks.keys
    for text, label in TEXTS.items():
        prediction = memeclip.predict(studio, text=text)
        said = prediction.task(task).labels[0]
        print(f"{said} -> {label}: {text}")
        studio.correct(me, prediction=prediction, data=None, labels={task: (label,)})
    job = studio.retrain(me, tasks.key)
    if job.state != "done":
        raise SystemExit(f"The retraining is {job.state}: {job.reason}")
    for compared in job.comparison:
        before, after = compared.active, compared.candidate
        print(
            f"{compared.task}, {compared.n} {compared.rows} rows: {before.name} {before.value:.3f} "
            f"-> {after.value:.3f}, {compared.flips} answers differ"
        )
    studio.promote(me, job.candidate, although_worse=True)
    print(f"{memeclip.predict(studio, text='It rings again').model} answers now")
    back = studio.roll_back(me, tasks.key)
    print(f"{back.version} answers again")
    return job.candidate


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        teach(Path(folder))
