"""A checkpoint as the authors' code leaves it, and the network that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import linear, normalize, relu


def make_official(
    *, image: int = 4, text: int = 7, width: int = 8, classes: int = 2, layers: int = 1
) -> dict[str, Tensor]:
    """Return random tensors under the names of the authors' LightningModule."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    state = {
        "clip_model.positional_embedding": draw(3, 5),
        "clip_model.visual.class_embedding": draw(5),
        "clip_model.logit_scale": draw(1)[0],
        "text_encoder.text_projection": draw(5, 5),
        "text_encoder.transformer.resblocks.0.ln_1.weight": draw(5),
        "classifier.weight": draw(classes, width),
        "pre_output.1.weight": draw(width, width),
        "pre_output.1.bias": draw(width),
    }
    for side, dim in (("image", image), ("text", text)):
        for layer in range(layers):
            place = 3 * layer
            state[f"{side}_map.proj.{place}.weight"] = draw(width, dim if layer == 0 else width)
            state[f"{side}_map.proj.{place}.bias"] = draw(width)
    for side in ("img", "text"):
        state[f"{side}_adapter.fc.0.weight"] = draw(width // 4, width)
        state[f"{side}_adapter.fc.2.weight"] = draw(width, width // 4)
    return state


def score_official(state: Mapping[str, Tensor], image: Tensor, text: Tensor) -> Tensor:
    """Return the logits (B, C) by the equations of the paper, for one projection layer."""
    vectors = []
    for side, adapter, features in (("image", "img", image), ("text", "text", text)):
        mapped = linear(
            features, state[f"{side}_map.proj.0.weight"], state[f"{side}_map.proj.0.bias"]
        )
        adapted = relu(
            linear(
                relu(linear(mapped, state[f"{adapter}_adapter.fc.0.weight"])),
                state[f"{adapter}_adapter.fc.2.weight"],
            )
        )
        vectors.append(normalize(0.2 * adapted + 0.8 * mapped, dim=-1))
    fused = vectors[0] * vectors[1]
    hidden = relu(linear(fused, state["pre_output.1.weight"], state["pre_output.1.bias"]))
    return 30 * normalize(hidden, dim=-1) @ normalize(state["classifier.weight"], dim=-1).T
