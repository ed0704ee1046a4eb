import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from memeclip_core.encoders.compact import text_space
from memeclip_core.encoders.compact.compact import ALIGNMENT_FILE, TEXT_FILE, load_compact
from memeclip_core.errors import DatasetError, EncoderError
from memeclip_core.experiments import compact_alignment as align
from memeclip_core.training.alignment import AlignConfig
from tests.factories.small_compact import fake_towers, small_space


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Twelve pictures; what a caption says is its length, which the red value tells."""
    monkeypatch.setattr(align, "load_towers", fake_towers)
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
    return align.build_alignment(
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
    pairs = align.Pairs(
        images=np.arange(10, dtype=np.float32)[:, None],
        texts=np.zeros((10, 1), np.float32),
        owners=np.arange(10),
    )
    parts = align._split(pairs, 3, seed=1)
    found = [part.images.ravel().tolist() for part in parts]
    assert [len(rows) for rows in found] == [4, 3, 3]
    assert sorted(row for rows in found for row in rows) == list(range(10))
    assert [p.images.ravel().tolist() for p in align._split(pairs, 3, seed=1)] == found
    assert [p.images.ravel().tolist() for p in align._split(pairs, 3, seed=2)] != found


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
