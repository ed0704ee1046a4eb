"""From a meme to a prediction: features, heads or prompts, conditions, and notes.

Invariants: the frozen encoder takes one call at a time, under the engines' ``encoding``; heads run
beside each other. All methods may be called from any thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from memeclip_core.encoders.base import Encoder, WordCounter
from memeclip_core.encoders.features import Features
from memeclip_core.errors import MemeclipError, UnsupportedError, log_unexpected
from memeclip_core.heads.model import TaskScores, join_scores, predict_scores
from memeclip_core.heads.published.zero_shot import join_modalities, score_prompts
from memeclip_core.inference.doubts import find_doubts
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.loaded_model import LoadedModel
from memeclip_core.memory import Memory
from memeclip_core.process import give_freed_memory_back
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.tasks import Task, TaskSet

PLAIN = "meme"
"""Put into a task's template, this is the sentence that says nothing about a class."""

_log = logging.getLogger("memeclip")

FindModel = Callable[[], LoadedModel]


class Predictor:
    """Predict memes with models that are handed in; loads the encoder when it is first needed."""

    def __init__(self, *, engines: Engines, encoder: MemeEncoder) -> None:
        self._engines = engines
        self._encoder = encoder
        self._prompts: Memory[tuple[str, tuple[str, ...]], np.ndarray] = Memory(64)
        self._warming: threading.Thread | None = None

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint, or "" before it is loaded."""
        return self._engines.fingerprint

    @property
    def warm(self) -> bool:
        """Whether encoder and text reader are loaded, and no warming up is under way."""
        warming = self._warming is not None and self._warming.is_alive()
        return self._engines.ready and not warming

    def warm_up(self, find: Sequence[FindModel]) -> None:
        """Load everything in the background; a failure comes up again at the first prediction.

        Encoders and readers load their parts when they are first used, so each that a model reads
        is used once.
        """

        def load() -> None:
            try:
                encoder, picture = self._engines.encoder(), _draw_word()
                models = [find_one() for find_one in find]
                reads = {modality for model in models for modality in model.reads.split("+")}
                if "text" in reads:
                    encoder.encode_texts(["a word"])
                if "image" in reads:
                    encoder.encode_images([picture])
                with self._engines.reading:
                    self._engines.ocr().read(picture)
                if any(model.needs.captions for model in models):
                    self._engines.captioner()
                give_freed_memory_back()
            except MemeclipError as error:
                _log.warning("warming up stopped: %s", error)
            except Exception as error:
                log_unexpected(_log, error, "warming up failed")

        self._warming = threading.Thread(target=load, name="warm-up", daemon=True)
        self._warming.start()

    def predict(self, meme: Meme, picture: Image.Image | None, model: LoadedModel) -> Prediction:
        """Predict one meme whose text is known; see ``Studio.predict``."""
        tasks, reads, encoder = model.tasks, model.reads, model.encoder
        # A tower that nothing reads is not loaded to count words.
        counter = encoder if "text" in reads and isinstance(encoder, WordCounter) else None
        if "image" not in reads:
            picture = None
        features = self._encoder.features(meme, picture, reads=reads, needs=model.needs)
        scores = self.score(features, model)
        doubts = find_doubts(
            meme,
            reads=reads,
            has_text=bool(features.has_text[0]),
            words=None if counter is None else counter.count_words(meme.text),
            far=model.background.is_far(features),
        )
        notes = (*model.notes, *doubts.notes)
        if model.needs.captions and picture is not None:
            caption = self._encoder.caption(meme, picture)
            notes += (f"The captioner says of the image: “{caption}”. It is read with the text.",)
        return Prediction(
            meme=meme,
            task_set=tasks.key,
            tasks=_answer(model, scores),
            model=model.version,
            encoder=encoder.name,
            notes=notes,
            doubt=doubts.reason,
        )

    def score(self, features: Features, model: LoadedModel) -> dict[str, TaskScores]:
        """Score memes (N rows), each for itself: a row's numbers are those that it has alone."""
        count = len(features.ids)
        rows = [features] if count == 1 else [features.take([row]) for row in range(count)]
        if model.heads is None:
            found = [self._score_zero_shot(model.encoder, row, model.tasks) for row in rows]
        else:
            found = [predict_scores(model.heads, row) for row in rows]
        if count == 1:
            return found[0]
        return {key: join_scores([scores[key] for scores in found]) for key in found[0]}

    def _score_zero_shot(
        self, encoder: Encoder, features: Features, tasks: TaskSet
    ) -> dict[str, TaskScores]:
        if not encoder.shared_dim:
            raise UnsupportedError(
                f"The encoder '{encoder.name}' has neither trained heads for '{tasks.key}' nor a "
                "space shared by image and text to do without. Choose another with --encoder."
            )
        with self._engines.encoding:
            parts = []
            if features.has_image[0]:
                parts.append(encoder.share_images(features.image))
            if features.has_text[0]:
                parts.append(encoder.share_texts(features.text))
        # Nothing to go by: equally far from every class.
        meme = join_modalities(parts) if parts else np.zeros((1, encoder.shared_dim))
        scores = {}
        for task in tasks:
            prompts = self._encode_prompts(encoder, (*task.prompts, task.template.format(PLAIN)))
            scores[task.key] = score_prompts(meme, prompts[:-1], kind=task.kind, plain=prompts[-1])
        return scores

    def _encode_prompts(self, encoder: Encoder, sentences: tuple[str, ...]) -> np.ndarray:
        key = (encoder.fingerprint, sentences)
        prompts = self._prompts.get(key)
        if prompts is None:
            with self._engines.encoding:
                prompts = encoder.encode_prompts(sentences)
            self._prompts.put(key, prompts)
        return prompts


def _draw_word() -> Image.Image:
    """Return a picture with something to find and to read, so that a reader goes all the way."""
    picture = Image.new("RGB", (160, 64), "white")
    ImageDraw.Draw(picture).text((24, 20), "a word", fill="black", font_size=24)
    return picture


def _answer(model: LoadedModel, scores: dict[str, TaskScores]) -> tuple[TaskPrediction, ...]:
    """Turn scores of one meme into answers; a task's condition looks at the answers before it."""
    chosen: dict[str, tuple[str, ...]] = {}
    thresholds: dict[str, float | None] = {}
    for task in model.tasks.tasks:
        probabilities = scores[task.key].probabilities[0]
        if task.kind == "multilabel":
            own = None if model.heads is None else model.heads.heads[task.key].threshold
            floor = thresholds[task.key] = 0.5 if own is None else own
            places = [i for i, p in enumerate(probabilities) if float(p) >= floor]
        else:
            thresholds[task.key], places = None, [int(probabilities.argmax())]
        chosen[task.key] = tuple([task.labels[i].name for i in places])
    applying = model.tasks.keep_applying(chosen)
    reasons = dict.fromkeys(chosen, "")
    for task in model.tasks.tasks:
        if task.key not in applying:
            reasons[task.key] = model.tasks.condition(task)
    return tuple(
        [
            TaskPrediction(
                task=task.key,
                title=task.title,
                kind=task.kind,
                labels=chosen[task.key],
                scores=_list_scores(task, scores[task.key], model.background.rates.get(task.key)),
                threshold=thresholds[task.key],
                applies=task.key in applying,
                reason=reasons[task.key],
                reads=model.reads,
                model=model.version,
            )
            for task in model.tasks.tasks
        ]
    )


def _list_scores(task: Task, scores: TaskScores, base: np.ndarray | None) -> tuple[ClassScore, ...]:
    return tuple(
        [
            ClassScore(
                label=label.name,
                display=label.display,
                probability=float(scores.probabilities[0, i]),
                cosine=float(scores.cosines[0, i]),
                base=None if base is None or np.isnan(base[i]) else float(base[i]),
            )
            for i, label in enumerate(task.labels)
        ]
    )
