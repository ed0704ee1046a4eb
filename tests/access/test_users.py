import base64
import hashlib

import pytest

from memeclip_core.access import users
from memeclip_core.access.users import (
    UsersFile,
    add_user,
    check_password,
    hash_password,
    read_users,
)
from memeclip_core.errors import InputError, StoreError

SECRET = "correct horse battery"
COST = users._COST


@pytest.fixture
def true_cost(cheap_passwords, monkeypatch):
    """Hash as people's passwords are hashed."""
    monkeypatch.setattr(users, "_COST", COST)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "users.json"


def test_a_hash_is_scrypt_with_a_fresh_salt(true_cost):
    one, two = hash_password(SECRET), hash_password(SECRET)
    assert one != two
    name, cost, block, parallel, salt, digest = one.split("$")
    assert (name, cost, block, parallel) == ("scrypt", "131072", "8", "1")
    expected = hashlib.scrypt(
        SECRET.encode(), salt=base64.b64decode(salt), n=2**17, r=8, p=1, maxmem=2**28, dklen=32
    )
    assert base64.b64decode(digest) == expected
    assert SECRET not in one


def test_only_the_password_matches():
    hashed = hash_password(SECRET)
    assert check_password(SECRET, hashed)
    for other in ("", SECRET + " ", SECRET.upper(), "\ud800"):
        assert not check_password(other, hashed)


def test_short_passwords_are_refused():
    with pytest.raises(InputError, match="7 characters; at least 8"):
        hash_password("1234567")


def test_users_are_added_and_changed(path):
    assert add_user(path, name="ann", role="annotator", password=SECRET)
    assert add_user(path, name="bob", role="admin", password=SECRET)
    assert not add_user(path, name="ann", role="admin", password="another secret")
    bob, ann = read_users(path)
    assert (ann.name, ann.role, bob.name, bob.role) == ("ann", "admin", "bob", "admin")
    assert check_password("another secret", ann.password)
    assert add_user(path, name="cid", role="reviewer", password=SECRET)
    assert read_users(path)[2].role == "reviewer"
    assert path.stat().st_mode & 0o777 == 0o600
    assert SECRET not in path.read_text()


def test_a_yaml_file_works_too(path):
    path.write_text(f"users:\n- name: ann\n  role: admin\n  password: {hash_password(SECRET)}\n")
    assert read_users(path)[0].name == "ann"


@pytest.mark.parametrize("name", ["", " ann", "a b", "../x", "x" * 65, "a\n"])
def test_bad_names_are_refused(path, name):
    with pytest.raises(InputError, match="user name"):
        add_user(path, name=name, role="admin", password=SECRET)
    assert not path.exists()


@pytest.mark.parametrize("role", ["visitor", "root", ""])
def test_bad_roles_are_refused(path, role):
    with pytest.raises(InputError, match="annotator, reviewer and admin"):
        add_user(path, name="ann", role=role, password=SECRET)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no list 'users'"),
        ("users: 1", "holds no list 'users'"),
        ("users: [", "neither YAML nor JSON"),
        ("users: [ann]", "user 1: must have exactly"),
        ("users: [{name: ann, role: admin}]", "user 1: must have exactly"),
        ("users: [{name: ann, role: admin, password: plain}]", "not hashed"),
        *(
            (f"users: [{{name: ann, role: admin, password: {hashed}}}]", "not hashed")
            for hashed in (
                "scrypt$3$8$1$AA==$AA==",
                "scrypt$0$8$1$AA==$AA==",
                "scrypt$-2$8$1$AA==$AA==",
                "scrypt$2$0$1$AA==$AA==",
                "scrypt$1073741824$8$1$AA==$AA==",
                f"scrypt$2$8$1{'0' * 30}$AA==$AA==",
                f"scrypt${'9' * 5000}$8$1$AA==$AA==",
                "scrypt$2$8$1$AA==",
            )
        ),
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


def test_the_file_is_parsed_only_when_it_has_changed(path, monkeypatch):
    add_user(path, name="ann", role="annotator", password=SECRET)
    parsed = []
    monkeypatch.setattr(
        "memeclip_core.access.users.read_users", lambda p: parsed.append(p) or read_users(p)
    )
    file = UsersFile(path)
    assert file.find("ann").role == "annotator"
    assert file.find("eve") is None
    assert len(parsed) == 1
    monkeypatch.undo()
    add_user(path, name="ann", role="admin", password=SECRET)
    assert file.find("ann").role == "admin"
    path.unlink()
    with pytest.raises(StoreError, match="could not be read"):
        file.find("ann")


def hash_as_before(password):
    """Return a hash as earlier versions wrote them."""
    salt = b"sixteen bytes 16"
    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return "$".join(["scrypt", "16384", "8", "1", *(encode(part) for part in (salt, digest))])


def encode(data):
    return base64.b64encode(data).decode()


def test_an_old_hash_goes_on_working_and_is_renewed_where_it_stands(path, true_cost):
    user = f"- name: ann  # hi\n  role: admin\n  password: {hash_as_before(SECRET)}\n"
    path.write_text(f"# who is who\nusers:\n{user}")
    path.chmod(0o640)
    file = UsersFile(path)
    assert not file.check("ann", "wrong")
    assert "$16384$" in path.read_text()
    assert file.check("ann", SECRET)
    assert "$131072$8$1$" in path.read_text()
    assert path.read_text().startswith("# who is who\nusers:\n- name: ann  # hi\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert file.check("ann", SECRET)
    assert not file.check("ann", "wrong")


def test_a_hash_that_cannot_be_renewed_goes_on_working(path, monkeypatch):
    path.write_text(f"users: [{{name: ann, role: admin, password: {hash_as_before(SECRET)}}}]")
    before = path.read_bytes()

    def refuse(*_, **__):
        raise StoreError("no space left")

    monkeypatch.setattr("memeclip_core.access.users.atomic_write", refuse)
    assert UsersFile(path).check("ann", SECRET)
    assert path.read_bytes() == before


def test_a_dearer_hash_than_todays_is_left_alone(path, monkeypatch):
    monkeypatch.setattr("memeclip_core.access.users._COST", (2**10, 8, 1))
    path.write_text(f"users: [{{name: ann, role: admin, password: {hash_as_before(SECRET)}}}]")
    before = path.read_bytes()
    assert UsersFile(path).check("ann", SECRET)
    assert path.read_bytes() == before


@pytest.mark.parametrize("old", [(), ("ann",), ("ann", "bob")])
def test_every_name_takes_as_long_whether_it_exists_or_not(path, monkeypatch, old):
    for name in ("ann", "bob"):
        add_user(path, name=name, role="admin", password=SECRET)
    for user in read_users(path):
        if user.name in old:
            text = path.read_text().replace(user.password, hash_as_before(SECRET))
            path.write_text(text)
    spent = []
    real = hashlib.scrypt

    def counting(*args, n, **rest):
        spent.append(n)
        return real(*args, n=n, **rest)

    monkeypatch.setattr(hashlib, "scrypt", counting)
    file, costs = UsersFile(path), []
    for name in ("ann", "bob", "eve", ""):
        spent.clear()
        assert not file.check(name, "wrong")
        costs.append(sorted(spent))
    assert costs == [[1024, 16384] if old else [1024]] * 4
