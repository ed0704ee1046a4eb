import pytest

from memeclip_core.access.passwords import check_password, cost_of, hash_password
from memeclip_core.access.users import UsersFile, add_user, read_users
from memeclip_core.errors import InputError, StoreError
from tests.factories.passwords import hash_as_before

SECRET = "correct horse battery"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "users.json"


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


@pytest.mark.parametrize(
    "user",
    [
        "- name: ann  # hi\n  role: admin\n  password: {}\n",
        "- name: ann  # hi\n  role: admin\n  password: '{}'\n",
        '- {{"name": "ann", "role": "admin", "password": "{}"}}\n',
        "- {{name: ann, role: admin, password: {}}}\n",
    ],
)
def test_an_old_hash_goes_on_working_and_is_renewed_where_it_stands(path, user):
    before = f"# who is who\nusers:\n{user.format(hash_as_before(SECRET))}"
    path.write_text(before)
    path.chmod(0o640)
    file = UsersFile(path)
    assert not file.check("ann", "wrong")
    assert path.read_text() == before
    assert file.check("ann", SECRET)
    (ann,) = read_users(path)
    assert (ann.name, ann.role) == ("ann", "admin")
    assert cost_of(ann.password) == cost_of(hash_password(SECRET))
    assert path.read_text().startswith("# who is who\nusers:\n" + user.split("{}")[0].format()[:9])
    assert path.stat().st_mode & 0o777 == 0o640
    after = path.read_text()
    assert file.check("ann", SECRET)
    assert not file.check("ann", "wrong")
    assert path.read_text() == after


def test_a_hash_that_cannot_be_renewed_goes_on_working(path, monkeypatch):
    path.write_text(f"users: [{{name: ann, role: admin, password: {hash_as_before(SECRET)}}}]")
    before = path.read_bytes()

    def refuse(*_, **__):
        raise StoreError("no space left")

    monkeypatch.setattr("memeclip_core.access.users.atomic_write", refuse)
    assert UsersFile(path).check("ann", SECRET)
    assert path.read_bytes() == before
