"""Rows of the table of models."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memeclip_core.models.queries import ModelRow

TIME = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def make_row(number: int, **facts: str) -> ModelRow:
    """Return a retrained model of the task set "toys", a day newer with each number."""
    plain = {
        "version": f"r{number}", "task_set": "toys", "encoder": "fake", "origin": "retrained",
    }  # fmt: skip
    return ModelRow(created=TIME + timedelta(days=number), **plain | facts)
