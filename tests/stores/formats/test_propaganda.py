from pathlib import Path

from memeclip_core.stores.datasets import read_propaganda, read_propaganda_dataset
from tests.stores.formats.files import jsonl, propaganda, write


def test_rows_find_their_images(tmp_path: Path) -> None:
    image = write(tmp_path / "images" / "x.png", b"png")
    lines = (propaganda(), propaganda(id=8, image="gone.png", text=None, labels=[]), propaganda())
    one, two, three = read_propaganda(write(tmp_path / "val.jsonl", jsonl(*lines)))
    assert one.labels == {"labels": ("Smears", "Doubt")}
    assert (one.name, one.text, one.split, one.line) == ("7", "t\n", "val", 1)
    assert (one.image, one.image_name) == (image, "x.png")
    assert (two.name, two.image, two.text) == ("8", None, "")
    # No technique is an answer, unlike no answer.
    assert two.labels == {"labels": ()}
    assert (three.name, three.line) == ("7", 3)


def test_malformed_lines_are_left_out_with_number_and_reason(tmp_path: Path) -> None:
    lines = [
        propaganda(),
        "{",
        "[]",
        propaganda(id=None),
        propaganda(id=True),
        propaganda(labels="Smears"),
        propaganda(labels=[1]),
        propaganda(labels=None),
        propaganda(text=1),
        propaganda(image=[]),
        "",
        propaganda(),
    ]
    dataset = read_propaganda_dataset(write(tmp_path / "train.jsonl", jsonl(*lines)))
    assert [row.line for row in dataset.rows] == [1, 12]
    assert [failure.filename for failure in dataset.left_out] == [
        f"train.jsonl, line {n}" for n in range(2, 11)
    ]
    assert "not valid JSON" in dataset.left_out[0].reason
    assert "column labels" in dataset.left_out[5].reason
