"""The authors' MemeCLIP checkpoint as one of ours: the same weights under our names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from torch import Tensor

from memeclip_core.errors import CheckpointError, HeadError
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.tasks import Task, TaskSet

FROZEN = ("clip_model.", "text_encoder.", "clip.")
"""CLIP, which the file carries along: it is frozen, and our encoder has it already."""

UNUSED = ("acc.", "auroc.", "f1.", "cross_entropy_loss.")
"""Metrics and losses, which hold no weights of the head."""

_LAYER = re.compile(r"^(image_map|text_map)\.proj\.(\d+)\.(weight|bias)$")
_ADAPTER = re.compile(r"^(img|text)_adapter\.fc\.([02])\.weight$")
_OTHER = re.compile(r"^(pre_output\.\d+\.(?:weight|bias)|classifier\.weight)$")

_SIDES = {"image_map": "image", "text_map": "text", "img": "image", "text": "text"}


def import_official(
    tensors: Mapping[str, Tensor],
    *,
    task_set: TaskSet,
    task: str,
    encoder: EncoderTag,
    version: str,
    created: datetime,
    source: str,
) -> HeadModel:
    """Turn the state of the authors' LightningModule into a model of one task.

    Args:
        tensors: name → tensor, as in the file.
        task_set, task: what the file was trained for; it says nothing of it itself.
        encoder: whose features it was trained on: CLIP ViT-L/14 in the official variant.
        version, created: of our model.
        source: the file's name, for the notes.

    Raises:
        CheckpointError: if tensors are missing, unexpected or of another shape, or do not fit
            the task or the encoder.
    """
    chosen = task_set.task(task)
    own = rename_tensors(tensors)
    config = _read_sizes(own)
    _check_fit(own, chosen, encoder)
    try:
        module = build_head(
            "memeclip", dims=encoder.dims, num_classes=len(chosen.labels), config=config
        )
        module.load_state_dict(dict(own))
    except (HeadError, RuntimeError) as error:
        raise CheckpointError(f"The tensors of {source} do not make up a MemeCLIP head.") from error
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
        CheckpointError: naming tensors that belong to no MemeCLIP, or that are missing.
    """
    own: dict[str, Tensor] = {}
    unknown = []
    for name, tensor in tensors.items():
        if name.startswith((*FROZEN, *UNUSED)):
            continue
        ours = _rename(name)
        if ours is None:
            unknown.append(name)
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
    } | {"classifier.weight"}
    missing = sorted(needed - set(own))
    if unknown or missing:
        faults = [f"unexpected: {', '.join(sorted(unknown)[:5])}"] if unknown else []
        faults += [f"missing: {', '.join(missing[:5])}"] if missing else []
        raise CheckpointError(
            f"This is no MemeCLIP checkpoint of the authors ({'; '.join(faults)}). It must hold "
            "image_map, text_map, img_adapter, text_adapter, pre_output and classifier."
        )
    return own


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
