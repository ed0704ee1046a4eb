"""Checks of a head's settings: all faults are told at once; and of the memory it needs."""

from __future__ import annotations

import torch
from torch import nn

from memeclip_core.errors import HeadError

MAX_WEIGHTS = 100_000_000
"""Without a GPU no head may have more weights in one layer: 2 GB while it is trained."""

TRAINING_BYTES = 20
"""What a weight takes while it is trained: itself, its gradient, AdamW's two moments, and its copy
of the best epoch, of four bytes each."""


def layer_size(what: str, weights: int) -> list[str]:
    """Return a fault if a layer would not fit into the memory of a machine without a GPU."""
    if weights <= MAX_WEIGHTS or torch.cuda.is_available():
        return []
    return [
        f"{what} needs a layer of {weights:,} weights, {_gigabytes(weights)} while it is trained; "
        f"at most {MAX_WEIGHTS:,} fit without a CUDA device; choose a smaller map_dim, or a "
        "machine with such a device"
    ]


def check_memory(module: nn.Module, device: str) -> None:
    """Raise HeadError if a head cannot be trained on a device, ``cpu`` or ``cuda``."""
    sizes = [parameter.numel() for parameter in module.parameters()]
    need = _gigabytes(sum(sizes))
    if device == "cpu" and max(sizes, default=0) > MAX_WEIGHTS:
        raise HeadError(
            f"The head takes {need} of memory while it is trained, and has a layer of "
            f"{max(sizes):,} weights: on a CPU at most {MAX_WEIGHTS:,} are trained. Choose a "
            "smaller map_dim, or the device cuda."
        )
    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(device)
        if sum(sizes) * TRAINING_BYTES > free:
            raise HeadError(
                f"The head takes {need} of memory while it is trained, and {device} has "
                f"{free / 1e9:.1f} GB free. Choose a smaller map_dim."
            )


def _gigabytes(weights: int) -> str:
    return f"{weights * TRAINING_BYTES / 1e9:.1f} GB"


def refuse(faults: list[str]) -> None:
    """Raise HeadError if there are any faults."""
    if faults:
        raise HeadError("The head cannot be built: " + "; ".join(faults) + ".")
