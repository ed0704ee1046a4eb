"""What is said of a dataset's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.datasets.notes import note_unlabelled
from memeclip_core.datasets.reader import Dataset, read_dataset, read_datasets
from memeclip_core.errors import DatasetError
from tests.factories.dataset_files import PRIDEMM, hateful, jsonl, propaganda, write


def notes(found: Dataset) -> list[str]:
    return [note.reason for note in found.notes]


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "train.jsonl", jsonl(hateful(attack="x", pc=["y"]), hateful()))
    found = read_dataset(path)
    assert found.format == "hateful-memes"
    assert notes(found) == ["Columns that are not used: attack, pc."]
    own = write(tmp_path / "own.csv", "said,who,mood\nt,x,1\n")
    assert notes(read_dataset(own, columns={"text": "said", "mood": "mood"})) == [
        "Columns that are not used: who."
    ]


def test_a_file_with_the_columns_of_another_and_its_labels_elsewhere_is_a_list(
    tmp_path: Path,
) -> None:
    record = {key: value for key, value in hateful().items() if key != "label"}
    unlabelled = read_dataset(write(tmp_path / "test.jsonl", jsonl(record)))
    assert (unlabelled.format, unlabelled.rows[0].labels) == ("hateful-memes", {})
    other = read_dataset(write(tmp_path / "own.jsonl", jsonl({**record, "misogynous": 1})))
    assert (other.format, other.rows[0].labels) == ("list", {"misogynous": ("1",)})
    three = read_dataset(write(tmp_path / "own.csv", "name,hate,text\na.png,1,t\n"))
    assert (three.format, three.rows[0].labels) == ("list", {"hate": ("1",)})


def test_splits_without_labels_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", PRIDEMM + "a,0,,,,train,t\nb,,,,,test,u\nc,,NA,nan,,,v\n")
    assert [note.filename for note in note_unlabelled(read_dataset(path).rows)] == [
        "split test",
        "rows without a split",
    ]


def test_addresses_of_images_are_named_for_what_they_are(tmp_path: Path) -> None:
    write(tmp_path / "a.png", b"png")
    lines = (
        propaganda(image="https://example.org/a.png?w=1"),
        propaganda(image="a.png"),
        propaganda(image="HTTP://example.org/a.png"),
    )
    found = read_dataset(write(tmp_path / "val.jsonl", jsonl(*lines)))
    assert [row.image is not None for row in found.rows] == [False, True, False]
    (note,) = notes(found)
    assert note.startswith("2 rows name their image by an address on the internet, the first in")


def test_rows_of_a_file_that_stand_in_another_are_counted_once(tmp_path: Path) -> None:
    rows = [hateful(id=n, text=f"t{n}") for n in range(3)]
    write(tmp_path / "train.jsonl", jsonl(*rows))
    write(tmp_path / "train_attack.json", jsonl(*({**row, "attack": "x"} for row in rows)))
    write(tmp_path / "train_more.jsonl", jsonl(rows[0], hateful(id=9)))
    write(tmp_path / "dev_seen.jsonl", jsonl(rows[0]))
    for found in (
        read_dataset(tmp_path),
        read_datasets(sorted(tmp_path.iterdir())),
    ):
        assert [(row.split, row.name) for row in found.rows] == [
            ("val", "0"),
            ("train", "0"),
            ("train", "1"),
            ("train", "2"),
            ("train", "9"),
        ]
        assert [(f.filename, f.reason.split(" rows")[0]) for f in found.skipped] == [
            ("train_attack.json", "3 of its 3"),
            ("train_more.jsonl", "1 of its 2"),
        ]


def test_a_list_beside_a_published_dataset_does_not_keep_it_out(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", jsonl(hateful()))
    write(tmp_path / "notes.csv", "text,who\nwords,me\n")
    found = read_dataset(tmp_path)
    assert (found.format, found.files) == ("hateful-memes", ("train.jsonl",))
    assert [failure.filename for failure in found.skipped] == ["notes.csv"]


def test_a_refusal_names_columns_and_never_a_text(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", "who,what\n1,2\n")
    with pytest.raises(DatasetError, match=r'a comma: who, what\. Say .* --columns "text=who"'):
        read_dataset(path)
    path = write(tmp_path / "e.csv", "somebody wrote all these words,and that\n1,2\n")
    with pytest.raises(DatasetError, match="names no columns: add a header") as caught:
        read_dataset(path)
    assert "wrote" not in str(caught.value)


@pytest.mark.parametrize("there", [False, True])
def test_rows_whose_text_was_altered_are_counted_once(tmp_path: Path, there: bool) -> None:
    if there:
        write(tmp_path / str(hateful()["img"]), b"png")
    write(tmp_path / "train.jsonl", jsonl(hateful(id=1, text="t")))
    write(tmp_path / "train_attack.json", jsonl(hateful(id=1, text="t!"), hateful(id=2)))
    found = read_dataset(tmp_path)
    assert [(row.name, row.text) for row in found.rows] == [("1", "t"), ("2", hateful()["text"])]
    assert found.skipped[0].reason.startswith("1 of its 2 rows stand in train.jsonl too")


def test_pictures_of_one_name_in_two_folders_are_two(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path / folder / "1.png", folder.encode())
        write(tmp_path / folder / "train.csv", "image,hate\n1.png,1\n")
    assert [row.image for row in read_dataset(tmp_path).rows] == [
        tmp_path / "a" / "1.png",
        tmp_path / "b" / "1.png",
    ]
