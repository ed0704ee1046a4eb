"""The rules of a project that can be changed at any time, and how far a project is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from memeclip_core.errors import ConfigError
from memeclip_core.records.project import Order

RULES = (
    "title", "guidelines", "overlap", "overlap_share", "hidden_share", "order", "lease_minutes",
    "retrain_every", "break_minutes", "closed",
)  # fmt: skip
"""What can be changed of a project at any time; its label set changes by ``migrate``."""
_WHOLE = ("overlap", "lease_minutes", "retrain_every", "break_minutes")
_SHARES = ("overlap_share", "hidden_share")
_KINDS = {"closed": "yes or no", **dict.fromkeys(_WHOLE, "whole number")}
MAX_GUIDELINES = 100_000


def check_rules(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return rules in their own types.

    Raises:
        ConfigError: listing every rule that is unknown or of no use.
    """
    faults = [f"there is no rule '{name}'" for name in rules if name not in RULES]
    checked: dict[str, Any] = {}
    for name, value in rules.items():
        try:
            if name in _WHOLE:
                checked[name] = int(value)
                if checked[name] != float(value):
                    raise ValueError
            elif name in _SHARES:
                checked[name] = float(value)
            elif name == "closed":
                if not isinstance(value, bool):
                    raise TypeError
                checked[name] = value
            elif name == "order":
                checked[name] = next(known for known in get_args(Order) if known == value)
            elif name in RULES:
                checked[name] = str(value)
                checked[name].encode()
        except UnicodeEncodeError:
            faults.append(f"the {name} has characters that cannot be stored")
        except StopIteration:
            faults.append(f"order is '{value}'; allowed are {', '.join(get_args(Order))}")
        except (TypeError, ValueError, OverflowError):
            kind = _KINDS.get(name, "number")
            faults.append(f"{name} is '{value}', which is no {kind}")
    if not checked.get("title", "x").strip():
        faults.append("the title is empty")
    if len(checked.get("guidelines", "")) > MAX_GUIDELINES:
        faults.append(f"the guidelines are longer than {MAX_GUIDELINES:,} characters")
    if faults:
        raise ConfigError(
            f"These rules cannot be used: {'; '.join(faults)}. Rules are: {', '.join(RULES)}."
        )
    return checked
