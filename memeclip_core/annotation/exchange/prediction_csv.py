"""Predictions as a table that other programs read; safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from memeclip_core.annotation.exchange.export_rows import SPREADSHEET, neutralise
from memeclip_core.records.prediction import Prediction


def write_predictions_csv(predictions: Sequence[Prediction]) -> bytes:
    """Return predictions of one task set as CSV in UTF-8, one row a meme, safe for spreadsheets.

    Columns: filename, meme, text, text_source, model, notes; then for every task its label (several
    are joined by "|") and whether it applies, and per class ``task.class.probability`` and
    ``task.class.cosine``.
    """
    columns = ["filename", "meme", "text", "text_source", "model", "notes"]
    if predictions:
        columns += _task_columns(predictions[0])
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(columns)
    for item in predictions:
        meme = item.meme
        cells = [
            meme.filename,
            meme.id,
            meme.text,
            meme.text_source,
            item.model,
            " ".join(item.notes),
        ]
        writer.writerow([neutralise(c) for c in cells] + _task_cells(item))
    return sink.getvalue().encode(SPREADSHEET)


def _task_columns(prediction: Prediction) -> list[str]:
    columns = []
    for task in prediction.tasks:
        columns += [task.task, f"{task.task}.applies"]
        for score in task.scores:
            name = f"{task.task}.{score.label}"
            columns += [f"{name}.probability", f"{name}.cosine"]
    return columns


def _task_cells(prediction: Prediction) -> list[str]:
    cells = []
    for task in prediction.tasks:
        cells += [neutralise("|".join(task.labels)), "yes" if task.applies else "no"]
        for score in task.scores:
            cells += [f"{score.probability:.6f}", f"{score.cosine:.6f}"]
    return cells
