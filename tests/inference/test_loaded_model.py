from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.config import ROOT
from memeclip_core.inference.loaded_model import count_rates, learn_background
from memeclip_core.models.checkpoints import read_checkpoint
from memeclip_core.models.replay import Replay
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.training.rows import LabelledRows
from tests.factories.services import make_replay, make_starter

TASKS = read_named_task_set("pridemm", ROOT / "assets")


@pytest.fixture
def model(tmp_path):
    make_starter(tmp_path)
    return read_checkpoint(tmp_path / "pridemm-fake")


def test_rates_are_shares_of_the_labelled_rows():
    assert count_rates(np.array([0, 0, 1, -1]), 3) == pytest.approx([2 / 3, 1 / 3, 0])
    many = np.array([[1, 0], [1, 1], [-1, -1]])
    assert count_rates(many, 2) == pytest.approx([1, 0.5])
    assert np.isnan(count_rates(np.array([-1]), 2)).all()


def split(replay):
    rows = LabelledRows(features=replay.features, labels=replay.labels)
    return rows.take(replay.rows(0)), rows.take(replay.rows(1))


def test_rates_are_those_of_the_training_rows(model):
    replay = make_replay(TASKS)
    found = learn_background(model, *split(replay)).rates["hate"]
    assert found[1] == pytest.approx(replay.labels["hate"][replay.split == 0].mean())


def test_a_text_goes_by_texts_and_a_picture_alone_by_pictures(model):
    replay = make_replay(TASKS)
    texts = np.zeros_like(replay.features.text)
    texts[:, 0] = 1
    images = np.zeros_like(replay.features.image)
    images[:, 1] = 1
    features = replace(replay.features, text=texts, image=images)
    twice = [*range(40), *range(40), *range(40)]
    many = Replay(
        features=features.take(twice),
        labels={key: own[twice] for key, own in replay.labels.items()},
        split=np.array([0] * 60 + [1] * 60, np.uint8),
    )
    background = learn_background(model, *split(many))
    near = features.take([0])
    assert not background.is_far(near)
    assert background.is_far(replace(near, text=-near.text))
    assert not background.is_far(replace(near, image=-near.image))
    assert background.is_far(replace(near.without_text(), image=-near.image))
