import numpy as np
import pytest
import torch

from memeclip_core.heads.batch import to_batch
from memeclip_core.heads.registry import build_head
from memeclip_core.training.config import FitConfig
from memeclip_core.training.fit import fit
from memeclip_core.training.retrieval import Retrieval
from memeclip_core.training.rows import Examples
from tests.factories.heads import DIMS, make_features


def examples(labels, kind: str = "multiclass") -> Examples:
    labels = np.array(labels)
    return Examples(features=make_features(len(labels)), kind=kind, labels=labels, num_classes=2)


def rgcl(kind: str = "multiclass"):
    dry = {f"{place}_dropout": 0.0 for place in ("projection", "fused", "output")}
    return build_head("rgcl", dims=DIMS, num_classes=2, kind=kind, config={"map_dim": 32, **dry})


def test_the_memes_are_known_as_the_head_embeds_them():
    retrieval, head = Retrieval(examples([0, 1, 1]), "cpu"), rgcl().eval()
    with torch.no_grad():
        retrieval.refresh(head)
        own = head(to_batch(make_features(3))).embedding
    torch.testing.assert_close(retrieval.known, torch.nn.functional.normalize(own))
    losses = retrieval.losses(own, torch.arange(3))
    # The first meme is the only one of its class.
    assert losses[0] == 0 and (losses[1:] > 0).all()


def test_memes_of_several_labels_are_alike_where_all_labels_are_the_same():
    labels = [[1, 0], [1, 1], [1, 0], [0, 0], [0, 0]]
    groups = Retrieval(examples(labels, "multilabel"), "cpu").groups
    assert groups[0] == groups[2] and groups[3] == groups[4]
    assert len(groups.unique()) == 3


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_retrieval_moves_memes_of_one_label_together(monkeypatch, kind: str):
    places = np.arange(40) % 2
    train = examples(places if kind == "multiclass" else np.stack([places, 1 - places], 1), kind)

    def spread() -> float:
        head = fit(rgcl(kind), train, None, FitConfig(epochs=15, batch_size=20, lr=1e-2)).head
        found = torch.nn.functional.normalize(head(to_batch(train.features)).embedding)
        cosines, alike = found @ found.T, torch.from_numpy(places[:, None] == places)
        return float(cosines[alike].mean() - cosines[~alike].mean())

    found = spread()
    monkeypatch.setattr(Retrieval, "losses", lambda self, e, _: e.sum(dim=1) * 0)
    assert found > spread() + 0.05


def test_the_memes_are_embedded_anew_every_epoch(monkeypatch):
    seen = []
    monkeypatch.setattr(Retrieval, "losses", lambda self, e, _: e.sum(dim=1) * 0 + len(seen))
    monkeypatch.setattr(Retrieval, "refresh", lambda self, module: seen.append(module.training))
    fit(rgcl(), examples([0, 1] * 8), None, FitConfig(epochs=3, batch_size=4))
    assert seen == [False] * 3
