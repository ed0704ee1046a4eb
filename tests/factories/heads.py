"""Tiny models and features that several tests share."""

from datetime import UTC, datetime

import numpy as np
import torch

from memeclip_core.encoders.features import VECTORS, FeatureDims, Features, Needs, Tokens
from memeclip_core.heads.batch import Batch, to_batch
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead
from memeclip_core.heads.published.issues import IssuesHead
from memeclip_core.heads.registry import HEADS, build_head, complete_config
from memeclip_core.models.replay import TRAIN, VAL, Replay

FINGERPRINT = "0" * 64
CONFIG = complete_config("memeclip", {"map_dim": 8, "stand_ins": True})
DIMS = FeatureDims(image=4, text=6, image_tokens=3, text_tokens=5, shared=2, words=3)
TAG = EncoderTag(
    name="fake",
    fingerprint=FINGERPRINT,
    image_dim=4,
    text_dim=6,
    image_token_dim=3,
    text_token_dim=5,
    shared_dim=2,
    word_dim=3,
)
EVERYTHING = Needs(tokens=True, words=True)
"""All that ``make_features`` can make beyond the vectors."""


class ToyTower:
    """A text tower whose prompts are the mean of the made word and of four known ones, bent."""

    word_dim = 3
    table = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, -1.0, 0.0]])
    projection = torch.tensor([[1.0, -1.0], [0.5, 2.0], [-2.0, 0.3]])

    def read_prompts(self, made, ids, mask):
        seen = mask[:, :, None].to(made.dtype)
        words = self.table[torch.where(mask, ids, 0).long()] * seen
        mean = (made + words.sum(dim=1)) / (1 + seen.sum(dim=1))
        return torch.tanh(mean @ self.projection)


def equip(head):
    """Give a head that needs one the toy tower."""
    if isinstance(head, IssuesHead):
        head.set_tower(ToyTower())
    return head


def small_settings(name: str) -> dict[str, object]:
    """Return settings that make a registered head tiny."""
    small = {"map_dim": 8, "attention_heads": 2, "experts": 3, "expert_dim": 8}
    if name == "issues-harmeme":
        small["map_dim"] = 16  # its three layers learn too little by fewer
    small |= {"inversion_dim": 8, "inversion_dropout": 0.1, "combiner_dropout": 0.1}
    return {k: v for k, v in small.items() if hasattr(HEADS[name].config, k)}


def make_features(rows: int, *, seed: int = 0, needs: Needs = VECTORS) -> Features:
    generator = np.random.default_rng(seed)
    features = Features(
        ids=tuple(f"{i:064x}" for i in range(rows)),
        image=generator.normal(size=(rows, 4)).astype(np.float32),
        text=generator.normal(size=(rows, 6)).astype(np.float32),
        has_image=np.ones(rows, dtype=bool),
        has_text=np.ones(rows, dtype=bool),
        fingerprint=FINGERPRINT,
        image_tokens=make_tokens(generator, rows, 4, 3) if needs.tokens else None,
        text_tokens=make_tokens(generator, rows, 7, 5) if needs.tokens else None,
        word_ids=make_ids(generator, rows, 6, 4) if needs.words else None,
    )
    return features


def make_tokens(generator: np.random.Generator, rows: int, length: int, dim: int) -> Tokens:
    mask = np.arange(length) < generator.integers(1, length + 1, rows)[:, None]
    values = generator.normal(size=(rows, length, dim)) * mask[:, :, None]
    return Tokens(values=values.astype(np.float16), mask=mask)


def make_ids(generator: np.random.Generator, rows: int, length: int, known: int) -> Tokens:
    mask = np.arange(length) < generator.integers(1, length + 1, rows)[:, None]
    values = generator.integers(0, known, (rows, length)) * mask
    return Tokens(values=values.astype(np.int32), mask=mask)


def make_batch(rows: int, *, seed: int = 0) -> Batch:
    return to_batch(make_features(rows, seed=seed, needs=EVERYTHING))


def one_row(image: list[float], text: list[float]) -> Batch:
    yes = torch.tensor([True])
    return Batch(
        image=torch.tensor([image]), text=torch.tensor([text]), has_image=yes, has_text=yes
    )


def make_head(kind: str, labels: tuple[str, ...], *, seed: int = 0) -> TaskHead:
    module = build_head("memeclip", dims=DIMS, num_classes=len(labels), config=CONFIG, seed=seed)
    return TaskHead(
        kind=kind,
        labels=labels,
        module=module.eval().requires_grad_(False),
        threshold=0.4 if kind == "multilabel" else None,
    )


def make_model() -> HeadModel:
    return HeadModel(
        version="toy",
        task_set="toys",
        origin="starter",
        head="memeclip",
        config=CONFIG,
        encoder=EncoderTag(name="fake", fingerprint=FINGERPRINT, image_dim=4, text_dim=6),
        reads="image+text",
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        heads={
            "colour": make_head("multiclass", ("red", "green", "blue"), seed=1),
            "tags": make_head("multilabel", ("a", "b"), seed=2),
        },
    )


def make_small_replay(*, images=True):
    """Return three rows; the second has no image, nor has any without ``images``."""
    generator = np.random.default_rng(0)
    has_image = np.array([images, False, images])
    image = generator.normal(size=(3, 4)).astype(np.float16).astype(np.float32)
    return Replay(
        features=Features(
            ids=("0" * 64, "f" * 64, "ab" * 32),
            image=image * has_image[:, None],
            text=generator.normal(size=(3, 2)).astype(np.float16).astype(np.float32),
            has_image=has_image,
            has_text=np.array([True, True, True]),
            fingerprint="f",
        ),
        labels={
            "one": np.array([2, -1, 0]),
            "many": np.array([[1, 0], [-1, -1], [0, 0]]),
        },
        split=np.array([TRAIN, VAL, TRAIN], np.uint8),
    )
