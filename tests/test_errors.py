import pytest

from memeclip_core.errors import without_folders


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("/srv/a/b.csv is empty.", "b.csv is empty."),
        ("Cannot read '/srv/a/b.csv', line 3", "Cannot read 'b.csv', line 3"),
        (r"C:\Users\me\b.csv is empty.", "b.csv is empty."),
        ("train/metadata.csv, line 2", "train/metadata.csv, line 2"),
        ("See https://example.org/a/b.", "See https://example.org/a/b."),
        ("0/1/2 and/or 3", "0/1/2 and/or 3"),
    ],
)
def test_paths_are_cut_down_to_their_last_name(message: str, shown: str) -> None:
    assert without_folders(message) == shown
