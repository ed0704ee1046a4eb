from pathlib import Path

import pytest

from memeclip_core.datasets.reader import read_dataset
from tests.factories.dataset_files import harmeme, jsonl, write


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
