from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from memeclip_core.encoders.compact import text_space
from memeclip_core.encoders.compact.compact import (
    ALIGNMENT_FILE,
    TEXT_FILE,
    Towers,
    load_compact,
    read_text_space,
)
from memeclip_core.errors import DatasetError, EncoderError
from memeclip_core.experiments import compact_parts
from memeclip_core.training.alignment import AlignConfig
from tests.factories.small_compact import FakeImages, FakeSentences, fake_towers, small_space


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Twelve pictures; what a caption says is its length, which the red value tells."""
    monkeypatch.setattr(compact_parts, "load_towers", fake_towers)
    (tmp_path / "images").mkdir()
    (tmp_path / "out").mkdir()
    save_file(text_space.to_arrays(small_space()), tmp_path / "out" / TEXT_FILE)
    lines = ["missing.png#0\ta picture that is not there"]
    for i in range(12):
        color = (20 * i, 255 - 20 * i, 0)
        Image.new("RGB", (8, 8), color).save(tmp_path / "images" / f"{i:02}.png")
        lines += [f"{i:02}.png#{n}\t{'x' * (1 + 30 * i)}" for n in range(2)]
    (tmp_path / "captions.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def build(folder, **changes):
    settings = {"held_out": 3, "config": AlignConfig(dim=2, epochs=2), **changes}
    return compact_parts.build_alignment(
        images_dir=folder / "images",
        captions_file=folder / "captions.tsv",
        out_dir=folder / "out",
        **settings,
    )


def test_the_maps_and_their_figures_are_written(pictures):
    seen = []
    report = build(pictures, on_progress=seen.append)
    assert (report.train, report.val, report.test, report.queries) == (6, 3, 3, 6)
    assert report.recall["10"] == report.val_recall == 1.0  # ten places for three pictures
    assert [p.message for p in seen] == ["encoding pictures", "encoding captions"] + [
        "training"
    ] * 2
    encoder = load_compact(assets=pictures / "out")
    assert encoder.shared_dim == 2
    entry = json.loads((pictures / "out" / "manifest.json").read_text("utf-8"))["alignment"]
    assert entry["file"] == ALIGNMENT_FILE
    assert entry["report"]["recall"] == report.recall
    assert entry["config"]["epochs"] == 2
    assert entry["command"].startswith("memeclip align ")


def test_the_parts_share_no_picture_and_the_seed_decides():
    pairs = compact_parts.Pairs(
        images=np.arange(10, dtype=np.float32)[:, None],
        texts=np.zeros((10, 1), np.float32),
        owners=np.arange(10),
    )
    parts = compact_parts._split(pairs, 3, seed=1)
    found = [part.images.ravel().tolist() for part in parts]
    assert [len(rows) for rows in found] == [4, 3, 3]
    assert sorted(row for rows in found for row in rows) == list(range(10))
    assert [p.images.ravel().tolist() for p in compact_parts._split(pairs, 3, seed=1)] == found
    assert [p.images.ravel().tolist() for p in compact_parts._split(pairs, 3, seed=2)] != found


def test_too_few_pictures_are_refused(pictures):
    with pytest.raises(DatasetError, match="12 pictures with captions are too few"):
        build(pictures, held_out=5)


def test_the_wrong_folder_is_named(pictures):
    for file in (pictures / "images").iterdir():
        file.unlink()
    with pytest.raises(DatasetError, match=r"None of the pictures that .* lies in"):
        build(pictures)


def test_the_text_space_comes_first(pictures):
    (pictures / "out" / TEXT_FILE).unlink()
    with pytest.raises(EncoderError, match="memeclip fit-text"):
        build(pictures)


HEADER = "name,hate,target,stance,humour,split,text\n"


@pytest.fixture
def dataset(tmp_path):
    texts = ["cat dog", "dog cat horse", "moon sun", "sun moon star"] * 3
    rows = [f"{i}.png,0,NA,0,0,train,{text}\n" for i, text in enumerate(texts)]
    rows += ["v.png,0,NA,0,0,val,unseen words\n"]
    path = tmp_path / "PrideMM.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def tower(monkeypatch):
    tower = FakeSentences()
    towers = Towers(image=FakeImages, sentence=lambda: (tower, None))
    monkeypatch.setattr(compact_parts, "load_towers", lambda: towers)
    return tower


def fit(dataset, out, **changes):
    settings = {"dim": 2, "min_words": 3, "min_pieces": 3, **changes}
    return compact_parts.fit_text(dataset=[dataset], out_dir=out, **settings)


def test_only_train_texts_are_read(dataset, tower, tmp_path):
    seen = []
    report = fit(dataset, tmp_path / "out", on_progress=seen.append)
    assert report.texts == 12
    assert "unseen words" not in tower.seen
    assert [(p.done, p.total) for p in seen] == [(12, 12)]
    space = read_text_space(tmp_path / "out")
    assert space.ngram_dim == 2
    assert len(space.index.buckets) == report.ngrams
    cat, dog, sun = space.project_ngrams(["cat", "dog", "sun"])
    assert cat @ dog > 1.8
    assert abs(cat @ sun) < 0.4
    entry = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["text"]
    assert (entry["file"], entry["texts"], entry["split"]) == (TEXT_FILE, 12, "train")


def test_no_text_is_stored(dataset, tower, tmp_path):
    fit(dataset, tmp_path / "out")
    stored = (tmp_path / "out" / TEXT_FILE).read_bytes()
    assert not any(word in stored for word in (b"cat", b"horse", b"star"))


def test_too_few_texts_leave_nothing_behind(dataset, tower, tmp_path):
    with pytest.raises(DatasetError, match="too few for 40 dimensions"):
        fit(dataset, tmp_path / "out", dim=40)
    assert not (tmp_path / "out").exists()
