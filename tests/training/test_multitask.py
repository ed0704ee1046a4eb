import math

import numpy as np
import pytest
import torch

from memeclip_core.errors import ConfigError
from memeclip_core.heads.batch import to_batch
from memeclip_core.heads.parts.fusion_head import share_trunk
from memeclip_core.heads.registry import build_head
from memeclip_core.tasks import Label, Task
from memeclip_core.training.config import FitConfig
from memeclip_core.training.losses import row_losses
from memeclip_core.training.multitask import fit_together
from memeclip_core.training.rows import MISSING, LabelledRows
from tests.factories.heads import DIMS, make_features

SETTINGS = {
    "unit_order": 2.0,
    "map_dim": 8,
    "projection_dropout": 0.0,
    "fused_dropout": 0.0,
    "output_dropout": 0.0,
}


def task(key: str, kind: str) -> Task:
    labels = tuple(Label(name=n, display=n, prompt=n, value=n) for n in "xy")
    return Task(key=key, title=key, kind=kind, labels=labels, column=key)


TASKS = {"one": task("one", "multiclass"), "many": task("many", "multilabel")}


def rows(count: int, *, seed: int = 0) -> LabelledRows:
    """One task has labels in the first half, the other in all rows but the last."""
    features = make_features(count, seed=seed)
    one = (features.text[:, 0] > 0).astype(np.int64)
    many = (features.image[:, :2] > 0).astype(np.int64)
    one[count // 2 :], many[-1] = MISSING, MISSING
    return LabelledRows(features=features, labels={"one": one, "many": many})


def build():
    heads = {key: build_head("simclip", dims=DIMS, num_classes=2, config=SETTINGS) for key in TASKS}
    share_trunk(list(heads.values()))
    return heads


def train(train_rows: LabelledRows, config: FitConfig, *, scores=None, heads=None, val=None):
    return fit_together(
        heads or build(),
        TASKS,
        train_rows,
        rows(10, seed=1) if val is None else val,
        config,
        reads="image+text",
        scores=scores or {key: lambda labels, probabilities: 0.5 for key in TASKS},
    )


def test_losses_are_summed_over_tasks_and_averaged_over_their_rows():
    data, heads = rows(8), build()
    result = train(data, FitConfig(epochs=1, batch_size=8, lr=1e-6), heads=heads)
    expected = 0.0
    for key, head in heads.items():
        places = data.for_task(key)
        logits = head(to_batch(data.features.take(places))).logits
        labels = torch.from_numpy(data.labels[key][places])
        expected += row_losses(logits, labels, TASKS[key].kind).mean().item()
    # The eighth row has no label at all and is not among the rows.
    assert result.history[0].loss == pytest.approx(expected, rel=1e-5)


def test_the_trunk_stays_one_and_both_tasks_move_it():
    heads = build()
    one, many = train(rows(40), FitConfig(epochs=2, lr=1e-2), heads=heads).head.children()
    assert one.shared is many.shared
    assert one.classifier is not many.classifier
    start = heads["one"].shared.projection.layers[1].weight
    assert not torch.equal(one.shared.projection.layers[1].weight, start)


def test_both_tasks_are_learnt():
    config = FitConfig(epochs=10, lr=1e-2, batch_size=32, keep="last")
    one, many = train(rows(400), config).head.children()
    fresh = rows(200, seed=5).features
    batch = to_batch(fresh)
    hits = one(batch).logits.argmax(1).numpy() == (fresh.text[:, 0] > 0)
    assert hits.mean() > 0.9
    assert ((many(batch).logits > 0).numpy() == (fresh.image[:, :2] > 0)).mean() > 0.9


def test_an_epoch_is_judged_by_the_mean_over_tasks():
    scores = {"one": lambda *_: 0.2, "many": lambda *_: 0.8}
    assert train(rows(8), FitConfig(epochs=1), scores=scores).history[0].score == 0.5
    none = rows(4).take(np.array([], dtype=int))
    assert math.isnan(train(rows(8), FitConfig(epochs=1), val=none).history[0].score)


def test_same_seed_same_bytes():
    first, second = (train(rows(20), FitConfig(epochs=2)).head.state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_nothing_to_learn_from():
    empty = rows(8)
    labels = {key: np.full_like(array, MISSING) for key, array in empty.labels.items()}
    with pytest.raises(ConfigError, match="no labelled rows"):
        train(LabelledRows(features=empty.features, labels=labels), FitConfig(epochs=1))


def test_rows_labels_and_weights_go_to_the_device(monkeypatch):
    """On "meta", which refuses tensors of any other device, the loss can be taken."""
    seen = []

    def run_epochs(module, rows, config, *, compute_loss, device, **options):
        seen.append(compute_loss(module.to(device), torch.arange(8), torch.Generator()))

    monkeypatch.setattr("memeclip_core.training.multitask.run_epochs", run_epochs)
    fit_together(
        build(),
        TASKS,
        rows(20),
        rows(10, seed=1),
        FitConfig(class_weights="balanced"),
        reads="image+text",
        scores={},
        device="meta",
    )
    assert seen[0].device.type == "meta"


def test_smoothed_labels_teach_less_certainty_here_too():
    def certainty(**changes):
        found = train(rows(40), FitConfig(epochs=40, lr=1e-2, keep="last", **changes))
        one = next(found.head.children())
        return one(to_batch(make_features(40))).logits.softmax(-1).max(-1).values.mean().item()

    assert certainty(label_smoothing=0.5) < certainty() - 0.05


def test_a_task_whose_score_is_no_number_is_not_passed_over():
    scores = {"one": lambda *_: math.nan, "many": lambda *_: 0.9}
    found = train(rows(20), FitConfig(epochs=1), scores=scores)
    assert math.isnan(found.history[0].score)
