"""What tells one model's weights from another's, whether all are there, and tensors as arrays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from memeclip_core.errors import EncoderError

UNUSED = ("logit_scale", "logit_bias", "multimodal_model.", "image_to_mm_", "text_to_mm_", "itm_")
"""Weights of CLIP and its relatives that no vector of a picture or of a text depends on."""

SAMPLES = 4096
"""How many numbers of each tensor go into the fingerprint."""


def compute_fingerprint(model: torch.nn.Module, *facts: str) -> str:
    """Return SHA-256 over facts, such as the preprocessing, and evenly spread numbers of weights.

    The same weights have the same fingerprint, whether they came from the hub or from a folder.
    """
    digest = hashlib.sha256(json.dumps(facts).encode())
    for key, tensor in sorted(model.state_dict().items()):
        flat = tensor.detach().flatten()
        some = flat[:: max(1, flat.numel() // SAMPLES)].cpu().contiguous()
        digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(some.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def check_weights(spec: str, model: nn.Module, loading: Mapping[str, Any]) -> None:
    """Refuse a model some of whose weights are not its file's but random, or no finite numbers.

    Args:
        spec: hub id or folder, for the message.
        model: as loaded, with ``ignore_mismatched_sizes``, so that those are named here.
        loading: what ``from_pretrained(..., output_loading_info=True)`` tells beside the model.

    Raises:
        EncoderError: naming weights that are missing, of another shape or not finite.
    """
    shapes = [
        entry[0] if isinstance(entry, tuple) else entry for entry in loading["mismatched_keys"]
    ]
    lost = sorted(
        name for name in {*loading["missing_keys"], *shapes} if not name.startswith(UNUSED)
    )
    if lost:
        raise EncoderError(
            f"'{spec}' lacks {len(lost)} of the weights that its kind of model has, such as "
            f"{', '.join(lost[:3])}: it was saved from another kind of model, or in part. Random "
            "numbers would stand in for them. Use a folder or hub id that holds the whole model."
        )
    broken = [
        name
        for name, weight in model.named_parameters()
        if not name.startswith(UNUSED) and not bool(weight.isfinite().all())
    ]
    if broken:
        raise EncoderError(
            f"'{spec}' holds values that are no finite numbers, in {', '.join(broken[:3])}. Its "
            "training went wrong, or the file is damaged."
        )


def take_projection(model: Any, *names: str) -> nn.Linear | None:
    """Take a linear projection out of a model, which goes on without it; ``None`` if it has none.

    Args:
        model: changed in place.
        names: what the projection may be called.
    """
    for name in names:
        projection = getattr(model, name, None)
        if isinstance(projection, nn.Linear):
            setattr(model, name, nn.Identity())
            return projection
    return None


def to_numpy(tensor: Tensor) -> np.ndarray:
    """Return a tensor of any device and precision as a float32 array."""
    array: np.ndarray = tensor.detach().float().cpu().numpy()
    return array


def first_line(error: Exception) -> str:
    """Return the first line of what a library says, as a sentence."""
    lines = str(error).strip().splitlines()
    line = lines[0].strip() if lines else type(error).__name__
    return line if line.endswith(".") else f"{line}."
