"""Checkpoint folders: ``manifest.json``, ``head.safetensors``, and what the model was taught.

That is a replay file for starters, and for retrained models a record of the corrected memes.

A folder appears under its name only when it is whole. No pickle, no encoder weights.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save

from memeclip_core.errors import CheckpointError
from memeclip_core.heads.manifest import from_manifest, to_manifest, to_tensor_dict
from memeclip_core.heads.model import HeadModel
from memeclip_core.models.learnt import Learnt, decode_learnt, encode_learnt
from memeclip_core.models.replay import Replay, decode_replay, encode_replay
from memeclip_core.storage.files import (
    atomic_write,
    load_json,
    make_folder,
    store_error,
    sync_folder,
    temporary,
)

MANIFEST, HEAD, REPLAY = "manifest.json", "head.safetensors", "replay.safetensors"
LEARNT = "learnt.safetensors"


def write_checkpoint(
    folder: Path, model: HeadModel, replay: Replay | None = None, learnt: Learnt | None = None
) -> None:
    """Write a model as a new folder, in one step as seen from outside.

    Args:
        folder: must not exist yet; its name is the model's version.
        model: the heads.
        replay: the rows that a starter was trained on; a retrained model names its starter's.
        learnt: what a model has met beyond its replay.

    Raises:
        CheckpointError: if the folder exists, or has another name than the version.
        StoreError: if it cannot be written.
    """
    if folder.name != model.version:
        raise CheckpointError(f"The folder {folder} is not named like its model '{model.version}'.")
    if folder.exists():
        raise CheckpointError(f"{folder} exists. Delete it first, or choose another version.")
    files = {HEAD: save(to_tensor_dict(model))}
    if replay is not None:
        files[REPLAY] = encode_replay(replay)
    if learnt is not None:
        files[LEARNT] = encode_learnt(learnt)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {**to_manifest(model), "files": sums}
    sums[MANIFEST] = _sign(manifest)
    files[MANIFEST] = _encode(manifest)
    make_folder(folder.parent)
    temp = make_folder(temporary(folder))
    try:
        for name, data in files.items():
            atomic_write(temp / name, data)
        os.rename(temp, folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise store_error("written", folder, error) from None
    finally:
        shutil.rmtree(temp, ignore_errors=True)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a checkpoint's manifest without its tensors.

    Raises:
        CheckpointError: if it is missing or is no JSON object.
    """
    try:
        manifest = load_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise CheckpointError(
            f"The model '{folder.name}' has no readable {MANIFEST}: {error.strerror}."
        ) from None
    except ValueError as error:
        raise CheckpointError(f"The {MANIFEST} of '{folder.name}' is damaged: {error}.") from None
    if not isinstance(manifest, dict):
        raise CheckpointError(f"The {MANIFEST} of '{folder.name}' is no JSON object.")
    return manifest


def find_checkpoints(path: Path) -> tuple[Path, ...]:
    """Return the checkpoint folder itself, or the checkpoint folders inside, by name.

    Raises:
        CheckpointError: if there is none.
    """
    if (path / MANIFEST).is_file():
        return (path,)
    found = sorted(p.parent for p in path.glob(f"[!.]*/{MANIFEST}"))
    if not found:
        raise CheckpointError(
            f"{path} is no checkpoint folder, and none lies inside: there is no {MANIFEST}."
        )
    return tuple(found)


def read_checkpoint(folder: Path) -> HeadModel:
    """Read a model, its heads in eval mode; bit-equal to what was written.

    Raises:
        CheckpointError: if anything is missing, damaged, or does not fit together.
    """
    manifest = read_manifest(folder)
    data = _read(folder, HEAD, manifest)
    # Those of earlier releases have no sum of their own.
    if manifest["files"].get(MANIFEST, _sign(manifest)) != _sign(manifest):
        raise CheckpointError(
            f"The {MANIFEST} of '{folder.name}' was edited or damaged: its SHA-256 is not the one "
            "that was written with it. Restore the folder, or use another model."
        )
    try:
        tensors = load(data)
    except (SafetensorError, ValueError) as error:
        raise CheckpointError(f"The {HEAD} of '{folder.name}' is damaged: {error}.") from None
    model = from_manifest(manifest, tensors)
    if model.version != folder.name:
        raise CheckpointError(
            f"The folder '{folder.name}' holds the model '{model.version}'. Rename the folder."
        )
    return model


def read_replay(folder: Path) -> Replay:
    """Read a checkpoint's replay file.

    Raises:
        CheckpointError: if there is none, or it is damaged.
    """
    manifest = read_manifest(folder)
    files = manifest.get("files")
    if isinstance(files, dict) and REPLAY not in files:
        raise CheckpointError(
            f"The model '{folder.name}' keeps no rows of its training, so corrections cannot be "
            "taught to it. Train it again with a --replay-mb above 0, or teach another model."
        )
    encoder = manifest.get("encoder", {})
    return decode_replay(
        _read(folder, REPLAY, manifest),
        image_dim=int(encoder.get("image_dim", 0)),
        text_dim=int(encoder.get("text_dim", 0)),
        fingerprint=str(encoder.get("fingerprint", "")),
        image_token_dim=int(encoder.get("image_token_dim", 0)),
        text_token_dim=int(encoder.get("text_token_dim", 0)),
        captioner=str(encoder.get("captioner_fingerprint", "")),
    )


def read_learnt(folder: Path) -> Learnt:
    """Read what a model has met beyond its replay; nothing for most starters.

    Models of the time before this was a file of its own have digests in their manifest alone.

    Raises:
        CheckpointError: if it is damaged.
    """
    manifest = read_manifest(folder)
    if LEARNT in manifest.get("files", {}):
        return decode_learnt(_read(folder, LEARNT, manifest))
    return Learnt(digests=frozenset(manifest.get("data", {}).get("seen", ())))


def delete_checkpoint(folder: Path) -> None:
    """Delete a folder, in one step as seen from outside.

    Raises:
        StoreError: if it cannot be deleted.
    """
    grave = temporary(folder)
    try:
        os.rename(folder, grave)
    except OSError as error:
        raise store_error("deleted", folder, error) from None
    shutil.rmtree(grave, ignore_errors=True)


def _encode(manifest: dict[str, Any]) -> bytes:
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    return (text + "\n").encode()


def _sign(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest without what it says of itself."""
    sums = {name: found for name, found in manifest["files"].items() if name != MANIFEST}
    return hashlib.sha256(_encode({**manifest, "files": sums})).hexdigest()


def _read(folder: Path, name: str, manifest: dict[str, Any]) -> bytes:
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"The model '{folder.name}' has no readable {name}: {error.strerror}."
        ) from None
    sums = manifest.get("files")
    if not isinstance(sums, dict) or sums.get(name) != hashlib.sha256(data).hexdigest():
        raise CheckpointError(
            f"The {name} of '{folder.name}' is not the file that was written: its SHA-256 is not "
            f"the one in {MANIFEST}. Restore the folder, or use another model."
        )
    return data
