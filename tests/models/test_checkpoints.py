import json
from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.heads.manifest import to_tensor_dict
from memeclip_core.heads.model import predict_scores
from memeclip_core.models.checkpoints import (
    MANIFEST,
    delete_checkpoint,
    find_checkpoints,
    read_checkpoint,
    read_learnt,
    read_manifest,
    read_replay,
    write_checkpoint,
)
from memeclip_core.models.learnt import Learnt
from tests.factories.heads import make_features, make_model
from tests.factories.heads import make_small_replay as make_replay


@pytest.fixture
def folder(tmp_path):
    write_checkpoint(tmp_path / "toy", make_model())
    return tmp_path / "toy"


def test_a_model_comes_back_bit_equal(folder):
    model, found = make_model(), read_checkpoint(folder)
    for name, tensor in to_tensor_dict(model).items():
        assert to_tensor_dict(found)[name].equal(tensor)
    features = make_features(5)
    before, after = predict_scores(model, features), predict_scores(found, features)
    for task in model.heads:
        assert np.array_equal(before[task].probabilities, after[task].probabilities)
        assert np.array_equal(before[task].cosines, after[task].cosines)
    assert (found.version, found.created, found.encoder) == ("toy", model.created, model.encoder)


def test_a_folder_holds_these_files_and_no_pickle(folder, tmp_path):
    assert sorted(path.name for path in folder.iterdir()) == ["head.safetensors", "manifest.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy"]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema"] == 1
    assert manifest["tasks"]["colour"]["labels"] == ["red", "green", "blue"]
    assert set(manifest["files"]) == {"head.safetensors", "manifest.json"}


def test_a_replay_travels_with_a_starter(tmp_path):
    model = make_model()
    tag = replace(model.encoder, fingerprint="f", image_dim=4, text_dim=2)
    model = replace(model, version="starter", encoder=tag)
    write_checkpoint(tmp_path / "starter", model, make_replay())
    replay = read_replay(tmp_path / "starter")
    assert replay.features.ids == make_replay().features.ids
    assert replay.features.fingerprint == "f"


def test_what_a_model_has_learnt_is_a_file_of_its_own(folder, tmp_path):
    learnt = Learnt(digests=frozenset({"0123456789abcdef"}))
    write_checkpoint(tmp_path / "next", replace(make_model(), version="next"), learnt=learnt)
    assert read_learnt(tmp_path / "next").digests == learnt.digests
    assert "0123456789abcdef" not in (tmp_path / "next" / "manifest.json").read_text()
    assert read_learnt(folder).digests == frozenset()


def test_older_models_have_what_they_learnt_in_their_manifest(tmp_path):
    model = replace(make_model(), data={"seen": ["0123456789abcdef"]})
    write_checkpoint(tmp_path / "toy", model)
    found = read_learnt(tmp_path / "toy")
    assert (found.digests, len(found.keys)) == ({"0123456789abcdef"}, 0)


def test_a_folder_is_never_overwritten_nor_misnamed(folder, tmp_path):
    with pytest.raises(CheckpointError, match="exists"):
        write_checkpoint(folder, make_model())
    with pytest.raises(CheckpointError, match="not named like"):
        write_checkpoint(tmp_path / "other", make_model())
    folder.rename(tmp_path / "renamed")
    with pytest.raises(CheckpointError, match="holds the model 'toy'"):
        read_checkpoint(tmp_path / "renamed")


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.rename", fail)
    with pytest.raises(StoreError, match="No space left"):
        write_checkpoint(tmp_path / "toy", make_model())
    assert list(tmp_path.iterdir()) == []


def test_damage_anywhere_in_the_tensors_is_noticed(folder):
    head = folder / "head.safetensors"
    good = head.read_bytes()
    for place in (0, 100, len(good) // 2, len(good) - 1):
        bad = bytearray(good)
        bad[place] ^= 1
        head.write_bytes(bad)
        with pytest.raises(CheckpointError, match="SHA-256"):
            read_checkpoint(folder)
    head.write_bytes(good)
    read_checkpoint(folder)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "damaged"),
        (b"[]", "no JSON object"),
        (b"{}", "SHA-256"),
        (b"\xff", "damaged"),
    ],
)
def test_a_damaged_manifest_is_named(folder, text, why):
    (folder / "manifest.json").write_bytes(text)
    with pytest.raises(CheckpointError, match=why):
        read_checkpoint(folder)


def test_an_edited_manifest_is_noticed(folder):
    path = folder / "manifest.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"red"', '"Red"'), encoding="utf-8")
    with pytest.raises(CheckpointError, match="was edited or damaged"):
        read_checkpoint(folder)
    # As models of the time before manifests had a sum of their own.
    manifest = json.loads(text)
    del manifest["files"]["manifest.json"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    read_checkpoint(folder)


def test_missing_files_are_named(folder, tmp_path):
    with pytest.raises(CheckpointError, match=r"keeps no rows of its training.*--replay-mb"):
        read_replay(folder)
    with pytest.raises(CheckpointError, match=r"'gone' has no readable manifest\.json"):
        read_manifest(tmp_path / "gone")


def test_a_checkpoint_is_deleted(folder, tmp_path):
    delete_checkpoint(folder)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="deleted"):
        delete_checkpoint(folder)


def test_a_folder_of_checkpoints_gives_each_by_name(tmp_path):
    for name in ("b-seed1", "a-seed0", ".half.tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text("{}")
    (tmp_path / "other").mkdir()
    assert [p.name for p in find_checkpoints(tmp_path)] == ["a-seed0", "b-seed1"]
    assert find_checkpoints(tmp_path / "a-seed0") == (tmp_path / "a-seed0",)
    with pytest.raises(CheckpointError, match="is no checkpoint folder"):
        find_checkpoints(tmp_path / "other")
