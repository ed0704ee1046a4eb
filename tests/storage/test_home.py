import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.home import Home, check_name


def test_everything_lies_under_the_root(tmp_path):
    home = Home(tmp_path / "h").create()
    for path in (
        home.corrections, home.images, home.models, home.active, home.jobs, home.features,
        home.lock("x"),
    ):  # fmt: skip
        assert path.is_relative_to(tmp_path / "h")
    assert not list((tmp_path / "h" / "locks").iterdir())


def test_a_home_that_is_a_file_is_named(tmp_path):
    (tmp_path / "h").write_bytes(b"")
    with pytest.raises(StoreError, match="could not be created"):
        Home(tmp_path / "h").create()


@pytest.mark.parametrize("name", ["", "..", ".", ".hidden", "a/b", "a\\b", "a b", "é", "x" * 129])
def test_names_that_are_no_path_part_are_refused(name):
    with pytest.raises(StoreError):
        check_name(name, "model")


def test_versions_are_names():
    assert check_name("pridemm-compact-r12", "model") == "pridemm-compact-r12"
