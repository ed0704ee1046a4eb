"""The authors' MemeCLIP checkpoint as one of ours: the same weights under our names.

Nothing in their file is ever executed: it is read as tensors alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from memeclip_core.errors import CheckpointError
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.storage.files import store_error
from memeclip_core.tasks import Task, TaskSet

FROZEN = ("clip_model.", "text_encoder.", "clip.")
"""CLIP, which the file carries along: it is frozen, and our encoder has it already."""

UNUSED = ("acc.", "auroc.", "f1.", "cross_entropy_loss.")
"""Metrics and losses, which hold no weights of the head."""

_LAYER = re.compile(r"^(image_map|text_map)\.proj\.(\d+)\.(weight|bias)$")
_ADAPTER = re.compile(r"^(img|text)_adapter\.fc\.([02])\.weight$")
_OTHER = re.compile(r"^(pre_output\.\d+\.(?:weight|bias)|classifier\.weight)$")

WRAPPERS = ("module.", "model.", "_orig_mod.")
"""What DataParallel, Lightning wrappers and compiled modules put in front of every name."""

_SIDES = {"image_map": "image", "text_map": "text", "img": "image", "text": "text"}


def read_official(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a Lightning checkpoint, or of a bare state dict.

    Raises:
        CheckpointError: if the file is none, or needs code to be read.
        StoreError: if it cannot be opened.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise store_error("read", path, error) from None
    except UnpicklingError:
        raise CheckpointError(
            f"{path} holds more than tensors and plain values, and reading it would run code from "
            "it. Save its state_dict alone, and import that."
        ) from None
    except (RuntimeError, ValueError, EOFError, KeyError) as error:
        raise CheckpointError(f"{path} is no checkpoint of torch, or damaged.") from error
    state = found.get("state_dict", found) if isinstance(found, dict) else None
    if not isinstance(state, dict) or not state:
        raise CheckpointError(f"{path} holds no state_dict.")
    others = [str(key) for key, value in state.items() if not isinstance(value, Tensor)]
    if others:
        raise CheckpointError(f"{path}: '{others[0]}' of its state_dict is no tensor.")
    return {str(key): value for key, value in state.items()}


def import_official(
    tensors: Mapping[str, Tensor],
    *,
    task_set: TaskSet,
    task: str,
    encoder: EncoderTag,
    version: str,
    created: datetime,
    source: str,
    ratio: float | None = None,
    scale: float | None = None,
) -> HeadModel:
    """Turn the state of the authors' LightningModule into a model of one task.

    Args:
        tensors: name → tensor, as in the file.
        task_set, task: what the file was trained for; it says nothing of it itself.
        encoder: whose features it was trained on: CLIP ViT-L/14 in the official variant.
        version, created: of our model.
        source: the file's name, for the notes.
        ratio, scale: the adapters' share and the logits' scale that it was trained with, which the
            file does not hold; ``None`` takes the published 0.2 and 30.

    Raises:
        CheckpointError: if tensors are missing, unexpected, of another shape or not finite, or do
            not fit the task or the encoder.
        HeadError: if ``ratio`` or ``scale`` cannot be.
    """
    chosen = task_set.task(task)
    own = rename_tensors(tensors)
    config: dict[str, Any] = {**_read_sizes(own)}
    _check_fit(own, chosen, encoder)
    given = {"ratio": ratio, "scale": scale}
    config |= {name: value for name, value in given.items() if value is not None}
    module = build_head(
        "memeclip", dims=encoder.dims, num_classes=len(chosen.labels), config=config
    )
    _check_layers(own, module.state_dict(), source)
    module.load_state_dict(dict(own))
    head = TaskHead(
        kind=chosen.kind, labels=chosen.names, module=module.eval().requires_grad_(False)
    )
    return HeadModel(
        version=version,
        task_set=task_set.key,
        origin="starter",
        head="memeclip",
        config=complete_config("memeclip", config),
        encoder=encoder,
        reads="image+text",
        created=created,
        heads={chosen.key: head},
        data={"source": source},
        notes=(f"Imported from the authors' checkpoint {source}; its figures are theirs.",),
    )


def rename_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the head's tensors under our names, in float32; the frozen CLIP is dropped.

    Raises:
        CheckpointError: naming tensors that belong to no MemeCLIP, that are missing, or that hold
            something else than finite numbers.
    """
    own: dict[str, Tensor] = {}
    unknown, broken = [], []
    for name, tensor in tensors.items():
        plain = _unwrap(name)
        if plain.startswith((*FROZEN, *UNUSED)):
            continue
        ours = _rename(plain)
        if ours is None:
            unknown.append(name)
        elif not tensor.is_floating_point() or not bool(tensor.isfinite().all()):
            broken.append(name)
        else:
            own[ours] = tensor.detach().float()
    needed = {
        f"{side}.{part}"
        for side in ("image", "text")
        for part in (
            "projection.layers.0.weight",
            "projection.layers.0.bias",
            "adapter.down.weight",
            "adapter.up.weight",
        )
    } | {"pre_output.1.weight", "pre_output.1.bias", "classifier.weight"}
    missing = sorted(needed - set(own))
    if broken:
        raise CheckpointError(
            f"The checkpoint holds values that are no finite numbers, in {_list(broken)}. Its "
            "training went wrong, or the file is damaged; import an earlier epoch."
        )
    if unknown or missing:
        faults = [f"unexpected: {_list(unknown)}"] if unknown else []
        faults += [f"missing: {_list(missing)}"] if missing else []
        raise CheckpointError(
            f"This is no MemeCLIP checkpoint of the authors ({'; '.join(faults)}). It must hold "
            "image_map, text_map, img_adapter, text_adapter, pre_output and classifier."
        )
    return own


def _unwrap(name: str) -> str:
    while name.startswith(WRAPPERS):
        name = name.split(".", 1)[1]
    return name


def _list(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:5])


def _rename(name: str) -> str | None:
    if match := _LAYER.match(name):
        return f"{_SIDES[match[1]]}.projection.layers.{match[2]}.{match[3]}"
    if match := _ADAPTER.match(name):
        return f"{_SIDES[match[1]]}.adapter.{'down' if match[2] == '0' else 'up'}.weight"
    return name if _OTHER.match(name) else None


def _read_sizes(own: Mapping[str, Tensor]) -> dict[str, int]:
    """Read from the shapes what the file does not say: widths and numbers of layers."""
    try:
        map_dim = own["image.projection.layers.0.weight"].shape[0]
        hidden = own["image.adapter.down.weight"].shape[0]
        layers = sum(
            name.startswith("image.projection.layers.") and name.endswith(".weight") for name in own
        )
        pre_layers = sum(n.startswith("pre_output.") and n.endswith(".weight") for n in own)
        return {
            "map_dim": map_dim,
            "reduction": map_dim // hidden,
            "num_layers": layers,
            "pre_layers": pre_layers,
        }
    except (IndexError, ZeroDivisionError) as error:
        raise CheckpointError("A tensor of the checkpoint has an impossible shape.") from error


def _check_fit(own: Mapping[str, Tensor], task: Task, encoder: EncoderTag) -> None:
    classes = own["classifier.weight"].shape[0]
    if classes != len(task.labels):
        raise CheckpointError(
            f"The checkpoint has {classes} classes, and the task '{task.key}' has "
            f"{len(task.labels)}: {', '.join(task.names)}. Name the task that it was trained for."
        )
    for side, width in (("image", encoder.image_dim), ("text", encoder.text_dim)):
        found = own[f"{side}.projection.layers.0.weight"].shape[-1]
        if found != width:
            raise CheckpointError(
                f"The checkpoint reads {side} features of width {found}, and the encoder "
                f"'{encoder.name}' gives {width}. Name the encoder that it was trained on, such as "
                "--encoder openai/clip-vit-large-patch14."
            )


def _check_layers(own: Mapping[str, Tensor], built: Mapping[str, Tensor], source: str) -> None:
    """Refuse layers that are missing between others, or whose widths do not follow each other."""
    missing, unexpected = sorted(set(built) - set(own)), sorted(set(own) - set(built))
    other = [
        f"{name} is {tuple(own[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in built.items()
        if name in own and own[name].shape != tensor.shape
    ]
    faults = [
        f"{what}: {_list(names)}"
        for what, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", other),
        )
        if names
    ]
    if faults:
        raise CheckpointError(
            f"The tensors of {source} do not make up a MemeCLIP head ({'; '.join(faults)})."
        )
