"""A sentence tower with random weights, as wide and as high as the real one and quick."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from torch import nn

from memeclip_core.encoders.compact.bert import BertTower, to_part
from memeclip_core.encoders.compact.sentence import WIDTH, Part
from memeclip_core.errors import EncoderError

WORDS = ("[UNK]", "[CLS]", "[SEP]", "cat", "dog", "sun", "moon", "red", "blue", "old", "new")


def small_tower(seed: int = 0) -> BertTower:
    """Return a tower that knows eight words; the seed chooses its weights."""
    from transformers.models.bert import BertConfig, BertModel

    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=WIDTH,
        num_hidden_layers=6,
        num_attention_heads=4,
        intermediate_size=32,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertModel(config, add_pooling_layer=False)
    return BertTower(model=model, tokenizer=tokenizer)


def read_weights(layers: nn.ModuleList) -> dict[str, np.ndarray]:
    """Return the weights of layers by name."""
    return {name: weight.numpy() for name, weight in layers.state_dict().items()}


def load_small_stack(weights: Mapping[str, np.ndarray]) -> Part:
    """Return the upper layers of a small tower with other weights."""
    layers = small_tower().upper_layers
    try:
        layers.load_state_dict({name: torch.from_numpy(own) for name, own in weights.items()})
    except RuntimeError as error:
        raise EncoderError(str(error)) from error
    return to_part(layers)
