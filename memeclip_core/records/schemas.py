"""Records to JSON and back, by their fields; a number that is not defined is null."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from memeclip_core.records.prediction import Prediction, TaskPrediction

T = TypeVar("T")


class _NullIsNan:
    """How pydantic reads a number that may be undefined."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(
            lambda plain: math.nan if plain is None else plain, handler(source)
        )


Number = Annotated[float, _NullIsNan()]
"""A number that may be NaN, which is null in JSON."""

SCHEMA = 1
"""Of a prediction's JSON."""


def to_plain(value: Any, **options: Any) -> Any:
    """Return records, and structures of them, as JSON values; times are ISO 8601, NaN is null."""
    # Imported when needed, here and below: the command's help takes a tenth longer with it.
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value, inf_nan_mode="null", fallback=dict, **options)


def to_json(value: Any, *, indent: int | None = None) -> bytes:
    """Return ``to_plain`` of a value as UTF-8, with a line feed at its end."""
    from pydantic_core import to_json

    return to_json(value, indent=indent, inf_nan_mode="null", fallback=dict) + b"\n"


def from_plain(kind: type[T], plain: Any) -> T:
    """Rebuild a record of this kind; fields that are missing have their defaults.

    Raises:
        ValueError: if a field without a default is missing, or a value is of no use.
    """
    found: T = _adapter(cast(Any, kind)).validate_python(plain)
    return found


def from_json(kind: type[T], data: str | bytes) -> T:
    """Rebuild a record from JSON; see ``from_plain``."""
    found: T = _adapter(cast(Any, kind)).validate_json(data)
    return found


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def prediction_to_dict(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction as programs read it; classes stand in the task's order."""
    left_out = {"tasks": True, "doubt": True, "meme": {"has_image", "unread"}}
    tasks = {task.task: _task_to_dict(task) for task in prediction.tasks}
    return {"schema": SCHEMA, **to_plain(prediction, exclude=left_out), "tasks": tasks}


def _task_to_dict(task: TaskPrediction) -> dict[str, Any]:
    known = {score.label: score.base for score in task.scores if score.base is not None}
    return {
        **to_plain(task, exclude={"task", "scores"}),
        "label": task.labels[0] if task.labels else None,
        "probability": task.probability,
        "probabilities": {score.label: score.probability for score in task.scores},
        "cosines": {score.label: score.cosine for score in task.scores},
    } | ({"base_rates": known} if known else {})
