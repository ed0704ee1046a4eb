"""What tells one CLIP model's weights from another's, and its tensors as arrays."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import torch
from torch import Tensor

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


def to_numpy(tensor: Tensor) -> np.ndarray:
    """Return a tensor of any device and precision as a float32 array."""
    array: np.ndarray = tensor.detach().float().cpu().numpy()
    return array


def first_line(error: Exception) -> str:
    """Return the first line of what a library says, as a sentence."""
    lines = str(error).strip().splitlines()
    line = lines[0].strip() if lines else type(error).__name__
    return line if line.endswith(".") else f"{line}."
