"""People whom a users file names."""

from __future__ import annotations

import pytest

from memeclip_core.access.passwords import hash_password
from memeclip_core.access.users_file import read_users
from memeclip_core.errors import StoreError

SECRET = "correct horse battery"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "users.json"


def test_a_yaml_file_works_too(path):
    path.write_text(f"users:\n- name: ann\n  role: admin\n  password: {hash_password(SECRET)}\n")
    assert read_users(path)[0].name == "ann"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no list 'users'"),
        ("users: 1", "holds no list 'users'"),
        ("users: [", "neither YAML nor JSON"),
        ("users: [ann]", "user 1: must have exactly"),
        ("users: [{name: ann, role: admin}]", "user 1: must have exactly"),
        ("users: [{name: ann, role: admin, password: plain}]", "not hashed"),
        ("users: [{name: ann, role: boss, password: scrypt$2$8$1$AA==$AA==}]", "role is 'boss'"),
        ("users: [{name: a b, role: admin, password: scrypt$2$8$1$AA==$AA==}]", "the name may"),
    ],
)
def test_a_users_file_that_does_not_hold_together_is_named(path, text, why):
    path.write_text(text)
    with pytest.raises(StoreError, match=why.replace("$", r"\$")) as caught:
        read_users(path)
    assert str(path) in str(caught.value)


def test_a_name_twice_is_named(path):
    user = "{name: ann, role: admin, password: scrypt$2$8$1$AA==$AA==}"
    path.write_text(f"users: [{user}, {user}]")
    with pytest.raises(StoreError, match="'ann' stands there twice"):
        read_users(path)


def test_a_missing_file_is_named(path):
    with pytest.raises(StoreError, match="could not be read"):
        read_users(path)
