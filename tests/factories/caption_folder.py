"""Tiny image-to-text models, made by the tests: random weights, a vocabulary of a few words."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    BlipConfig,
    BlipForConditionalGeneration,
    GPT2Config,
    PreTrainedTokenizerFast,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
)
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

START, END = 1, 2
WORDS = ("a", "cat", "dog", "on", "red", "picture")
_SIGNS = ["<pad>", "<start>", "<end>"]
_VISION = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "image_size": 16,
    "patch_size": 8,
}
_IDS = {"bos_token_id": START, "eos_token_id": END, "pad_token_id": 0}


def make_caption_folder(
    folder: Path, *, kind: str = "vision-encoder-decoder", seed: int = 0
) -> Path:
    """Write a captioner: ``vision-encoder-decoder`` or ``blip``."""
    torch.manual_seed(seed)
    model = _build_blip() if kind == "blip" else _build_pair()
    # Large weights, so that different images have different words.
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(std=0.6)
    # Asked for by the file, and not done: captions are always the likeliest words.
    model.generation_config.do_sample = True
    model.save_pretrained(folder)
    tokens = [*_SIGNS, *WORDS]
    words = Tokenizer(WordLevel({token: i for i, token in enumerate(tokens)}, unk_token="<pad>"))
    words.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", bos_token="<start>", eos_token="<end>"
    ).save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 16, "width": 16}).save_pretrained(folder)
    return folder


def _build_pair() -> Any:
    """A vision transformer that a small language model speaks for."""
    speech = GPT2Config(
        vocab_size=len(_SIGNS) + len(WORDS),
        n_positions=64,
        n_embd=16,
        n_layer=1,
        n_head=2,
        add_cross_attention=True,
        is_decoder=True,
        tie_word_embeddings=False,
        **_IDS,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(**_VISION), speech)
    config.decoder_start_token_id = START
    model = VisionEncoderDecoderModel(config)
    for name, value in (*_IDS.items(), ("decoder_start_token_id", START)):
        setattr(model.generation_config, name, value)
    return model


def _build_blip() -> Any:
    speech = {
        "vocab_size": len(_SIGNS) + len(WORDS),
        "hidden_size": 16,
        "encoder_hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 64,
        "sep_token_id": END,
        **_IDS,
    }
    return BlipForConditionalGeneration(BlipConfig(text_config=speech, vision_config=_VISION))
