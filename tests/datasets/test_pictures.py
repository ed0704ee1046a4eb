"""A name means the picture that its own list means, or none."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from memeclip_core.datasets.pictures import Pictures
from memeclip_core.storage.tree import Tree, list_tree
from tests.factories.dataset_files import make_zip, write

ROOT = Path("r")


def pictures(*names: str, lists: tuple[str, ...] = ()) -> Pictures:
    return Pictures(Tree(root=ROOT, files={name: ROOT / name for name in names}), lists=lists)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.png", "a.png"), ("b.png", "images/b.png"), ("img/c.png", "img/c.png"),
        ("c.png", "img/c.png"), ("images\\b.png", "images/b.png"),
        ("./images//b.png", "images/b.png"),
        ("data/img/c.png", "img/c.png"), ("/abs/where/a.png", "a.png"), ("C:\\x\\a.png", "a.png"),
        ("B.PNG", "images/b.png"), ("deep.png", "x/y/deep.png"), ("z/deep.png", "x/y/deep.png"),
        ("gone.png", None), ("", None), (".", None), ("..", None), ("/", None), ("a\0b", None),
        ("x" * 5000, None), ("https://example.org/a.png", None), (" a.png ", "a.png"),
    ],
)  # fmt: skip
def test_a_name_is_looked_for_beside_its_list_and_then_by_its_end(
    name: str, found: str | None
) -> None:
    here = pictures("a.png", "images/b.png", "img/c.png", "x/y/deep.png")
    assert here.find(name) == (ROOT / found if found else None)


def test_the_own_folder_comes_before_all_others() -> None:
    both = pictures("0.png", "train/0.png", "validation/0.png", "validation/images/1.png")
    assert both.find("0.png", beside="train") == ROOT / "train/0.png"
    assert both.find("0.png", beside="validation") == ROOT / "validation/0.png"
    assert both.find("0.png") == ROOT / "0.png"
    assert both.find("validation/0.png", beside="train") == ROOT / "validation/0.png"


def test_the_own_folder_comes_first_also_where_a_name_is_written_otherwise_there() -> None:
    both = pictures("0.PNG", "validation/0.png", "validation/images/1.png", "images/1.PNG")
    assert both.find("0.PNG", beside="validation") == ROOT / "validation/0.png"
    assert both.find("1.PNG", beside="validation") == ROOT / "validation/images/1.png"


def test_a_picture_of_another_list_is_never_taken_by_its_last_name() -> None:
    lists = ("train/metadata.csv", "validation/metadata.csv")
    both = pictures("train/0.png", "validation/0.png", "validation/1.png", lists=lists)
    assert both.find("1.png", beside="train") is None
    assert both.find("1.png", beside="validation") == ROOT / "validation/1.png"
    shared = pictures("pool/1.png", "train/0.png", lists=lists)
    assert shared.find("1.png", beside="train") == ROOT / "pool/1.png"


def test_a_last_name_that_two_files_have_is_none() -> None:
    two = pictures("x/0.png", "y/0.png", "y/1.png")
    assert two.find("0.png") is None and two.find("z/0.png") is None
    assert two.find("y/0.png") == ROOT / "y/0.png"


def test_case_and_unicode_forms_are_told_apart_only_where_both_are_there() -> None:
    composed, parted = (unicodedata.normalize(form, "Éa.png") for form in ("NFC", "NFD"))
    assert composed != parted
    assert pictures(parted).find(composed) == ROOT / parted
    assert pictures(composed).find(parted.upper()) == ROOT / composed
    assert pictures("A.png", "a.png").find("a.png") == ROOT / "a.png"
    assert pictures("A.png", "a.PNG").find("a.png") is None


def test_a_name_leads_nowhere_else(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.png", b"1")
    write(tmp_path / "data" / "d.csv", "x")
    here = Pictures(list_tree(tmp_path / "data"))
    for name in ("../secret.png", str(secret), "..\\secret.png"):
        assert here.find(name) is None


def test_archives_have_the_same_rule(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "m.zip", {"train/0.png": b"T", "validation/0.png": b"V"})
    here = Pictures(list_tree(path), lists=("train/m.csv", "validation/m.csv"))
    assert here.find("0.PNG", beside="validation") == path / "validation/0.png"
