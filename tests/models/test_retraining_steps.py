from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from memeclip_core.config import ROOT
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.errors import JobError
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.retraining_steps import (
    compare_models,
    measure_candidate,
    prepare_rows,
    train_candidate,
)
from memeclip_core.records.decision import Labelled
from memeclip_core.records.meme import Meme
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.training.rows import LabelledRows
from tests.factories.services import (
    HATE,
    NO_HATE,
    RETRAIN,
    CountingEncoder,
    CountingOcr,
    make_replay,
    make_starter,
)

TASKS = read_named_task_set("pridemm", ROOT / "assets")
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def encode(tmp_path):
    engines = Engines(encoder_name="fake", make_encoder=CountingEncoder, make_ocr=CountingOcr)
    encoder = MemeEncoder(engines=engines, cache=FeatureCache(Home(tmp_path / "home").create()))

    def encode_text(item):
        made = Meme(id=item.meme, filename="", text=item.text, text_source="user", has_image=False)
        return encoder.features(made, None, reads="image+text")

    return encode_text


@pytest.fixture
def model(tmp_path):
    return make_starter(tmp_path / "checkpoints")


def meme(start, labels, text=None):
    return Labelled(
        meme=start * 64,
        image="",
        text=text or f"words of {start * 9}",
        text_source="user",
        labels=labels,
        time=NOW,
        annotators=("ann",),
    )


def ignore(progress):
    return None


def take_split(replay, split):
    rows = LabelledRows(features=replay.features, labels=replay.labels)
    return rows.take(replay.rows(split))


def prepare(encode, model, memes, report=ignore):
    replay = make_replay(TASKS)
    return prepare_rows(TASKS, model, replay, Learnt(), memes, encode=encode, report=report)


def train(model, rows, report=ignore):
    return train_candidate(
        model, rows, config=RETRAIN, device="cpu", version="pridemm-fake-r1", created=NOW,
        report=report, should_stop=lambda: False,
    )  # fmt: skip


def test_corrections_become_rows_on_either_side_of_the_split(encode, model):
    memes = [meme("1", HATE), meme("0", NO_HATE), meme("2", NO_HATE)]
    rows = prepare(encode, model, memes)
    assert rows.learn.features.ids == ("1" * 64, "2" * 64)
    assert rows.held_out.features.ids == ("0" * 64,)
    assert {task: rows.tolist() for task, rows in rows.learn.labels.items()} == {
        "hate": [1, 0],
        "target": [2, -1],
        "stance": [2, 0],
        "humour": [1, 0],
    }
    assert not rows.learn.features.has_image.any()
    assert rows.counts == {
        "corrected": 3, "learnt": 2, "held_out": 1, "validation": 0, "aside": 0, "skipped": 0,
        "replay": 50, "replay_left": 0,
    }  # fmt: skip


def test_rows_like_corrected_memes_are_neither_replayed_nor_measured_on(encode, model):
    replay = make_replay(TASKS)
    ids = replay.features.ids
    # The first is a training row that its id alone would hold out, the last a validation row.
    memes = [replace(meme("1", HATE, f"words {place}"), meme=ids[place]) for place in (5, 7, 49)]
    kept = [meme("0", NO_HATE, "nothing like it"), meme("2", HATE, "something else")]
    rows = prepare(encode, model, [*memes, *kept])
    assert rows.learn.features.ids == (ids[5], ids[7], "2" * 64)
    assert rows.held_out.features.ids == ("0" * 64,)
    assert rows.replay.features.ids == tuple(ids[i] for i in range(40) if i not in (5, 7))
    assert rows.validation.features.ids == ids[40:50]
    assert rows.validation.labels["hate"][-1] == 1
    assert (rows.counts["replay"], rows.counts["replay_left"]) == (47, 3)


def test_progress_never_goes_back_and_ends_before_the_writing(encode, model):
    seen = []
    rows = prepare(encode, model, [meme("1", HATE), meme("2", NO_HATE)], seen.append)
    candidate, comparison = measure_candidate(
        model, train(model, rows, seen.append), rows, seen.append
    )
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (10, 90)
    assert {progress.total for progress in seen} == {100}
    assert candidate.version == "pridemm-fake-r1"
    assert len(candidate.data["comparison"]) == len(comparison) == 8
    assert candidate.heads["hate"].metrics[0].n == 10


def test_nothing_to_learn_from_is_an_error(encode, model):
    rows = prepare(encode, model, [meme("0", HATE)])
    with pytest.raises(JobError, match="nothing to learn from"):
        train(model, rows)


def test_a_model_compared_with_itself_differs_nowhere(encode, model):
    rows = prepare(encode, model, [meme("0", HATE)])
    found = compare_models(model, model, rows.held_out, take_split(make_replay(TASKS), 1))
    assert [(c.task, c.rows) for c in found] == [
        (task, rows) for task in TASKS.keys for rows in ("corrected", "replay")
    ]
    for comparison in found:
        assert comparison.flips == 0
        assert comparison.active == comparison.candidate
    assert found[0].n == 1


def test_a_split_is_taken_whole(model):
    replay = make_replay(TASKS)
    train, val = take_split(replay, 0), take_split(replay, 1)
    assert (len(train), len(val)) == (40, 10)
    assert np.array_equal(train.labels["hate"], replay.labels["hate"][:40])
