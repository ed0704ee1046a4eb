"""A whole studio that is ready in a moment: real parts around the hand-computable encoder."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image

from memeclip_core.app.build import join_studio
from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder
from memeclip_core.encoders.features import Features
from memeclip_core.heads.model import EncoderTag
from memeclip_core.inference.engines import Engines
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.models.replay import TRAIN, VAL, Replay
from memeclip_core.models.selection import judge_task
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import TaskSet
from memeclip_core.training.config import FitConfig
from memeclip_core.training.retrain import RetrainConfig
from memeclip_core.training.rows import LabelledRows
from memeclip_core.training.train import Recipe, train_model

WORDS = [
    "when",
    "the",
    "cat",
    "sits",
    "on",
    "a",
    "warm",
    "keyboard",
    "and",
    "no",
    "email",
    "can",
    "ever",
    "be",
    "sent",
    "again",
]
READ = "a cat\non a keyboard"
"""What the fake text reader finds on every image."""

STARTER = "{}-fake"
ROWS, VAL_ROWS = 48, 16


def build_tiny_studio(settings: Settings) -> Studio:
    """Return a studio around the fake encoder, the fake text reader and the fake captioner."""
    engines = Engines(
        encoder_name="fake",
        make_encoder=FakeEncoder,
        make_ocr=lambda: FakeOcr(text=READ),
        make_captioner=FakeCaptioner,
    )
    return join_studio(settings, engines, RetrainConfig(epochs=1, replay_rows=ROWS))


def write_starters(checkpoints: Path) -> Path:
    """Write a tiny starter for each task set that ships, and return the folder."""
    settings = Settings()
    for name in settings.tasks:
        write_starter(checkpoints, read_named_task_set(name, settings.assets))
    return checkpoints


def write_starter(checkpoints: Path, tasks: TaskSet) -> None:
    """Train tiny heads on made-up rows and write them with their replay file."""
    encoder = FakeEncoder()
    rows = make_rows(tasks, encoder, ROWS)
    split = np.array([VAL if i < VAL_ROWS else TRAIN for i in range(ROWS)], dtype=np.uint8)
    model = train_model(
        tasks,
        rows.take(np.flatnonzero(split == TRAIN)),
        rows.take(np.flatnonzero(split == VAL)),
        recipe=Recipe(config={"map_dim": 8, "stand_ins": True}, fit=FitConfig(epochs=1)),
        encoder=EncoderTag(
            name="fake",
            fingerprint=encoder.fingerprint,
            image_dim=encoder.image_dim,
            text_dim=encoder.text_dim,
        ),
        prompts={task.key: encoder.encode_prompts(task.prompts) for task in tasks},
        judge=judge_task,
        version=STARTER.format(tasks.key),
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )
    replay = Replay(features=rows.features, labels=rows.labels, split=split)
    write_checkpoint(checkpoints / model.version, model, replay)


def make_rows(tasks: TaskSet, encoder: FakeEncoder, count: int) -> LabelledRows:
    """Return rows of harmless texts and plain colours whose labels go round."""
    texts = [" ".join(WORDS[i % 7 : i % 7 + 3 + i % 5]) for i in range(count)]
    pictures = [Image.new("RGB", (2, 2), (5 * i % 256, 90, 250 - 4 * i)) for i in range(count)]
    labels = {}
    for task in tasks:
        ids = np.arange(count) % len(task.labels)
        one_hot = (ids[:, None] == np.arange(len(task.labels))).astype(np.int64)
        labels[task.key] = ids.astype(np.int64) if task.kind == "multiclass" else one_hot
    return LabelledRows(
        features=Features(
            ids=tuple(hashlib.sha256(f"row {i}".encode()).hexdigest() for i in range(count)),
            image=encoder.encode_images(pictures),
            text=encoder.encode_texts(texts),
            has_image=np.ones(count, dtype=np.bool_),
            has_text=np.ones(count, dtype=np.bool_),
            fingerprint=encoder.fingerprint,
        ),
        labels=labels,
    )


def draw_png(
    color: tuple[int, int, int] = (200, 40, 90), size: tuple[int, int] = (16, 12)
) -> bytes:
    """Return a one-coloured PNG; another colour is another meme."""
    sink = io.BytesIO()
    Image.new("RGB", size, color).save(sink, "PNG")
    return sink.getvalue()


def read_log(studio: Studio) -> list[dict[str, str]]:
    """Return the rows of a studio's log of decisions."""
    path = studio.settings.home / "corrections.csv"
    if not path.exists():
        return []
    with io.StringIO(path.read_text(encoding="utf-8"), newline="") as file:
        return list(csv.DictReader(file))
