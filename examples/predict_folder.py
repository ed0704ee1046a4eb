"""Predict every image of a folder and write a table: predict_folder.py [FOLDER] [TABLE.csv]."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import memeclip_core as memeclip

SAMPLES = Path(__file__).resolve().parent.parent / "assets" / "samples"


def predict_folder(folder: Path, table: Path) -> int:
    """Write a line per image, with each task's answer and its probability; return how many."""
    studio = memeclip.open_studio(tasks="pridemm")
    tasks = studio.task_sets[0].keys
    rows = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in (".jpg", ".png", ".webp"):
            continue
        try:
            prediction = memeclip.predict(studio, path)
        except memeclip.MemeclipError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        answers = [prediction.task(task) for task in tasks]
        rows.append(
            {"image": path.name, "text": prediction.meme.text}
            | {answer.task: ", ".join(answer.labels) for answer in answers if answer.applies}
            | {f"{answer.task} probability": f"{answer.probability:.4f}" for answer in answers}
        )
        print(path.name, *(f"{answer.task}={answer.probability:.2f}" for answer in answers))
    header = ["image", "text", *tasks, *(f"{task} probability" for task in tasks)]
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:]]
    print(predict_folder(*(given + [SAMPLES, Path("predictions.csv")][len(given) :])), "images")
