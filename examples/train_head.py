"""Train a head on labels of your own and evaluate it, on a small dataset made on the spot."""

from __future__ import annotations

import csv
import tempfile
from itertools import product
from pathlib import Path

import memeclip_core as memeclip

TASKS = """\
key: drinks
title: Drinks
description: What people in a meme drink.
tasks:
  - key: drink
    title: Drink
    kind: multiclass
    column: drink
    labels:
      - {name: Tea, display: Tea, prompt: a meme about tea, value: tea}
      - {name: Coffee, display: Coffee, prompt: a meme about coffee, value: coffee}
"""
WORDS = {
    "tea": ("a pot of green tea", "tea leaves in hot water", "chamomile tea", "a tea bag"),
    "coffee": ("a double espresso", "freshly ground coffee", "a latte", "black coffee"),
}
MOMENTS = ("on Monday morning", "after lunch", "at the office", "before the exam", "in the rain")


def write_dataset(folder: Path) -> Path:
    """Write a task file and a table with texts, labels and splits; return the table."""
    (folder / "drinks.yaml").write_text(TASKS, encoding="utf-8")
    table = folder / "drinks.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "drink", "split"])
        for drink, words in WORDS.items():
            for word, moment in product(words, MOMENTS):
                # The last kind of each drink is never seen in training.
                writer.writerow(
                    [f"{word} {moment}", drink, "val" if word == words[-1] else "train"]
                )
    return table


def train_and_evaluate(folder: Path) -> memeclip.Evaluation:
    """Train, print the figures, and ask the model about a new text."""
    table = write_dataset(folder)
    dataset = memeclip.read_dataset(
        table, folder / "drinks.yaml", columns={"text": "text", "drink": "drink", "split": "split"}
    )
    encoder = memeclip.load_encoder()
    model = memeclip.train(
        dataset, head="text-only", settings={"epochs": 10}, encoder=encoder, out=folder / "models"
    )
    found = memeclip.evaluate(model, dataset, split="val", encoder=encoder)
    for metric in found.metrics["drink"]:
        low, high = metric.low, metric.high
        print(f"{metric.name} {metric.value:.3f} ({low:.3f} to {high:.3f}), n = {metric.n}")
    studio = memeclip.open_studio(
        home=folder / "home", tasks=folder / "drinks.yaml", checkpoints=folder / "models"
    )
    answer = memeclip.predict(studio, text="two cups of espresso, please").task("drink")
    print(f"{answer.labels[0]}, with a probability of {answer.probability:.2f}")
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        train_and_evaluate(Path(folder))
