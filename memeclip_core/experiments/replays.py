"""What a model keeps of the rows that it was trained on, so that it can be taught more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memeclip_core.encoders.features import SEQUENCES, Tokens, stack_features
from memeclip_core.experiments.material import DEAL_SEED, Material
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.memes.splits import SKETCH
from memeclip_core.models.learnt import LEARNT, Learnt
from memeclip_core.models.replay import TRAIN, VAL, Replay
from memeclip_core.training.rows import LabelledRows

ID_BYTES = 32 + 3 + 8 + SKETCH
"""Of a row's id, its masks and its split, its text's hash and sketch."""


def join_replay(train: LabelledRows, val: LabelledRows, texts: Sequence[str]) -> Replay:
    """Return both splits as one replay; ``texts`` are those of the rows of both, in order."""
    features = stack_features([train.features, val.features])
    return Replay(
        features=features,
        keys=key_memes(features.ids, texts),
        labels={
            task: np.concatenate([train.labels[task], val.labels[task]]) for task in train.labels
        },
        split=np.array([TRAIN] * len(train) + [VAL] * len(val), dtype=np.uint8),
    )


def keep_replay(material: Material, limit: int) -> Replay | None:
    """Return the rows that a final model is trained and chosen on, as far as they fit.

    Where they do not all fit, the same share of either is drawn, always the same rows. ``limit``
    counts bytes of features and labels. ``None`` if no row to learn from fits.
    """
    part = material.whole
    order = np.random.default_rng(DEAL_SEED).permutation(np.concatenate([part.learn, part.choose]))
    fits = np.cumsum(count_bytes(material.rows)[order]) <= limit
    kept = order[fits]
    learn, choose = (np.sort(own[np.isin(own, kept)]) for own in (part.learn, part.choose))
    if not len(learn):
        return None
    texts = [material.texts[place] for place in (*learn, *choose)]
    return join_replay(material.rows.take(learn), material.rows.take(choose), texts)


def record_rest(material: Material, replay: Replay) -> Learnt | None:
    """Return what the rows are recognised by that a final model has met and its replay lacks.

    Without it a meme that the model was trained on could be held out to measure on. ``None`` where
    the replay has them all.
    """
    part = material.whole
    met = np.concatenate([part.learn, part.choose])
    ids = np.array(material.rows.features.ids)[met]
    rest = met[~np.isin(ids, replay.features.ids)]
    if not len(rest):
        return None
    names = [material.rows.features.ids[place] for place in rest]
    keys = key_memes(names, [material.texts[place] for place in rest])
    return Learnt(keys=keys, sides=np.full(len(rest), LEARNT, np.uint8))


def count_bytes(rows: LabelledRows) -> np.ndarray:
    """Return how many bytes each of N rows takes in a replay file: int64 (N,)."""
    features = rows.features
    # A modality that no row has is left out of the file.
    image = features.image.shape[1] if features.has_image.any() else 0
    text = features.text.shape[1] if features.has_text.any() else 0
    fixed = ID_BYTES + 2 * (image + text)
    fixed += sum(8 if own.ndim == 1 else own.shape[1] for own in rows.labels.values())
    sizes = np.full(len(rows), fixed, np.int64)
    for name in SEQUENCES:
        tokens: Tokens | None = getattr(features, name)
        if tokens is not None:
            each = tokens.values.dtype.itemsize * int(np.prod(tokens.values.shape[2:]))
            sizes += each * tokens.mask.sum(axis=1) + 4
    return sizes
