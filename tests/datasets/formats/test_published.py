import json
from pathlib import Path

import pytest

from memeclip_core.datasets.reader import (
    read_dataset,
)
from tests.factories.dataset_files import (
    MEMOTION,
    PRIDEMM,
    axiom,
    harmeme,
    hateful,
    jsonl,
    propaganda,
    restore,
    write,
)


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


def test_rows_are_taken_as_they_are(tmp_path: Path) -> None:
    image = write(tmp_path / "images" / "b.png", b"png")
    path = write(
        tmp_path / "p.csv",
        PRIDEMM
        + 'a.png,1,2,0,1,train,"two\r\nlines, ""quoted"""\r\n'
        + "b.png,0,NA,2,0,val,NA\r\n"
        + "b.png,,,2,,val,\r\n",
    )
    one, two, three = read_dataset(path, format="pridemm").rows
    assert one.labels == {"hate": ("1",), "target": ("2",), "stance": ("0",), "humour": ("1",)}
    assert (one.name, one.split, one.image, one.line) == ("a.png", "train", None, 2)
    assert one.text == 'two\r\nlines, "quoted"'
    # "NA" is a text like any other; only as a target does it mean that there is none.
    assert (two.text, two.line, two.image) == ("NA", 4, image)
    assert "target" not in two.labels
    # An empty cell is no label: the app's own exports leave what nobody decided empty.
    assert (three.text, three.labels) == ("", {"stance": ("2",)})


def test_labels_are_words_and_may_be_absent(tmp_path: Path) -> None:
    image = write(tmp_path / "img" / "01236.png", b"png")
    unlabelled = {key: value for key, value in hateful().items() if key != "label"}
    lines = (hateful(), hateful(id="01236", img="img/01236.png", label=1), unlabelled)
    one, two, three = read_dataset(write(tmp_path / "dev.jsonl", jsonl(*lines))).rows
    assert (one.name, one.labels, one.image) == ("42953", {"label": ("0",)}, None)
    assert (one.split, one.image_name) == ("val", "img/42953.png")
    assert (two.name, two.labels, two.image) == ("01236", {"label": ("1",)}, image)
    assert three.labels == {}


def test_rows_find_their_images(tmp_path: Path) -> None:
    image = write(tmp_path / "images" / "x.png", b"png")
    lines = (propaganda(), propaganda(id=8, image="gone.png", text=None, labels=[]), propaganda())
    one, two, three = read_dataset(write(tmp_path / "val.jsonl", jsonl(*lines))).rows
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
    dataset = read_dataset(write(tmp_path / "train.jsonl", jsonl(*lines)))
    assert [row.line for row in dataset.rows] == [1, 10]
    assert [failure.filename for failure in dataset.left_out] == [
        f"train.jsonl, line {n}" for n in range(2, 9)
    ]
    assert "not valid JSON" in dataset.left_out[0].reason
    assert "column text: a list of 2 items, and one text" in dataset.left_out[4].reason


def test_a_label_of_another_shape_costs_no_row(tmp_path: Path) -> None:
    lines = [propaganda(labels=value) for value in ("Smears", [1], None, {}, "['Smears']")]
    rows = read_dataset(write(tmp_path / "train.jsonl", jsonl(*lines, propaganda(text=1)))).rows
    assert [row.labels for row in rows[:5]] == [
        {"labels": ("Smears",)},
        {"labels": ("1",)},
        {},
        {"labels": ("{}",)},
        {"labels": ("Smears",)},
    ]
    assert rows[5].text == "1"


def test_the_corrected_text_is_the_text_where_there_is_one(tmp_path: Path) -> None:
    path = write(
        tmp_path / "labels.csv",
        MEMOTION
        + "0,a.jpg,OCR,corrected,hilarious,general,slight,motivational,very_positive\n"
        + "1,b.jpg,OCR, ,funny,,not_offensive,not_motivational,neutral\n",
    )
    image = write(tmp_path / "images" / "a.jpg", b"jpg")
    one, two = read_dataset(path).rows
    assert (one.name, one.image, one.text, one.split) == ("a.jpg", image, "corrected", "")
    assert one.labels == {
        "humour": ("hilarious",),
        "sarcasm": ("general",),
        "offensive": ("slight",),
        "motivational": ("motivational",),
        "overall_sentiment": ("very_positive",),
    }
    assert two.text == "OCR"
    assert "sarcasm" not in two.labels


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (["not harmful"], {"intensity": ("not harmful",)}),
        (
            ["very harmful", "society"],
            {"intensity": ("very harmful",), "target": ("society",)},
        ),
        (["somewhat harmful"], {"intensity": ("somewhat harmful",)}),
        (["somewhat harmful", "individual", "community"], {"intensity": ("somewhat harmful",)}),
        (["", "individual", "organization"], {}),
        ([], {}),
    ],
)
def test_the_mixed_list_is_parted(
    tmp_path: Path, words: list[str], labels: dict[str, tuple[str, ...]]
) -> None:
    path = write(tmp_path / "harm_c_val.jsonl", jsonl(harmeme("not harmful"), harmeme(*words)))
    row = read_dataset(path).rows[1]
    assert row.labels == labels
    assert (row.name, row.split, row.image_name) == ("m1", "val", "m1.png")


def test_other_words_stay_for_the_tasks_to_refuse(tmp_path: Path) -> None:
    lines = (
        harmeme("Not Harmful"),
        harmeme("harmful"),
        harmeme("not harmful", "very harmful"),
        harmeme("very harmful, society"),
        harmeme("very harmful", "alien"),
    )
    rows = read_dataset(write(tmp_path / "d.jsonl", jsonl(*lines))).rows
    assert [row.labels for row in rows] == [
        {"intensity": ("Not Harmful",)},
        {"intensity": ("harmful",)},
        {"intensity": ("not harmful", "very harmful")},
        {"intensity": ("very harmful",), "target": ("society",)},
        {"intensity": ("very harmful",), "target": ("alien",)},
    ]
