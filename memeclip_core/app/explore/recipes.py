"""How features, maps, near copies and suspected label errors of a collection are worked out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, get_args

import numpy as np

from memeclip_core.app.explore.contents import Contents, Library
from memeclip_core.app.explore.features import FeatureReader
from memeclip_core.app.explore.opinions import Opinions
from memeclip_core.app.explore.said import Said
from memeclip_core.app.explore.works import FindFeatures, OnProgress, Recipe
from memeclip_core.errors import ImageError
from memeclip_core.explore.projection import check_umap, draw_map
from memeclip_core.memes.image import ImageLimits, load_image
from memeclip_core.memes.near_duplicates import (
    ImagePrint,
    group_memes,
    group_near_images,
    key_memes,
    print_image,
)
from memeclip_core.records.exploration import FeatureKind, MapMethod
from memeclip_core.records.job import Progress
from memeclip_core.storage.arrays import KeptArrays

DECISIONS: Final = 50
LASTS: Final = 600.0
"""Suspects are looked for anew after so many rows of the log, or after so many seconds."""
RULE: Final = "judged by class"
"""By which rule suspects are found; what was kept under another one is found anew."""


@dataclass(frozen=True, kw_only=True)
class Recipes:
    """What ``Works`` can work out: a ``RecipeBook``.

    Attributes:
        library, reader, said, opinions: the collections, their features, their labels, and what
            models say.
        limits: of images.
    """

    library: Library
    reader: FeatureReader
    said: Said
    opinions: Opinions
    limits: ImageLimits

    def find(self, contents: Contents, name: str, features: FindFeatures) -> Recipe:
        """Return how what has a name is worked out; see each."""
        what, *words = name.split(" ")
        if what == "map":
            return self.map(contents, features, *words)
        if what == "suspects":
            return self.suspects(contents, features, *words)
        if what == "predictions":
            return self.predictions(contents, *words)
        return self.near(contents) if what == "near" else self.features(contents)

    def features(self, contents: Contents) -> Recipe:
        """``features``: see ``explore.vectors``."""

        def make(on_progress: OnProgress) -> KeptArrays:
            found = self.reader.read(contents, on_progress)
            names = ("image", "text", "has_image", "has_text")
            return KeptArrays(arrays={one: getattr(found, one) for one in names}, facts={})

        return Recipe(stamp=self._stamp(contents), make=make)

    def map(self, contents: Contents, features: FindFeatures, kind: str, method: str) -> Recipe:
        """``map <features> <method>``: see ``explore.projection``."""
        kinds: dict[str, FeatureKind] = {one: one for one in get_args(FeatureKind)}
        methods: dict[str, MapMethod] = {one: one for one in get_args(MapMethod)}

        def make(on_progress: OnProgress) -> KeptArrays:
            if methods[method] == "umap":
                check_umap()
            vectors = features(contents, on_progress)
            size = len(contents)
            drawn = draw_map(
                vectors,
                kinds[kind],
                methods[method],
                lambda step: on_progress(Progress(done=size, total=size, message=step)),
            )
            return KeptArrays(
                arrays={"places": drawn.places.astype(np.int32), "x": drawn.x, "y": drawn.y},
                facts={"explained": drawn.explained},
            )

        return Recipe(stamp=self._stamp(contents), make=make)

    def predictions(self, contents: Contents, model: str) -> Recipe:
        """``predictions <version>``: see ``Opinions``."""
        return Recipe(
            stamp=self.opinions.stamp(contents, model),
            make=partial(self.opinions.ask, contents, model),
        )

    def near(self, contents: Contents) -> Recipe:
        """``near``: the group numbers of nearly equal texts and pictures, and what is the same."""

        def make(on_progress: OnProgress) -> KeptArrays:
            prints = self._print(contents, on_progress)
            size = len(contents)
            on_progress(Progress(done=size, total=size, message="comparing pictures"))
            pictures = group_near_images(prints)
            on_progress(Progress(done=size, total=size, message="comparing texts"))
            # By sketches: comparing the texts themselves takes minutes of 50,000.
            (texts,) = group_memes(key_memes(contents.ids, contents.texts))
            known = [one.content if one is not None else "" for one in prints]
            same = {content: place for place, content in enumerate(known)}
            return KeptArrays(
                arrays={
                    "near_text": texts.astype(np.int32),
                    "near_picture": np.array(pictures, np.int32),
                    "picture": np.array(
                        [same[content] if content else -1 for content in known], np.int32
                    ),
                },
                facts={},
            )

        return Recipe(stamp=contents.digest, make=make)

    def suspects(self, contents: Contents, features: FindFeatures, key: str) -> Recipe:
        """``suspects <task>``: see ``evaluation.label_errors``."""
        task = self.said.task(contents, key)
        number = self.said.last_change(contents)

        def make(on_progress: OnProgress) -> KeptArrays:
            # Imported when needed: scikit-learn and cleanlab take seconds.
            from memeclip_core.evaluation.label_errors import (
                compute_probe_probabilities,
                find_label_errors,
            )

            vectors = features(contents, on_progress)
            labels, size = self.said.labels(contents)[task.key], len(contents)
            on_progress(Progress(done=size, total=size, message="cross-fitting a probe"))
            given = (labels >= 0).all(axis=1) if labels.ndim == 2 else labels >= 0
            places = np.intersect1d(vectors.known("fused"), np.flatnonzero(given))
            probabilities = np.full((size, len(task.labels)), np.nan)
            probabilities[places] = compute_probe_probabilities(
                vectors.take("fused", places), labels[places], task.kind, len(task.labels)
            )
            found = find_label_errors(labels, probabilities, task.kind)
            return KeptArrays(
                arrays={
                    "labels": labels,
                    "probabilities": probabilities.astype(np.float32),
                    "quality": found.quality,
                    "wrong": found.wrong,
                },
                facts={
                    "reason": found.reason,
                    "judged": found.judged.tolist(),
                    "labelled": int(given.sum()),
                    "compared": len(places),
                    "number": number,
                    "time": time.time(),
                },
            )

        return Recipe(
            stamp=f"{self._stamp(contents)} {task} {RULE}",
            make=make,
            fresh=partial(_is_fresh, number),
        )

    def _stamp(self, contents: Contents) -> str:
        return f"{contents.digest} {self.reader.fingerprint}"

    def _print(self, contents: Contents, on_progress: OnProgress) -> list[ImagePrint | None]:
        """Return what pictures are compared by; ``None`` where there is none to be read."""
        prints: list[ImagePrint | None] = []
        for place in range(len(contents)):
            if place % 64 == 0:
                done = Progress(done=place, total=len(contents), message="reading pictures")
                on_progress(done)
            prints.append(self._print_one(contents, place))
        return prints

    def _print_one(self, contents: Contents, place: int) -> ImagePrint | None:
        try:
            data = self.library.read_image(contents, place)
            if data is None:
                return None
            loaded = load_image(data, limits=self.limits)
        except ImageError:
            return None
        return print_image(loaded.image, loaded.content_id)


def _is_fresh(number: int, facts: Any) -> bool:
    since, age = number - facts["number"], time.time() - facts["time"]
    return bool(since == 0 or (since < DECISIONS and age < LASTS))
