"""The authors' Lightning checkpoints: tensors only; nothing in the file is ever executed."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from memeclip_core.errors import CheckpointError
from memeclip_core.storage.files import store_error


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
