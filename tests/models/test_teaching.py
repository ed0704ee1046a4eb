from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from memeclip_core.config import ROOT
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.errors import JobError
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.image import ImageLimits
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.teaching import Teacher, compare_models
from memeclip_core.records.decision import Labelled
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore
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
def teacher(tmp_path):
    engines = Engines(encoder_name="fake", make_encoder=CountingEncoder, make_ocr=CountingOcr)
    home = Home(tmp_path / "home").create()
    return Teacher(
        reader=Reader(engines=engines, limits=ImageLimits()),
        images=ImageStore(home),
        encoder=MemeEncoder(engines=engines, cache=FeatureCache(home)),
        config=RETRAIN,
    )


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


def prepare(teacher, model, memes, report=ignore, replay=None):
    return teacher.prepare(TASKS, model, replay or make_replay(TASKS), Learnt(), memes, report)


def test_corrections_become_rows_on_either_side_of_the_split(teacher, model):
    memes = [meme("1", HATE), meme("0", NO_HATE), meme("2", NO_HATE)]
    lesson = prepare(teacher, model, memes)
    assert lesson.learn.features.ids == ("1" * 64, "2" * 64)
    assert lesson.held_out.features.ids == ("0" * 64,)
    assert {task: rows.tolist() for task, rows in lesson.learn.labels.items()} == {
        "hate": [1, 0],
        "target": [2, -1],
        "stance": [2, 0],
        "humour": [1, 0],
    }
    assert not lesson.learn.features.has_image.any()
    assert lesson.counts == {
        "corrected": 3, "learnt": 2, "held_out": 1, "validation": 0, "aside": 0, "skipped": 0,
        "replay": 50, "replay_left": 0,
    }  # fmt: skip


def test_rows_like_corrected_memes_are_neither_replayed_nor_measured_on(teacher, model):
    replay = make_replay(TASKS)
    ids = replay.features.ids
    # The first is a training row that its id alone would hold out, the last a validation row.
    memes = [replace(meme("1", HATE, f"words {place}"), meme=ids[place]) for place in (5, 7, 49)]
    kept = [meme("0", NO_HATE, "nothing like it"), meme("2", HATE, "something else")]
    lesson = prepare(teacher, model, [*memes, *kept])
    assert lesson.learn.features.ids == (ids[5], ids[7], "2" * 64)
    assert lesson.held_out.features.ids == ("0" * 64,)
    assert lesson.replay.features.ids == tuple(ids[i] for i in range(40) if i not in (5, 7))
    assert lesson.validation.features.ids == ids[40:50]
    assert lesson.validation.labels["hate"][-1] == 1
    assert (lesson.counts["replay"], lesson.counts["replay_left"]) == (47, 3)


def test_progress_never_goes_back_and_ends_before_the_writing(teacher, model):
    seen = []
    lesson = prepare(teacher, model, [meme("1", HATE), meme("2", NO_HATE)], seen.append)
    candidate = teacher.teach(
        TASKS,
        model,
        lesson,
        version="pridemm-fake-r1",
        created=NOW,
        report=seen.append,
        should_stop=lambda: False,
    )
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (10, 90)
    assert {progress.total for progress in seen} == {100}
    assert candidate.model.version == "pridemm-fake-r1"
    assert len(candidate.model.data["comparison"]) == 8
    assert candidate.model.heads["hate"].metrics[0].n == 10


def test_nothing_to_learn_from_is_an_error(teacher, model):
    lesson = prepare(teacher, model, [meme("0", HATE)])
    with pytest.raises(JobError, match="nothing to learn from"):
        teacher.teach(
            TASKS,
            model,
            lesson,
            version="x",
            created=NOW,
            report=ignore,
            should_stop=lambda: False,
        )


def test_a_model_compared_with_itself_differs_nowhere(teacher, model):
    lesson = prepare(teacher, model, [meme("0", HATE)])
    found = compare_models(model, model, lesson.held_out, take_split(make_replay(TASKS), 1))
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
