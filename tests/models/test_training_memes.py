from types import SimpleNamespace

import numpy as np
import pytest

from memeclip_core.heads.model import mask_features, score_head
from memeclip_core.models import training_memes
from memeclip_core.models.checkpoints import read_replay
from memeclip_core.models.learnt import HELD_OUT, LEARNT, Learnt
from memeclip_core.models.sides import key_replay
from memeclip_core.models.training_memes import TrainingMemes, measure_pairs
from tests.factories.services import make_starter, make_studio


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


def look(studio):
    catalogue = studio._catalogue
    encoder = SimpleNamespace(recall=None)
    return TrainingMemes(store=catalogue.store, encoder=encoder, corrected=lambda tasks, memes: {})


def find(studio, version=None):
    return studio._catalogue.find(studio.task_set("pridemm"), version)


def test_the_rows_are_those_that_were_trained_on_and_no_others(studio, tmp_path):
    rows = look(studio).rows(find(studio))
    replay = read_replay(tmp_path / "checkpoints" / "pridemm-fake")
    assert rows.features.ids == replay.features.ids[:40]
    assert (rows.labels["hate"] == replay.labels["hate"][:40]).all()
    assert look(studio).rows(find(studio, "zero-shot")) is None


def test_rows_that_made_way_for_a_corrected_meme_are_none_of_a_retrained_models(studio, tmp_path):
    replay = read_replay(tmp_path / "checkpoints" / "pridemm-fake")
    met = Learnt(
        keys=key_replay(replay).take(np.array([3, 7])),
        sides=np.array([LEARNT, HELD_OUT], np.uint8),
    )
    store = SimpleNamespace(read_replay=lambda version: replay, read_learnt=lambda version: met)
    heads = SimpleNamespace(origin="retrained", replay="pridemm-fake")
    model = SimpleNamespace(
        version="r1", heads=heads, needs=SimpleNamespace(captions=False), tasks=(), reads="text"
    )
    own = TrainingMemes(
        store=store,
        encoder=SimpleNamespace(recall=lambda memes, reads: ()),
        corrected=lambda tasks, memes: {},
    )
    kept = [meme for place, meme in enumerate(replay.features.ids[:40]) if place not in (3, 7)]
    assert list(own.rows(model).features.ids) == kept
    heads.origin = "starter"
    assert len(own.rows(model)) == 40


def test_an_axis_is_found_from_validation_rows_alone(studio, tmp_path):
    model = find(studio)
    replay = read_replay(tmp_path / "checkpoints" / "pridemm-fake")
    seen = mask_features(replay.features.take(np.arange(40, 50)), model.reads)
    for key, end in look(studio).axes(model).items():
        largest = np.abs(score_head(model.heads.heads[key], seen).cosines).max()
        assert largest <= end < largest + 0.05


def test_where_a_model_has_no_memes_with_pictures_another_one_of_the_encoder_has(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(training_memes, "LEAST", 40)
    make_starter(tmp_path / "checkpoints", reads="text")
    make_starter(
        tmp_path / "checkpoints", reads="image+text", version="a", name="vit", fingerprint="f" * 64
    )
    studio = make_studio(tmp_path)
    assert look(studio).pairs(find(studio)) is None
    make_starter(tmp_path / "checkpoints", "propaganda", version="z")
    found = look(studio).pairs(find(studio))
    replay = read_replay(tmp_path / "checkpoints" / "z")
    assert found.source == "z"
    assert found.cosines == pytest.approx(
        measure_pairs(find(studio).encoder, replay.features.take(np.arange(40)))
    )
