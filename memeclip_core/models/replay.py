"""The replay file of a checkpoint: features, labels and split of the rows it was trained on.

Half-precision features, ids, and what equal and nearly equal texts are recognised by; no text, no
image, but for heads that put words into a text tower the ids of the texts' words, from which the
texts can be read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from memeclip_core.encoders.features import SEQUENCES, Features, Tokens, pad_ids, pad_tokens
from memeclip_core.errors import CheckpointError
from memeclip_core.memes.splits import GroupKeys, pack_ids, unpack_ids

TRAIN, VAL = 0, 1
_UNLABELLED = {"int64": -1, "uint8": 255}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replay:
    """N rows with their labels.

    Attributes:
        features: N rows.
        labels: by task: int64 (N,) class ids, or int64 (N, C) of 0 and 1; -1 where a row has no
            label for the task.
        split: uint8 (N,): ``TRAIN`` or ``VAL``.
        keys: what the rows are recognised by; ``None`` in files of the time before it was kept.
    """

    features: Features
    labels: dict[str, np.ndarray]
    split: np.ndarray
    keys: GroupKeys | None = None

    def rows(self, split: int) -> np.ndarray:
        """Return the places of one split's rows."""
        return np.flatnonzero(self.split == split)


def encode_replay(replay: Replay) -> bytes:
    """Return a replay as safetensors; a modality that no row has is left out."""
    features = replay.features
    arrays = {
        "ids": pack_ids(features.ids),
        "has_image": features.has_image.astype(np.uint8),
        "has_text": features.has_text.astype(np.uint8),
        "split": replay.split.astype(np.uint8),
    }
    if features.has_image.any():
        arrays["image"] = features.image.astype(np.float16)
    if features.has_text.any():
        arrays["text"] = features.text.astype(np.float16)
    for name in SEQUENCES:
        tokens: Tokens | None = getattr(features, name)
        if tokens is not None:
            # Rows have their vectors in front: without padding, their lengths tell them apart.
            arrays[name] = tokens.values[tokens.mask]
            arrays[f"{name}.lengths"] = tokens.mask.sum(axis=1).astype(np.int32)
    if replay.keys is not None:
        arrays |= {"text_hash": replay.keys.texts, "sketch": replay.keys.sketches}
    for task, labels in replay.labels.items():
        if labels.ndim == 1:
            arrays[f"labels.{task}"] = labels.astype(np.int64)
        else:
            arrays[f"labels.{task}"] = np.where(labels < 0, 255, labels).astype(np.uint8)
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def decode_replay(
    data: bytes,
    *,
    image_dim: int,
    text_dim: int,
    fingerprint: str,
    image_token_dim: int = 0,
    text_token_dim: int = 0,
    captioner: str = "",
) -> Replay:
    """Rebuild a replay for an encoder of these dimensions, and for a captioner's fingerprint.

    Raises:
        CheckpointError: if the bytes are damaged, or of other dimensions.
    """
    try:
        arrays = load(data)
        n = len(arrays["split"])
        features = Features(
            ids=unpack_ids(arrays["ids"]),
            image=_matrix(arrays.get("image"), n, image_dim),
            text=_matrix(arrays.get("text"), n, text_dim),
            has_image=arrays["has_image"].astype(np.bool_),
            has_text=arrays["has_text"].astype(np.bool_),
            fingerprint=fingerprint,
            image_tokens=_tokens(arrays, "image_tokens", n, image_token_dim),
            text_tokens=_tokens(arrays, "text_tokens", n, text_token_dim),
            word_ids=_tokens(arrays, "word_ids", n, None),
            captioner=captioner,
        )
        labels = {
            name.removeprefix("labels."): _labels(array)
            for name, array in arrays.items()
            if name.startswith("labels.")
        }
        keys = None
        if "sketch" in arrays:
            keys = GroupKeys(ids=features.ids, texts=arrays["text_hash"], sketches=arrays["sketch"])
        return Replay(features=features, labels=labels, split=arrays["split"], keys=keys)
    except (KeyError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"The replay file is damaged ({error}). Restore it.") from None


def _matrix(array: np.ndarray | None, rows: int, width: int) -> np.ndarray:
    if array is None:
        return np.zeros((rows, width), np.float32)
    if array.shape != (rows, width):
        raise ValueError(f"features of the shape {array.shape} instead of {(rows, width)}")
    return array.astype(np.float32)


def _tokens(arrays: dict[str, np.ndarray], name: str, rows: int, dim: int | None) -> Tokens | None:
    """Return sequences of vectors of a width, or of ids where the width is ``None``."""
    if name not in arrays:
        return None
    values, lengths = arrays[name], arrays[f"{name}.lengths"]
    width = () if dim is None else (dim,)
    if values.shape[1:] != width or len(lengths) != rows or lengths.sum() != len(values):
        raise ValueError(f"{name} of the shape {values.shape} for {len(lengths)} rows")
    parts = np.split(values, np.cumsum(lengths)[:-1]) if rows else []
    return pad_ids(parts) if dim is None else pad_tokens(parts, dim)


def _labels(array: np.ndarray) -> np.ndarray:
    missing = _UNLABELLED[str(array.dtype)]
    wide = array.astype(np.int64)
    return np.where(wide == missing, -1, wide)
