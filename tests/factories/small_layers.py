"""Weights of three layers of BERT by chance."""

from __future__ import annotations

import numpy as np

INNER = 1536
WIDTH = 384


def random_layers(seed: int) -> dict[str, np.ndarray]:
    """Return weights under the names of the graph of upper layers."""
    rng, found = np.random.default_rng(seed), {}
    for layer in range(3):
        for name, shape in (
            *((f"attention.self.{part}", (WIDTH, WIDTH)) for part in ("query", "key", "value")),
            ("attention.output.dense", (WIDTH, WIDTH)),
            ("intermediate.dense", (INNER, WIDTH)),
            ("output.dense", (WIDTH, INNER)),
        ):
            values = rng.standard_normal(shape) * 0.05
            found[f"{layer}.{name}.weight"] = values.astype(np.float32)
            found[f"{layer}.{name}.bias"] = rng.standard_normal(shape[0]).astype(np.float32)
        for name in ("attention.output", "output"):
            found[f"{layer}.{name}.LayerNorm.weight"] = np.ones(WIDTH, np.float32)
            found[f"{layer}.{name}.LayerNorm.bias"] = np.zeros(WIDTH, np.float32)
    return found
