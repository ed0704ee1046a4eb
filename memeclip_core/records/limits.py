"""What a setting may be, written at its type, with a check that tells all faults at once; and which
texts can be stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from memeclip_core.errors import TextError

_UNFIT = re.compile("[\0\ud800-\udfff]")


class Limit(NamedTuple):
    """What is allowed, in words, and whether a value is."""

    says: str
    holds: Callable[[Any], bool]


Count = Annotated[int, Limit("at least 1 is needed", lambda value: value >= 1)]
Natural = Annotated[int, Limit("at least 0 is needed", lambda value: value >= 0)]
Positive = Annotated[float, Limit("it must be above 0", lambda value: value > 0)]
NotNegative = Annotated[float, Limit("at least 0 is needed", lambda value: value >= 0)]
Rate = Annotated[float, Limit("allowed is 0 up to below 1", lambda value: 0 <= value < 1)]
Share = Annotated[float, Limit("allowed is 0 to 1", lambda value: 0 <= value <= 1)]


def find_faults(settings: object) -> list[str]:
    """Return a fault for every field of a dataclass that its type's limit or words do not allow."""
    faults = []
    for name, hint in get_type_hints(type(settings), include_extras=True).items():
        value, words = getattr(settings, name), get_args(hint)
        if get_origin(hint) is Literal and value not in words:
            faults.append(f"{name} is '{value}', known are {', '.join(words)}")
        faults += [
            f"{name} is {value}, {limit.says}"
            for limit in getattr(hint, "__metadata__", ())
            if not limit.holds(value)
        ]
    return faults


def check_text(text: str, what: str) -> None:
    """Raise TextError if a text holds what no database keeps: NUL, or half a character."""
    if found := _UNFIT.search(text):
        char, place = found.group(), found.start() + 1
        name = "NUL (U+0000)" if char == "\0" else f"half a character (U+{ord(char):04X})"
        raise TextError(
            f"The {what} holds {name} at place {place}, which cannot be saved. Remove it."
        )
