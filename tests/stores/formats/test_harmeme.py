from pathlib import Path

import pytest

from memeclip_core.stores.datasets import read_dataset
from tests.stores.formats.files import harmeme, jsonl, write


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


def test_other_words_are_faults(tmp_path: Path) -> None:
    lines = (harmeme("not harmful"), harmeme("harmful"), harmeme("not harmful", "very harmful"))
    found = read_dataset(write(tmp_path / "d.jsonl", jsonl(*lines)))
    assert len(found.rows) == 1
    assert "column labels: an unknown label. Allowed" in found.left_out[0].reason
    assert "column labels: 2 intensities" in found.left_out[1].reason
