from pathlib import Path

from memeclip_core.datasets.reader import read_dataset
from tests.factories.dataset_files import MEMOTION, write


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
