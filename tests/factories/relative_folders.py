"""Tiny models of CLIP's relatives, made by the tests: random weights, a tokenizer of letters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as t
from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil
from transformers.models.chinese_clip.image_processing_pil_chinese_clip import (
    ChineseCLIPImageProcessorPil,
)
from transformers.models.efficientnet.image_processing_pil_efficientnet import (
    EfficientNetImageProcessorPil,
)
from transformers.models.flava.image_processing_pil_flava import FlavaImageProcessorPil
from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

TOWER = {
    "hidden_size": 32,
    "intermediate_size": 37,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
}
TEXT = {**TOWER, "vocab_size": 60, "max_position_embeddings": 16, "pad_token_id": 0}
VISION = {**TOWER, "image_size": 32, "patch_size": 8}
SIZE = {"height": 32, "width": 32}


def _chinese() -> tuple[Any, Any]:
    config = t.ChineseCLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16)
    processor = ChineseCLIPImageProcessorPil(size=SIZE, crop_size=SIZE)
    return t.ChineseCLIPModel(config), processor


def _align() -> tuple[Any, Any]:
    vision = {
        "image_size": 32,
        "kernel_sizes": [3],
        "in_channels": [32],
        "out_channels": [16],
        "strides": [1],
        "num_block_repeats": [1],
        "expand_ratios": [1],
        "depthwise_padding": [],
        "hidden_dim": 16,
        "pooling_type": "mean",
    }
    config = t.AlignConfig(text_config=TEXT, vision_config=vision, projection_dim=32)
    return t.AlignModel(config), EfficientNetImageProcessorPil(size=SIZE)


def _flava() -> tuple[Any, Any]:
    config = t.FlavaConfig(
        text_config=TEXT,
        image_config=VISION,
        multimodal_config=TOWER,
        image_codebook_config={},
        projection_dim=16,
        hidden_size=32,
    )
    return t.FlavaModel(config), FlavaImageProcessorPil(size=SIZE, crop_size=SIZE)


def _siglip2() -> tuple[Any, Any]:
    vision = {**TOWER, "patch_size": 8, "num_patches": 16}
    text = {key: value for key, value in TEXT.items() if key != "pad_token_id"}
    config = t.Siglip2Config(text_config=text, vision_config=vision)
    return t.Siglip2Model(config), Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)


def _blip() -> tuple[Any, Any]:
    text = {**TEXT, "encoder_hidden_size": 32, "bos_token_id": 1, "sep_token_id": 2}
    config = t.BlipConfig(text_config=text, vision_config=VISION, projection_dim=16)
    return t.BlipModel(config), BlipImageProcessorPil(size=SIZE)


def _blip2() -> tuple[Any, Any]:
    qformer = {**TOWER, "vocab_size": 60, "encoder_hidden_size": 32}
    speech = {
        "model_type": "opt",
        "vocab_size": 60,
        "hidden_size": 32,
        "ffn_dim": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "max_position_embeddings": 16,
        "word_embed_proj_dim": 32,
    }
    config = t.Blip2Config(
        vision_config=VISION, qformer_config=qformer, text_config=speech, num_query_tokens=4
    )
    return t.Blip2Model(config), BlipImageProcessorPil(size=SIZE)


RELATIVES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "chinese-clip": _chinese,
    "align": _align,
    "flava": _flava,
    "siglip2": _siglip2,
    "blip": _blip,
}
"""Those with an image and a text vector in one space; ``blip-2`` has none."""


def make_relative_folder(folder: Path, kind: str, tokenizer: Any) -> Path:
    """Write a relative of CLIP: a key of ``RELATIVES``, or ``blip-2``."""
    torch.manual_seed(0)
    model, processor = {**RELATIVES, "blip-2": _blip2}[kind]()
    # Large weights, so that different images and texts have different vectors.
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(std=0.3)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
