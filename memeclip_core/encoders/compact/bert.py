"""The sentence tower in torch, whose upper layers can be taught."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from memeclip_core.encoders.compact.sentence import (
    BASE,
    Part,
    SentenceTower,
    load_tokenizer,
    unreadable,
)
from memeclip_core.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class BertTower(SentenceTower):
    """A ``SentenceTower`` on a BertModel of transformers.

    Attributes:
        upper_layers: the layers above ``BASE``, which taught ones start from.
    """

    def __init__(self, *, model: nn.Module, tokenizer: Tokenizer) -> None:
        bert: Any = model.eval().requires_grad_(False)
        self.upper_layers: nn.ModuleList = bert.encoder.layer[BASE:]

        @torch.inference_mode()
        def read_below(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
            states = bert.embeddings(input_ids=torch.from_numpy(ids))
            return run_layers(bert.encoder.layer[:BASE], states, torch.from_numpy(mask)).numpy()

        super().__init__(below=read_below, above=to_part(self.upper_layers), tokenizer=tokenizer)


def run_layers(layers: nn.ModuleList, states: Tensor, mask: Tensor) -> Tensor:
    """Return what layers make of states (B, S, WIDTH); the mask (B, S) is 1 where words are."""
    seen = mask.bool()[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
    for layer in layers:
        states = layer(states, attention_mask=seen)
    return states


def to_part(layers: nn.ModuleList) -> Part:
    """Return layers as a part of a tower."""

    @torch.inference_mode()
    def run(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return run_layers(layers, torch.from_numpy(states), torch.from_numpy(mask)).numpy()

    return run


def load_bert_tower(folder: Path) -> BertTower:
    """Load the tower from a folder as sentence-transformers writes it.

    Raises:
        EncoderError: if its files cannot be used.
    """
    # Only BERT: the Auto classes and sentence-transformers take seconds more.
    from safetensors.torch import load_file
    from transformers.models.bert import BertConfig, BertModel

    tokenizer = load_tokenizer(folder)
    try:
        config = BertConfig(**json.loads((folder / "config.json").read_text("utf-8")))
        weights = load_file(folder / "model.safetensors")
    except Exception as error:
        raise unreadable(folder, error) from error
    model = BertModel(config, add_pooling_layer=False)
    missing = model.load_state_dict(weights, strict=False).missing_keys
    if missing:
        raise EncoderError(f"The sentence model in {folder} lacks {', '.join(missing[:3])}, …")
    return BertTower(model=model, tokenizer=tokenizer)
