"""A studio of tiny parts: the fake encoder and text reader, and a starter with random heads."""

import io
import threading
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image

from memeclip_core.app.build import join_studio
from memeclip_core.config import ROOT, Settings
from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder
from memeclip_core.encoders.features import FeatureDims, Features
from memeclip_core.heads.model import EncoderTag, HeadModel, TaskHead
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.inference.engines import Engines
from memeclip_core.memes.splits import is_held_out
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.models.replay import Replay
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.training.retrain import RetrainConfig

CONFIG = complete_config("memeclip", {"map_dim": 8, "stand_ins": True})
RETRAIN = RetrainConfig(epochs=2, batch_size=8, replay_rows=40)
ROWS = 50


class CountingEncoder(FakeEncoder):
    """Counts what it encodes."""

    def __init__(self):
        self.images = 0
        self.texts = 0

    def encode_images(self, images):
        self.images += len(images)
        return super().encode_images(images)

    def encode_texts(self, texts):
        self.texts += len(texts)
        return super().encode_texts(texts)


class BareEncoder:
    """The fake encoder without what only some heads need: sequences, linear maps, a text tower."""

    name = "bare"
    fingerprint = "b" * 64
    image_dim, text_dim, shared_dim = 4, 7, 3
    visual_projection = None

    def __init__(self):
        whole = FakeEncoder()
        self.encode_images, self.encode_texts = whole.encode_images, whole.encode_texts
        self.share_images, self.share_texts = whole.share_images, whole.share_texts
        self.encode_prompts = whole.encode_prompts


class CountingCaptioner(FakeCaptioner):
    """Counts what it describes."""

    def __init__(self):
        self.images = 0

    def write_captions(self, images):
        self.images += len(images)
        return super().write_captions(images)


class CountingOcr(FakeOcr):
    """Counts what it reads."""

    def __init__(self, text="", **what):
        super().__init__(text=text, **what)
        self.reads = 0

    def read(self, image):
        self.reads += 1
        return super().read(image)


class MeetingOcr(CountingOcr):
    """Reads nothing until as many readings as it waits for are under way at once."""

    def __init__(self, together, text="met"):
        super().__init__(text)
        self._barrier = threading.Barrier(together, timeout=20)

    def read(self, image):
        self._barrier.wait()
        return super().read(image)


def make_image(number=0, *, size=(32, 24)):
    """Return the bytes of a small PNG; other numbers are other colours."""
    colour = (number * 37 % 256, number * 91 % 256, number % 256)
    sink = io.BytesIO()
    Image.new("RGB", size, colour).save(sink, format="PNG")
    return sink.getvalue()


def make_starter(checkpoints, task_set="pridemm", *, reads="image+text", version=None, **tag):
    """Write a starter with random heads and a random replay; return its model."""
    tasks = read_named_task_set(task_set, ROOT / "assets")
    encoder = FakeEncoder()
    facts = {
        "name": encoder.name,
        "fingerprint": encoder.fingerprint,
        "image_dim": encoder.image_dim,
        "text_dim": encoder.text_dim,
    }
    version = version or f"{tasks.key}-fake"
    heads = {}
    for place, task in enumerate(tasks):
        module = build_head(
            "memeclip",
            dims=FeatureDims(image=encoder.image_dim, text=encoder.text_dim),
            num_classes=len(task.labels),
            config=CONFIG,
            seed=place,
        )
        heads[task.key] = TaskHead(
            kind=task.kind,
            labels=task.names,
            module=module.eval().requires_grad_(False),
            threshold=0.5 if task.kind == "multilabel" else None,
        )
    model = HeadModel(
        version=version,
        task_set=tasks.key,
        origin="starter",
        head="memeclip",
        config=CONFIG,
        encoder=EncoderTag(**{**facts, **tag}),
        reads=reads,
        created=datetime(2026, 1, 2, tzinfo=UTC),
        heads=heads,
        notes=("Random heads.",),
    )
    write_checkpoint(Path(checkpoints) / version, model, make_replay(tasks, reads))
    return model


def make_replay(tasks, reads="image+text"):
    encoder = FakeEncoder()
    generator = np.random.default_rng(0)
    has_image = np.full(ROWS, "image" in reads)
    labels = {}
    for task in tasks:
        count = len(task.labels)
        if task.kind == "multiclass":
            labels[task.key] = generator.integers(-1 if task.applies else 0, count, size=ROWS)
        else:
            labels[task.key] = generator.integers(0, 2, size=(ROWS, count))
    return Replay(
        features=Features(
            ids=tuple(f"{i + 1:064x}" for i in range(ROWS)),
            image=generator.random((ROWS, encoder.image_dim), np.float32) * has_image[:, None],
            text=generator.random((ROWS, encoder.text_dim), np.float32),
            has_image=has_image,
            has_text=np.ones(ROWS, bool),
            fingerprint=encoder.fingerprint,
        ),
        labels=labels,
        split=np.array([0] * 40 + [1] * 10, np.uint8),
    )


def make_studio(
    root, *, starter=True, reads="image+text", encoder=None, ocr=None, retrain=RETRAIN, **settings
):
    """Build a studio whose home and checkpoints lie under ``root``."""
    root = Path(root)
    checkpoints = root / "checkpoints"
    tasks = settings.setdefault("tasks", ("pridemm",))
    if starter and not checkpoints.exists():
        for key in tasks:
            make_starter(checkpoints, key, reads=reads)
    engines = Engines(
        encoder_name="fake",
        make_encoder=lambda: encoder or FakeEncoder(),
        make_ocr=lambda: ocr or CountingOcr("words on it"),
        at_once=settings.get("threads") or 1,
    )
    chosen = Settings(home=root / "home", checkpoints=checkpoints, encoder="fake", **settings)
    return join_studio(chosen, engines, retrain)


HATE = {
    "hate": ("Hate",),
    "target": ("Community",),
    "stance": ("Oppose",),
    "humour": ("Humour",),
}
NO_HATE = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}


def correct_some(studio, numbers, labels=None, *, who=None, task_set="pridemm"):
    """Predict and correct one meme per number; return the receipts."""
    receipts = []
    for number in numbers:
        data = make_image(number)
        prediction = studio.predict(data, f"{number}.png", task_set=task_set, text=f"text {number}")
        chosen = labels or (HATE if number % 2 else NO_HATE)
        receipts.append(
            studio.correct(
                who or studio.owner(), prediction=prediction, data=data, labels=chosen, note=""
            )
        )
    return receipts


def pick(held_out, count):
    """Return numbers whose images fall on one side of the split."""
    numbers = (n for n in range(1000) if is_held_out(sha256(make_image(n)).hexdigest()) is held_out)
    return [next(numbers) for _ in range(count)]
