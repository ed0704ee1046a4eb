"""A model's manifest: plain values for ``manifest.json``, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from torch import Tensor

from memeclip_core.errors import CheckpointError, HeadError
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead
from memeclip_core.heads.parts.fusion_head import FusionHead, share_trunk
from memeclip_core.heads.registry import build_head, restore_config
from memeclip_core.records.model import Metric
from memeclip_core.records.schemas import from_plain, to_plain

SCHEMA = 1

_PLAIN = ("version", "task_set", "origin", "reads", "parent", "replay", "data", "recipe")
_PLAIN_OF_A_HEAD = ("kind", "labels", "threshold", "temperature", "lines", "metrics")
"""What of a model and of a task's head stands in the manifest under its own name."""

EVERY = "*"
"""Stands for every task in a tensor's name; no task can be called so."""


def to_manifest(model: HeadModel) -> dict[str, Any]:
    """Return everything about a model but its tensors, ready for JSON."""
    return {
        "schema": SCHEMA,
        **{name: getattr(model, name) for name in _PLAIN},
        "head": {"name": model.head, "config": model.config},
        "encoder": asdict(model.encoder),
        "created": model.created.isoformat(),
        "notes": list(model.notes),
        "tasks": {
            key: to_plain({name: getattr(head, name) for name in _PLAIN_OF_A_HEAD})
            for key, head in model.heads.items()
        },
    }


def to_tensor_dict(model: HeadModel) -> dict[str, Tensor]:
    """Return all heads' tensors, each named ``<task>.<parameter>``.

    A tensor that all heads have in common stands there once, as ``*.<parameter>``.
    """
    states = {key: head.module.state_dict() for key, head in model.heads.items()}
    tensors: dict[str, Tensor] = {}
    for name in _common_names(list(states.values())):
        tensors[f"{EVERY}.{name}"] = next(iter(states.values()))[name]
    for key, state in states.items():
        for name, tensor in state.items():
            if f"{EVERY}.{name}" not in tensors:
                tensors[f"{key}.{name}"] = tensor
    # Cloned: some, but not all heads may hold the same tensor, and files hold no references.
    return {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}


def _common_names(states: list[dict[str, Tensor]]) -> list[str]:
    """Return the names of the tensors that two or more heads, and all of them, hold in common."""
    if len(states) < 2:
        return []
    first, rest = states[0], states[1:]
    return [
        name
        for name, tensor in first.items()
        if all(name in s and s[name].data_ptr() == tensor.data_ptr() for s in rest)
    ]


def from_manifest(manifest: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> HeadModel:
    """Rebuild a model, its heads in eval mode and without gradients.

    Raises:
        CheckpointError: if the manifest is of another schema, lacks something, or does not fit
            the tensors.
    """
    if manifest.get("schema") != SCHEMA:
        raise CheckpointError(
            f"The manifest has the schema {manifest.get('schema')!r}; this version reads {SCHEMA}."
        )
    try:
        encoder = EncoderTag(**manifest["encoder"])
        head_name, config = _restore(**manifest["head"])
        heads = {
            key: _rebuild_head(key, facts, head_name, config, encoder, tensors)
            for key, facts in manifest["tasks"].items()
        }
        _tie_trunks(heads, tensors)
        return HeadModel(
            **{name: manifest[name] for name in _PLAIN},
            head=head_name,
            config=config,
            encoder=encoder,
            created=datetime.fromisoformat(manifest["created"]),
            heads=heads,
            notes=tuple(manifest["notes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"The manifest is incomplete or damaged ({error!r}).") from error


def _restore(name: str, config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    try:
        return name, restore_config(name, config)
    except HeadError as error:
        raise CheckpointError(f"The head of the manifest cannot be built: {error}") from error


def _rebuild_head(
    key: str,
    facts: Mapping[str, Any],
    name: str,
    config: dict[str, Any],
    encoder: EncoderTag,
    tensors: Mapping[str, Tensor],
) -> TaskHead:
    own = {
        name.removeprefix(prefix): tensor
        for prefix in (f"{EVERY}.", f"{key}.")
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    try:
        classes = len(facts["labels"])
        module = build_head(
            name, dims=encoder.dims, num_classes=classes, kind=facts["kind"], config=config
        )
        module.load_state_dict(own)
    except (HeadError, RuntimeError) as error:
        raise CheckpointError(f"The head of task '{key}' does not fit its manifest.") from error
    return TaskHead(
        kind=facts["kind"],
        labels=tuple(facts["labels"]),
        module=module.eval().requires_grad_(False),
        threshold=facts["threshold"],
        temperature=facts["temperature"],
        # Models of the time before lines have none.
        lines=tuple((slope, offset) for slope, offset in facts.get("lines", ())),
        metrics=from_plain(tuple[Metric, ...], facts["metrics"]),
    )


def _tie_trunks(heads: Mapping[str, TaskHead], tensors: Mapping[str, Tensor]) -> None:
    """Give heads that were saved with one trunk one trunk again."""
    modules = [head.module for head in heads.values() if isinstance(head.module, FusionHead)]
    if any(name.startswith(f"{EVERY}.") for name in tensors) and modules:
        share_trunk(modules)
