import json
from pathlib import Path

from memeclip_core.datasets.reader import read_dataset
from tests.factories.dataset_files import axiom, restore, write


def test_restore_has_a_list(tmp_path: Path) -> None:
    items = [restore("Self-Harm", "Feeling Down"), restore("Self-Harm", "Self-Harm"), restore()]
    path = write(tmp_path / "val.json", json.dumps(items))
    one, two, three = read_dataset(path).rows
    assert one.labels == {"meme_depressive_categories": ("Self-Harm", "Feeling Down")}
    assert (one.name, one.text, one.split, one.image_name) == ("TR-1", "t", "val", "TR-1.jpg")
    assert two.labels == {"meme_depressive_categories": ("Self-Harm",)}
    assert three.labels == {"meme_depressive_categories": ()}


def test_axiom_has_one_category(tmp_path: Path) -> None:
    image = write(tmp_path / "images" / "TR-1.jpg", b"jpg")
    items = [axiom("Restlessness"), axiom(None), axiom(["Restlessness"]), axiom([])]
    found = read_dataset(write(tmp_path / "train.json", json.dumps(items)))
    held = {"meme_anxiety_category": ("Restlessness",)}
    assert [row.labels for row in found.rows] == [held, {}, held, {}]
    assert found.rows[0].image == image
