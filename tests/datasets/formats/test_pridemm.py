from pathlib import Path

from memeclip_core.datasets.reader import read_pridemm
from tests.factories.dataset_files import PRIDEMM, write


def test_rows_are_taken_as_they_are(tmp_path: Path) -> None:
    image = write(tmp_path / "images" / "b.png", b"png")
    path = write(
        tmp_path / "p.csv",
        PRIDEMM
        + 'a.png,1,2,0,1,train,"two\r\nlines, ""quoted"""\r\n'
        + "b.png,0,NA,2,0,val,NA\r\n"
        + "b.png,,,2,,val,\r\n",
    )
    one, two, three = read_pridemm(path)
    assert one.labels == {"hate": ("1",), "target": ("2",), "stance": ("0",), "humour": ("1",)}
    assert (one.name, one.split, one.image, one.line) == ("a.png", "train", None, 2)
    assert one.text == 'two\r\nlines, "quoted"'
    # "NA" is a text like any other; only as a target does it mean that there is none.
    assert (two.text, two.line, two.image) == ("NA", 4, image)
    assert "target" not in two.labels
    # An empty cell is no label: the app's own exports leave what nobody decided empty.
    assert (three.text, three.labels) == ("", {"stance": ("2",)})
