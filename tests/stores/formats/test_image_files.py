from pathlib import Path

from memeclip_core.stores.formats.image_files import find_image
from tests.stores.formats.files import write


def test_images_are_found_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    one = write(tmp_path / "images" / "a.png", b"1")
    two = write(tmp_path / "img" / "b.png", b"2")
    assert find_image("a.png", file=file, folder=None) == one
    assert find_image("img/b.png", file=file, folder=None) == two
    assert find_image("elsewhere\\b.png", file=file, folder=None) == two
    assert find_image("c.png", file=file, folder=None) is None


def test_a_given_folder_is_the_only_one(tmp_path: Path) -> None:
    write(tmp_path / "a.png", b"1")
    inside = write(tmp_path / "given" / "img" / "b.png", b"2")
    folder = tmp_path / "given"
    assert find_image("a.png", file=tmp_path / "d.csv", folder=folder) is None
    assert find_image("img/b.png", file=tmp_path / "d.csv", folder=folder) == inside


def test_a_name_leads_nowhere_else(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.png", b"1")
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "d.csv"
    for name in ("../secret.png", str(secret), "..\\secret.png", "", ".", "..", "/", "a\0b"):
        assert find_image(name, file=file, folder=None) is None
    assert find_image("x" * 5000, file=file, folder=None) is None
