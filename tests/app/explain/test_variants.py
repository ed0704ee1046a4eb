"""Variants in batches: each as if it stood alone, made when its batch begins."""

from types import SimpleNamespace

import numpy as np
from PIL import Image

from memeclip_core.app.explain.variants import BATCH, MOST_PIXELS, VariantScorer, fit_batch
from memeclip_core.heads.model import TaskScores


class Watching:
    """Stands for encoder and predictor: a variant is its number, and scores that."""

    def __init__(self):
        self.events = []

    def variants(self, memes, *, reads, needs):
        self.events.append([number for number, _ in memes])
        return np.array([[float(number)] for number, _ in memes])

    def score(self, features, model):
        return {"t": TaskScores(logits=features, probabilities=features, cosines=features)}


def run(count, **more):
    watching = Watching()
    scorer = VariantScorer(encoder=watching, predictor=watching)
    opened = SimpleNamespace(model=SimpleNamespace(reads="image+text", needs=None))

    def make(number):
        def one():
            watching.events.append(number)
            return number, None

        return one

    found = scorer.score(opened, [make(number) for number in range(count)], **more)
    return found, watching.events


def test_all_are_scored_in_order_and_made_when_their_batch_begins():
    found, events = run(5, batch=2)
    assert found["t"].probabilities[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert events == [0, 1, [0, 1], 2, 3, [2, 3], 4, [4]]


def test_progress_is_told_before_each_batch_and_at_the_end():
    told = []
    run(5, batch=2, what="places", on_progress=told.append)
    assert [(one.done, one.total) for one in told] == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert {one.message for one in told} == {"places"}


def test_fewer_large_pictures_go_into_a_batch():
    assert fit_batch(Image.new("RGB", (100, 100))) == BATCH
    side = int((MOST_PIXELS / 3) ** 0.5)
    assert fit_batch(Image.new("1", (side, side))) == 3
    assert fit_batch(Image.new("1", (MOST_PIXELS, 2))) == 1
