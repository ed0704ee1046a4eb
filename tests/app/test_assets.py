"""The page's own files, the samples, and uploads."""

import json

import pytest

from memeclip_core.app.assets import read_asset, read_samples, read_scripts
from memeclip_core.app.uploads import read_upload
from memeclip_core.config import ROOT
from memeclip_core.errors import StoreError
from memeclip_core.memes.image import load_image


def test_an_asset_is_read_as_text(tmp_path):
    path = tmp_path / "a.css"
    path.write_text("a { content: '…'; }", encoding="utf-8")
    assert read_asset(path) == "a { content: '…'; }"


def test_a_missing_asset_says_that_the_installation_is_incomplete(tmp_path):
    with pytest.raises(StoreError, match=r"a\.css cannot be read .* install it again"):
        read_asset(tmp_path / "a.css")


def test_scripts_go_by_their_places_in_the_folder(tmp_path):
    (tmp_path / "label").mkdir()
    for name in ("b.js", "label/a.js", "a.css"):
        (tmp_path / name).write_text(f"// {name}", encoding="utf-8")
    assert read_scripts(tmp_path) == {"b.js": "// b.js", "label/a.js": "// label/a.js"}


def test_samples_are_listed_in_order_without_those_that_are_not_there(tmp_path):
    (tmp_path / "b.png").write_bytes(b"x")
    (tmp_path / "a.png").write_bytes(b"x")
    entries = [{"file": f"{n}.png", "title": n} for n in "bca"]
    (tmp_path / "samples.json").write_text(json.dumps(entries), encoding="utf-8")
    found = read_samples(tmp_path)
    assert [(s.path.name, s.title) for s in found] == [
        ("b.png", "b"),
        ("a.png", "a"),
    ]


def test_a_sample_never_leaves_its_folder(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"x")
    folder = tmp_path / "samples"
    folder.mkdir()
    entries = [{"file": "../secret.png", "title": "a"}]
    (folder / "samples.json").write_text(json.dumps(entries), encoding="utf-8")
    assert read_samples(folder) == ()


def test_no_list_is_no_samples(tmp_path):
    assert read_samples(tmp_path) == ()


@pytest.mark.parametrize("text", ["{", "[1]", '[{"title": "a"}]', "3"])
def test_a_list_that_does_not_hold_together_is_named(tmp_path, text):
    (tmp_path / "samples.json").write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=r"samples\.json does not hold together"):
        read_samples(tmp_path)


def test_the_shipped_samples_are_pictures():
    found = read_samples(ROOT / "assets" / "samples")
    assert len(found) >= 3
    for sample in found:
        assert load_image(read_upload(sample.path, max_bytes=2_000_000)).width >= 200


def test_every_task_set_with_a_starter_has_a_sample_of_its_own():
    own = {sample.task_set for sample in read_samples(ROOT / "assets" / "samples")}
    starters = {path.name.removesuffix("-compact") for path in (ROOT / "checkpoints").iterdir()}
    assert own == starters | {""}
