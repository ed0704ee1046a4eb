"""Why a model answers as it does, for one meme: everything on the page, the command line and HTTP.

Invariants: any thread may ask. The encoder is held for one batch at a time, so that predictions go
on between the batches. What is remembered of models is replaced, never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from memeclip_core.access.people import People
from memeclip_core.app.explain.asked_meme import AskedMeme, open_meme
from memeclip_core.app.explain.meme_vectors import describe_vectors
from memeclip_core.app.explain.models_beside import compare_models
from memeclip_core.app.explain.variants import BATCH, OnProgress, Variant, VariantScorer, fit_batch
from memeclip_core.errors import InputError
from memeclip_core.evaluation.novelty import measure_nearness
from memeclip_core.explain.agreement import describe_distribution
from memeclip_core.explain.effects import explain_part
from memeclip_core.explain.neighbours import explain_neighbours, measure_cosines
from memeclip_core.explain.occlusion import (
    Window,
    explain_picture,
    find_box,
    find_fill,
    hide_window,
    list_windows,
    paint_out,
)
from memeclip_core.explain.rule import explain_rule
from memeclip_core.explain.words import MOST_WORDS, explain_words, find_words, leave_out
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.predictor import Predictor
from memeclip_core.inference.reading import Reader
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.models.training_memes import TrainingMemes, measure_pairs
from memeclip_core.records.decision import Person
from memeclip_core.records.explanation import (
    GRID,
    NEAREST,
    Agreement,
    Asked,
    Change,
    Cost,
    ExplanationKind,
    HeatMap,
    Modalities,
    Neighbours,
    PictureChange,
    Rule,
    ScoresBeside,
    Vectors,
    WordEffects,
)
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import Prediction, TaskPrediction
from memeclip_core.tasks import TaskSet

if TYPE_CHECKING:
    from PIL import Image

    from memeclip_core.annotation.decisions.corrector import Corrector


class Explainer:
    """Explain answers; see ``records.explanation`` for what comes of each.

    ``on_progress`` is called between batches, and what it raises ends the work. All of it is
    deterministic. All methods raise what ``Studio.predict`` raises.
    """

    def __init__(
        self,
        *,
        task_set: Callable[[str], TaskSet],
        people: People,
        reader: Reader,
        encoder: MemeEncoder,
        predictor: Predictor,
        catalogue: Catalogue,
        corrector: Corrector,
        training: TrainingMemes,
        hidden: Callable[[Person], frozenset[str]],
    ) -> None:
        self._task_set = task_set
        self._people = people
        self._reader = reader
        self._encoder = encoder
        self._predictor = predictor
        self._catalogue = catalogue
        self._corrector = corrector
        self._variants = VariantScorer(encoder=encoder, predictor=predictor)
        self._training = training
        self._hidden = hidden

    # --- what it takes ----------------------------------------------------------------------

    def cost(self, asked: Asked, what: ExplanationKind, *, grid: int = GRID) -> Cost:
        """Return what an explanation takes, before it runs.

        The text is read off the picture for it if need be, and where nothing was encoded yet, a
        sample is, to learn how long it takes.
        """
        opened = self._open(asked)
        # Some compare more than the heads read.
        both = what in ("agreement", "scores", "vectors")
        texts = int(opened.has_words and (both or "text" in opened.model.reads))
        pictures = int(opened.picture is not None and (both or "image" in opened.model.reads))
        reason = ""
        if what == "words":
            reason = opened.no_words
            texts += 0 if reason else min(MOST_WORDS, len(find_words(opened.meme.text)))
        elif what == "picture":
            reason = opened.no_picture
            pictures += 0 if reason else len(list_windows(grid))
        elif what == "change":
            reason = opened.ignores_picture
            pictures += 1
        if reason:
            texts = pictures = 0
        seconds = self._encoder.estimate(
            opened.meme.text, opened.picture, texts=texts, pictures=pictures, batch=BATCH
        )
        return Cost(what=what, texts=texts, pictures=pictures, seconds=seconds, reason=reason)

    # --- one model --------------------------------------------------------------------------

    def words(self, asked: Asked, *, on_progress: OnProgress | None = None) -> WordEffects:
        """Return what each word adds to each class: the meme with it, less the meme without it.

        The numbers without a word are, to the last bit, those that ``Studio.predict`` gives
        afterwards for the text without it.
        """
        opened = self._open(asked)
        text, version = opened.meme.text, opened.model.version
        reason = opened.no_words
        if reason:
            return WordEffects(text=text, words=(), model=version, reason=reason)
        found = find_words(text)
        words = found[:MOST_WORDS]
        memes = [opened.meme, *(replace(opened.meme, text=leave_out(text, w)) for w in words)]
        scores = self._variants.score(
            opened,
            [partial(_pair, meme, opened.picture) for meme in memes],
            what="words",
            on_progress=on_progress,
        )
        return WordEffects(
            text=text,
            words=explain_words(opened.tasks, text, words, scores),
            model=version,
            beyond=len(found) - len(words),
        )

    def picture(
        self, asked: Asked, *, grid: int = GRID, on_progress: OnProgress | None = None
    ) -> HeatMap:
        """Return what each place of the picture adds to each class (occlusion).

        Raises:
            InputError: if there cannot be such a grid.
        """
        opened, windows = self._open(asked), list_windows(grid)
        version, reason = opened.model.version, opened.no_picture
        picture = opened.picture
        if picture is None or reason:
            return HeatMap(grid=grid, fill=(0, 0, 0), maps={}, model=version, reason=reason)
        fill, meme = find_fill(picture), opened.meme

        def hide(window: Window) -> Variant:
            name = f"{meme.id} without {window[0]},{window[1]} of {grid}"
            return replace(meme, id=name), hide_window(picture, window, grid, fill)

        whole = self._variants.score(opened, [partial(_pair, meme, picture)])
        hidden = self._variants.score(
            opened,
            [partial(hide, window) for window in windows],
            what="places of the picture",
            on_progress=on_progress,
            batch=fit_batch(picture),
        )
        maps = explain_picture(opened.tasks, windows, grid, whole, hidden)
        return HeatMap(grid=grid, fill=fill, maps=maps, model=version)

    def change(self, asked: Asked, change: Change) -> PictureChange:
        """Return what each class is with a region of the picture painted out, or another picture.

        The text stays as it is, so that the answers differ by the picture alone.

        Raises:
            InputError: if it is no change, or two, or the region is no part of a picture.
            ImageError: if the other picture cannot be read.
        """
        opened = self._open(asked)
        if (change.region is None) == (change.other is None):
            raise InputError("Name a region to paint out, or another picture: one of the two.")
        reason = opened.no_picture if change.other is None else opened.ignores_picture
        found = PictureChange(
            tasks={}, model=opened.model.version, region=change.region, reason=reason
        )
        if reason:
            return found
        variants = [
            partial(_pair, opened.meme, opened.picture),
            partial(self._change, opened.meme, opened.picture, change),
        ]
        scores = self._variants.score(opened, variants)
        return replace(found, tasks=explain_part(opened.tasks, scores, 1))

    def _change(self, meme: Meme, picture: Image.Image | None, change: Change) -> Variant:
        if change.other is not None:
            loaded = self._reader.load(change.other)
            return replace(meme, id=loaded.content_id), loaded.image
        if picture is None or change.region is None:
            return meme, picture
        box = find_box(picture, change.region)
        name = f"{meme.id} without {box}"
        return replace(meme, id=name), paint_out(picture, box, find_fill(picture))

    def vectors(self, asked: Asked) -> Vectors:
        """Return what the encoder makes of a meme: what heads read, and the shared space."""
        opened = self._open(asked)
        features = self._encoder.features(opened.meme, opened.picture, reads="image+text")
        return describe_vectors(opened.model.encoder, features)

    def modalities(self, asked: Asked, *, on_progress: OnProgress | None = None) -> Modalities:
        """Return what text and picture add: the meme, less the meme as if it lacked one or both.

        A head that reads no text answers the same without it, so that its changes are exactly 0.
        """
        opened = self._open(asked)
        meme, picture = opened.meme, opened.picture
        bare = replace(meme, text="")
        variants = [(meme, picture), (bare, picture), (meme, None), (bare, None)]
        scores = self._variants.score(
            opened,
            [partial(_pair, *variant) for variant in variants],
            what="modalities",
            on_progress=on_progress,
        )
        text, without_picture, both = (explain_part(opened.tasks, scores, i) for i in (1, 2, 3))
        return Modalities(
            text=text,
            picture=without_picture,
            both=both,
            reads=opened.model.reads,
            model=opened.model.version,
        )

    def rules(
        self, prediction: Prediction, labels: Mapping[str, str] | None = None
    ) -> dict[str, Rule]:
        """Return by task key how a probability of an answer comes about; encodes nothing.

        Args:
            prediction: the answers.
            labels: the class by task key; else the one that was answered, or the likeliest.

        Raises:
            LabelError: if there is no such class.
        """
        model = self._catalogue.find(self._task_set(prediction.task_set), prediction.model)
        axes = self.axes(prediction.task_set, prediction.model)
        rules = {}
        for answer in prediction.tasks:
            label = (labels or {}).get(answer.task) or _find_answered(answer)
            head = None if model.heads is None else model.heads.heads[answer.task]
            rules[answer.task] = explain_rule(answer, label, head, axes[answer.task])
        return rules

    def rule(self, asked: Asked, *, task: str = "", label: str = "") -> dict[str, Rule]:
        """Return ``rules`` of a meme's answers: of one task, or of all where none is named.

        Raises:
            LabelError: if there is no such task or class.
        """
        opened = self._open(asked)
        prediction = self._predictor.predict(opened.meme, opened.picture, opened.model)
        own = opened.tasks.task(task or opened.tasks.keys[0]).key
        rules = self.rules(prediction, {own: label})
        return {own: rules[own]} if task else rules

    def axes(self, task_set: str, model: str | None = None) -> dict[str, float]:
        """Return by task key the length of the axis on which a head's cosines are drawn.

        It holds every cosine of the validation rows that the model ships with, or of the training
        rows where it has no others, and ends at a multiple of 0.05; 1 where no rows are known.
        """
        return self._training.axes(self._catalogue.find(self._task_set(task_set), model))

    # --- training memes ---------------------------------------------------------------------

    def agreement(self, asked: Asked) -> Agreement:
        """Return how near picture and text lie in the encoder's shared space."""
        opened = self._open(asked)
        encoder = opened.model.encoder
        if not encoder.shared_dim:
            return Agreement(
                cosine=None,
                reason=f"The encoder '{encoder.name}' has no space shared by picture and text.",
            )
        training = self._training.pairs(opened.model)
        found = Agreement(cosine=None)
        if training is not None:
            found = replace(
                found, training=describe_distribution(training.cosines, training.source)
            )
        if opened.picture is None or not opened.has_words:
            return replace(found, reason="It takes a picture and a text, and this meme lacks one.")
        features = self._encoder.features(opened.meme, opened.picture, reads="image+text")
        cosine = float(measure_pairs(encoder, features)[0])
        if training is None:
            reason = "No training memes with picture and text are known for this encoder."
            return replace(found, cosine=cosine, reason=reason)
        return replace(found, cosine=cosine, below=float((training.cosines < cosine).mean()))

    def neighbours(
        self, who: Person, asked: Asked, *, task: str = "", label: str = "", count: int = NEAREST
    ) -> Neighbours:
        """Return the training memes nearest to a meme, for and against a class.

        Args:
            who: who asks: annotators are told which of them are this home's own memes.
            asked: the meme.
            task, label: the class; "" is the first task, and what was answered there, or the
                likeliest.
            count: how many are looked at.

        Raises:
            LabelError: if there is no such task or class.
        """
        opened = self._open(asked)
        model, own = opened.model, opened.tasks.task(task or opened.tasks.keys[0])
        answer = self._predictor.predict(opened.meme, opened.picture, model).task(own.key)
        label = label or _find_answered(answer)
        found = Neighbours(task=own.key, label=own.label(label).name, model=model.version)
        rows = self._training.rows(model)
        if rows is None:
            return replace(found, reason="This model keeps no rows of its training.")
        features = self._encoder.features(
            opened.meme, opened.picture, reads=model.reads, needs=model.needs
        )
        if not (features.has_text[0] or features.has_image[0]):
            return replace(found, reason="The heads read nothing of this meme.")
        own_memes: Collection[str] = ()
        if self._people.can(who, "annotator"):
            own_memes = self._corrector.select_labelled(
                opened.tasks, rows.features.ids, hidden=self._hidden(who)
            )
        near = explain_neighbours(
            rows.features,
            measure_cosines(rows.features, features, model.reads)[0],
            rows.labels,
            opened.tasks,
            found,
            mine=own_memes,
            count=count,
        )
        around = model.background.texts if features.has_text[0] else model.background.images
        if around is None:
            return near
        vector = features.text if features.has_text[0] else features.image
        return replace(
            near,
            nearness=float(measure_nearness(around.rows, vector)[0]),
            usual=around.floor,
            far=around.is_far(vector[0]),
        )

    # --- several models ---------------------------------------------------------------------

    def scores(self, asked: Asked, *, on_progress: OnProgress | None = None) -> ScoresBeside:
        """Return the answers of the models that there are, side by side.

        They are the active one, the candidate, everything in the folder of starters, what ``asked``
        names, and the prompts of the encoder (zero-shot).
        """
        opened = self._open(asked)
        return compare_models(
            self._catalogue, self._predictor, opened, asked.model, on_progress=on_progress
        )

    # --- steps ------------------------------------------------------------------------------

    def _open(self, asked: Asked) -> AskedMeme:
        tasks = self._task_set(asked.task_set)
        return open_meme(asked, tasks, self._reader, self._catalogue.find(tasks, asked.model))


def _find_answered(answer: TaskPrediction) -> str:
    """Return the class that was answered, or where none was, the likeliest."""
    likeliest = max(answer.scores, key=lambda score: score.probability).label
    return next(iter(answer.labels), likeliest)


def _pair(meme: Meme, picture: Image.Image | None) -> Variant:
    return meme, picture
