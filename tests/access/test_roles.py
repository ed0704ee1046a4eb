import pytest

from memeclip_core.access.roles import read_roles
from memeclip_core.errors import ConfigError, StoreError


def test_pairs_are_read_from_a_variable():
    assert read_roles(" Ada=annotator, grace = admin ,rev=reviewer,") == {
        "ada": "annotator",
        "grace": "admin",
        "rev": "reviewer",
    }


@pytest.mark.parametrize("given", ["", "  ", "\n"])
def test_nothing_given_is_nobody(given):
    assert read_roles(given) == {}


def test_a_file_has_lines_and_remarks(tmp_path):
    path = tmp_path / "roles.txt"
    path.write_text("# the team\nada=annotator  # since May\n\ngrace=admin\n", encoding="utf-8")
    assert read_roles(str(path)) == {"ada": "annotator", "grace": "admin"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("ada=boss", "'ada' the role 'boss'; allowed are annotator, reviewer, admin"),
        ("ada=visitor", "allowed are annotator"),
        ("a da=admin", "'a da', which is no Hugging Face name"),
        ("=admin", "'', which is no"),
        ("ada=admin,ADA=annotator", "name 'ADA' twice"),
        ("ada=admin, grace", "'grace' the role ''"),
    ],
)
def test_what_cannot_be_meant_is_named(given, said):
    with pytest.raises(ConfigError, match=said):
        read_roles(given)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"roles\.txt could not be read"):
        read_roles(str(tmp_path / "roles.txt"))
