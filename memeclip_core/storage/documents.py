"""JSON and YAML whose faults are faults of the file, however deep it nests."""

from __future__ import annotations

import json
from typing import Any

import yaml


def load_json(data: str | bytes) -> Any:
    """Return what a JSON text holds; ValueError if it is none that can be read."""
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("it nests deeper than can be read") from None


def load_yaml(text: str) -> Any:
    """Return what a YAML text holds; YAMLError if it is none that can be read."""
    try:
        return yaml.safe_load(text)
    except RecursionError:
        raise yaml.YAMLError("it nests deeper than can be read") from None
    except (ValueError, OverflowError, AttributeError) as error:
        # A value that looks like a date, a number or bytes and is none.
        raise yaml.YAMLError(str(error)) from None


def compose_yaml(text: str) -> yaml.Node | None:
    """Return a YAML text as nodes, which know their lines; YAMLError as ``load_yaml``."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise yaml.YAMLError("it nests deeper than can be read") from None
