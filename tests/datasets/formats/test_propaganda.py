from pathlib import Path

from memeclip_core.datasets.reader import read_propaganda, read_propaganda_dataset
from tests.factories.dataset_files import jsonl, propaganda, write


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
        propaganda(text=["a", "b"]),
        propaganda(image=[]),
        propaganda(text=None, image=None),
        "",
        propaganda(),
    ]
    dataset = read_propaganda_dataset(write(tmp_path / "train.jsonl", jsonl(*lines)))
    assert [row.line for row in dataset.rows] == [1, 10]
    assert [failure.filename for failure in dataset.left_out] == [
        f"train.jsonl, line {n}" for n in range(2, 9)
    ]
    assert "not valid JSON" in dataset.left_out[0].reason
    assert "column text: a list of 2 items, and one text" in dataset.left_out[4].reason


def test_a_label_of_another_shape_costs_no_row(tmp_path: Path) -> None:
    lines = [propaganda(labels=value) for value in ("Smears", [1], None, {}, "['Smears']")]
    rows = read_propaganda(write(tmp_path / "train.jsonl", jsonl(*lines, propaganda(text=1))))
    assert [row.labels for row in rows[:5]] == [
        {"labels": ("Smears",)},
        {"labels": ("1",)},
        {},
        {"labels": ("{}",)},
        {"labels": ("Smears",)},
    ]
    assert rows[5].text == "1"
