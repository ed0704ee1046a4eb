"""Tiny models and features that several tests share."""

from datetime import UTC, datetime

import numpy as np

from memeclip_core.features import Features
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead
from memeclip_core.heads.registry import build_head, complete_config

FINGERPRINT = "0" * 64
CONFIG = complete_config("memeclip", {"map_dim": 8, "stand_ins": True})


def make_features(rows: int, *, seed: int = 0) -> Features:
    generator = np.random.default_rng(seed)
    return Features(
        ids=tuple(f"{i:064x}" for i in range(rows)),
        image=generator.normal(size=(rows, 4)).astype(np.float32),
        text=generator.normal(size=(rows, 6)).astype(np.float32),
        has_image=np.ones(rows, dtype=bool),
        has_text=np.ones(rows, dtype=bool),
        fingerprint=FINGERPRINT,
    )


def make_head(kind: str, labels: tuple[str, ...], *, seed: int = 0) -> TaskHead:
    module = build_head(
        "memeclip", image_dim=4, text_dim=6, num_classes=len(labels), config=CONFIG, seed=seed
    )
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
