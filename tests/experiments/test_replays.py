"""What is kept of the rows: those that fit, and never those that a model is judged on alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.encoders.features import SEQUENCES, Needs
from memeclip_core.experiments.material import Material
from memeclip_core.experiments.replays import ID_BYTES, count_bytes, keep_replay, record_rest
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.models.replay import TRAIN, VAL, encode_replay
from memeclip_core.models.sides import deal_sides
from tests.factories.workbench import fake_material, pridemm_material, write_axiom

PLENTY = 10_000_000


@pytest.fixture
def material(tmp_path: Path) -> Material:
    return pridemm_material(tmp_path, needs=Needs(tokens=True, words=True))


def test_everything_that_fits_is_kept_in_its_order(material: Material) -> None:
    found = keep_replay(material, PLENTY)
    assert found is not None
    part = material.whole
    learn, choose = (material.rows.take(own) for own in (part.learn, part.choose))
    assert found.features.ids == learn.features.ids + choose.features.ids
    assert (len(found.rows(TRAIN)), len(found.rows(VAL))) == (24, 12)
    assert np.array_equal(found.labels["hate"][found.rows(TRAIN)], learn.labels["hate"])
    assert found.features.word_ids is not None
    assert found.features.text_tokens is not None


def test_rows_are_recognised_by_their_texts(material: Material) -> None:
    found = keep_replay(material, PLENTY)
    assert found is not None and found.keys is not None
    part = material.whole
    texts = [material.texts[place] for place in (*part.learn, *part.choose)]
    again = key_memes(found.features.ids, texts)
    assert found.keys.texts.tolist() == again.texts.tolist()
    assert np.array_equal(found.keys.sketches, again.sketches)
    assert again.texts.all()


def test_a_limit_keeps_some_of_either_split_and_always_the_same(material: Material) -> None:
    limit = int(count_bytes(material.rows).sum()) // 2
    found, again = keep_replay(material, limit), keep_replay(material, limit)
    assert found is not None and again is not None
    assert found.features.ids == again.features.ids
    assert 12 <= len(found.features) <= 24
    assert len(found.rows(TRAIN)) > 0 and len(found.rows(VAL)) > 0
    kept = np.isin(material.rows.features.ids, found.features.ids)
    assert count_bytes(material.rows)[kept].sum() <= limit


def test_rows_that_do_not_fit_are_recognised_all_the_same(material: Material) -> None:
    found = keep_replay(material, int(count_bytes(material.rows).sum()) // 2)
    assert found is not None and found.keys is not None
    rest = record_rest(material, found)
    part = material.whole
    met = [material.rows.features.ids[place] for place in (*part.learn, *part.choose)]
    assert rest is not None and {*rest.keys.ids, *found.features.ids} == set(met)
    again = key_memes(met, [material.texts[place] for place in (*part.learn, *part.choose)])
    sides = deal_sides(again, found.keys, found.split, rest)
    assert not sides.held_out.any()
    everything = keep_replay(material, PLENTY)
    assert everything is not None and record_rest(material, everything) is None


def test_without_room_nothing_is_kept(material: Material) -> None:
    assert keep_replay(material, 0) is None
    assert keep_replay(material, int(count_bytes(material.rows).min()) - 1) is None


def test_rows_of_folds_are_those_of_the_final_model(tmp_path: Path) -> None:
    material = fake_material(write_axiom(tmp_path), "axiom")
    found = keep_replay(material, PLENTY)
    assert found is not None
    assert len(found.rows(TRAIN)) == len(material.whole.learn)
    assert len(found.rows(VAL)) == len(material.whole.choose)


def test_the_count_is_what_the_file_holds(material: Material) -> None:
    counted = int(count_bytes(material.rows).sum())
    replay = keep_replay(material, PLENTY)
    assert replay is not None
    written = len(encode_replay(replay))
    # The file's header names the arrays and their shapes.
    assert counted <= written <= counted + 2000


def test_each_part_of_a_row_counts(material: Material) -> None:
    features = material.rows.features
    bare = replace(features, **dict.fromkeys(SEQUENCES))
    vectors = count_bytes(replace(material.rows, features=bare))
    # Text alone: 7 half-precision numbers; four tasks with an int64 each.
    assert vectors.tolist() == [ID_BYTES + 2 * 7 + 4 * 8] * len(features)
    assert features.word_ids is not None
    ids = replace(bare, word_ids=features.word_ids)
    more = count_bytes(replace(material.rows, features=ids)) - vectors
    assert np.array_equal(more, 4 * features.word_ids.mask.sum(axis=1) + 4)
