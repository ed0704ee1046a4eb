"""From a meme to a prediction: features, heads or prompts, conditions, and notes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

from memeclip_core.datasets.sources import Source
from memeclip_core.encoders.base import WordCounter
from memeclip_core.encoders.features import VECTORS, Features, Needs
from memeclip_core.errors import CheckpointError, MemeclipError, UnsupportedError
from memeclip_core.heads.model import HeadModel, TaskScores, predict_scores
from memeclip_core.heads.published.zero_shot import join_modalities, score_prompts
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.inference.base_rates import NOTHING, Background, Backgrounds
from memeclip_core.inference.doubts import Doubts, find_doubts
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.reading import Reader, clean_filename
from memeclip_core.memory import Memory
from memeclip_core.models.catalogue import Shelf, zero_shot_note
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Failure, Meme
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.tasks import Task, TaskSet

ZERO_SHOT = "zero-shot"
PLAIN = "meme"
"""Put into a task's template, this is the sentence that says nothing about a class."""

_log = logging.getLogger("memeclip")


class Predictor:
    """Predict memes; loads what it needs when it needs it."""

    def __init__(
        self,
        *,
        reader: Reader,
        engines: Engines,
        encoder: MemeEncoder,
        shelf: Shelf,
        backgrounds: Backgrounds,
    ) -> None:
        self._reader = reader
        self._engines = engines
        self._encoder = encoder
        self._shelf = shelf
        self._backgrounds = backgrounds
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

    def warm_up(self, task_sets: Sequence[str]) -> None:
        """Load everything in the background; a failure comes up again at the first prediction.

        Encoders and readers load their parts when they are first used, so each is used once.
        """

        def load() -> None:
            try:
                encoder, picture = self._engines.encoder(), _draw_word()
                models = [self._shelf.resolve(key, None) for key in task_sets]
                for model in filter(None, models):
                    self._backgrounds.of(model)
                encoder.encode_texts(["a word"])
                encoder.encode_images([picture])
                with self._engines.reading:
                    self._engines.ocr().read(picture)
                if any(model and find_model_needs(model).captions for model in models):
                    self._engines.captioner()
            except MemeclipError as error:
                _log.warning("warming up stopped: %s", error)
            except Exception:
                _log.exception("warming up failed")

        self._warming = threading.Thread(target=load, name="warm-up", daemon=True)
        self._warming.start()

    def predict(
        self, meme: Meme, data: bytes | None, tasks: TaskSet, version: str | None
    ) -> Prediction:
        """Predict one meme whose text is known; see ``Studio.predict``."""
        model = self._shelf.resolve(tasks.key, version)
        reads = model.reads if model is not None else "image+text"
        picture = self._reader.load(data).image if data is not None and "image" in reads else None
        needs = find_model_needs(model) if model is not None else VECTORS
        features = self._encoder.features(meme, picture, reads=reads, needs=needs)
        if model is None:
            scores = self._score_zero_shot(features, tasks)
            thresholds: dict[str, float | None] = {}
        else:
            _check_labels(model, tasks)
            scores = predict_scores(model, features)
            thresholds = {key: head.threshold for key, head in model.heads.items()}
        known = NOTHING if model is None else self._backgrounds.of(model)
        doubts = self._doubts(meme, features, reads, known)
        own = model.notes if model else (zero_shot_note(self._engines.encoder().name),)
        name = ZERO_SHOT if model is None else model.version
        return Prediction(
            meme=meme,
            task_set=tasks.key,
            tasks=_answer(tasks, scores, thresholds, known.rates, reads, name),
            model=name,
            encoder=self._engines.encoder().name,
            notes=own + doubts.notes + self._caption_notes(meme, picture, needs),
            doubt=doubts.reason,
        )

    def predict_many(
        self,
        items: Iterable[Source],
        tasks: TaskSet,
        version: str | None,
        on_progress: Callable[[Progress], None] | None,
    ) -> Iterator[Prediction | Failure]:
        """Predict one source after another; a source that fails is a ``Failure``."""
        sources = list(items)
        for place, source in enumerate(sources, start=1):
            answer = self._predict_source(source, tasks, version)
            if on_progress is not None:
                name = clean_filename(source.filename)
                on_progress(Progress(done=place, total=len(sources), message=name))
            yield answer

    def _predict_source(
        self, source: Source, tasks: TaskSet, version: str | None
    ) -> Prediction | Failure:
        try:
            data, meme = self._reader.read_source(source)
            return self.predict(meme, data, tasks, version)
        except MemeclipError as error:
            return Failure(filename=source.filename, reason=str(error))
        except Exception:
            _log.exception("a meme among many could not be predicted")
            return Failure(
                filename=source.filename,
                reason="Something unexpected went wrong with this file; the log says what.",
            )

    def _score_zero_shot(self, features: Features, tasks: TaskSet) -> dict[str, TaskScores]:
        encoder = self._engines.encoder()
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
            prompts = self._encode_prompts((*task.prompts, task.template.format(PLAIN)))
            scores[task.key] = score_prompts(meme, prompts[:-1], kind=task.kind, plain=prompts[-1])
        return scores

    def _encode_prompts(self, sentences: tuple[str, ...]) -> np.ndarray:
        encoder = self._engines.encoder()
        key = (encoder.fingerprint, sentences)
        prompts = self._prompts.get(key)
        if prompts is None:
            with self._engines.encoding:
                prompts = encoder.encode_prompts(sentences)
            self._prompts.put(key, prompts)
        return prompts

    def _doubts(self, meme: Meme, features: Features, reads: str, known: Background) -> Doubts:
        encoder, has_text = self._engines.encoder(), bool(features.has_text[0])
        words = encoder.count_words(meme.text) if isinstance(encoder, WordCounter) else None
        return find_doubts(
            meme,
            reads=reads,
            has_text=has_text,
            words=words,
            far=known.is_far(features),
        )

    def _caption_notes(
        self, meme: Meme, picture: Image.Image | None, needs: Needs
    ) -> tuple[str, ...]:
        if not needs.captions or picture is None:
            return ()
        caption = self._encoder.caption(meme, picture)
        return (f"The captioner says of the image: “{caption}”. It is read with the text.",)


def _draw_word() -> Image.Image:
    """Return a picture with something to find and to read, so that a reader goes all the way."""
    picture = Image.new("RGB", (160, 64), "white")
    ImageDraw.Draw(picture).text((24, 20), "a word", fill="black", font_size=24)
    return picture


def _answer(
    tasks: TaskSet,
    scores: dict[str, TaskScores],
    thresholds: dict[str, float | None],
    rates: dict[str, np.ndarray],
    reads: str,
    model: str,
) -> tuple[TaskPrediction, ...]:
    """Turn scores of one meme into answers; a task's condition looks at the answers before it."""
    answers: list[TaskPrediction] = []
    decided: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        probabilities = scores[task.key].probabilities[0]
        threshold, base = thresholds.get(task.key), rates.get(task.key)
        if task.kind == "multilabel" and threshold is None:
            threshold = 0.5
        labels = _decide(task, probabilities, threshold)
        applies = tasks.applies(task.key, decided)
        if applies:
            decided[task.key] = labels
        answers.append(
            TaskPrediction(
                task=task.key,
                title=task.title,
                kind=task.kind,
                labels=labels,
                scores=tuple(
                    ClassScore(
                        label=label.name,
                        display=label.display,
                        probability=float(probabilities[i]),
                        cosine=float(scores[task.key].cosines[0, i]),
                        base=None if base is None or np.isnan(base[i]) else float(base[i]),
                    )
                    for i, label in enumerate(task.labels)
                ),
                threshold=threshold if task.kind == "multilabel" else None,
                applies=applies,
                reason="" if applies else why_not(tasks, task),
                reads=reads,
                model=model,
            )
        )
    return tuple(answers)


def why_not(tasks: TaskSet, task: Task) -> str:
    """Say in one sentence where a task applies."""
    if task.applies is None:
        return ""
    other = tasks.task(task.applies.task)
    names = " or ".join(f"“{other.label(name).display}”" for name in task.applies.labels)
    return f"{task.title} applies only where {other.title} is {names}."


def _decide(task: Task, probabilities: np.ndarray, threshold: float | None) -> tuple[str, ...]:
    if task.kind == "multiclass":
        return (task.names[int(probabilities.argmax())],)
    floor = 0.5 if threshold is None else threshold
    return tuple(
        name for name, p in zip(task.names, probabilities, strict=True) if float(p) >= floor
    )


def _check_labels(model: HeadModel, tasks: TaskSet) -> None:
    for task in tasks:
        head = model.heads.get(task.key)
        if head is None:
            found, have = "no head", ", ".join(model.heads)
            raise CheckpointError(
                f"The model '{model.version}' has {found} for the task '{task.key}', only for: "
                f"{have}. Use the task file that it was trained with."
            )
        if head.labels != task.names or head.kind != task.kind:
            raise CheckpointError(
                f"The model '{model.version}' was trained for other labels of '{task.key}': "
                f"{', '.join(head.labels)}. The task file has: {', '.join(task.names)}."
            )
