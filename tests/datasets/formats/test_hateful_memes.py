from pathlib import Path

from memeclip_core.datasets.reader import read_dataset
from tests.factories.dataset_files import hateful, jsonl, write


def test_labels_are_words_and_may_be_absent(tmp_path: Path) -> None:
    image = write(tmp_path / "img" / "01236.png", b"png")
    unlabelled = {key: value for key, value in hateful().items() if key != "label"}
    lines = (hateful(), hateful(id="01236", img="img/01236.png", label=1), unlabelled)
    one, two, three = read_dataset(write(tmp_path / "dev.jsonl", jsonl(*lines))).rows
    assert (one.name, one.labels, one.image) == ("42953", {"label": ("0",)}, None)
    assert (one.split, one.image_name) == ("val", "img/42953.png")
    assert (two.name, two.labels, two.image) == ("01236", {"label": ("1",)}, image)
    assert three.labels == {}
