import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from memeclip_core.access import passwords
from memeclip_core.access.passwords import (
    check_among,
    check_password,
    cost_of,
    hash_password,
    is_cheap,
)
from memeclip_core.errors import InputError
from tests.factories.passwords import hash_as_before

SECRET = "correct horse battery"
TRUE = passwords.HASHER


def test_a_hash_is_argon2id_with_a_fresh_salt_and_the_recommended_cost(monkeypatch):
    monkeypatch.setattr(passwords, "HASHER", TRUE)
    one, two = hash_password(SECRET), hash_password(SECRET)
    assert one != two
    found = extract_parameters(one)
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (
        Type.ID, 64 * 1024, 3, 4,
    )  # fmt: skip
    assert cost_of(one) == ("argon2id", 64 * 1024, 3, 4)
    assert check_password(SECRET, one)
    assert not check_password(SECRET + " ", one)
    assert SECRET not in one


@pytest.mark.parametrize("make", [hash_password, hash_as_before])
def test_only_the_password_matches(make):
    hashed = make(SECRET)
    assert check_password(SECRET, hashed)
    for other in ("", SECRET + " ", SECRET.upper(), "\ud800"):
        assert not check_password(other, hashed)


def test_short_passwords_are_refused():
    with pytest.raises(InputError, match="7 characters; at least 8"):
        hash_password("1234567")


def test_what_is_scrypt_or_cheaper_than_today_is_to_be_renewed():
    assert is_cheap(hash_as_before(SECRET))
    assert not is_cheap(hash_password(SECRET))
    for passes, cheap in ((1, True), (2, False), (3, False)):
        hashed = PasswordHasher(time_cost=passes, memory_cost=32, parallelism=1).hash(SECRET)
        assert is_cheap(hashed) == cheap


@pytest.mark.parametrize(
    "hashed",
    [
        "plain",
        "scrypt$3$8$1$AA==$AA==",
        "scrypt$0$8$1$AA==$AA==",
        "scrypt$-2$8$1$AA==$AA==",
        "scrypt$2$0$1$AA==$AA==",
        "scrypt$1073741824$8$1$AA==$AA==",
        f"scrypt$2$8$1{'0' * 30}$AA==$AA==",
        f"scrypt${'9' * 5000}$8$1$AA==$AA==",
        "scrypt$2$8$1$AA==",
        "scrypt$2$8$1$AA=$AA==",
        *(
            f"${kind}$v=19$m={m},t={t},p={p}${'A' * 22}${'A' * 43}"
            for kind, m, t, p in (
                ("argon2i", 64, 1, 1), ("argon2id", 7, 1, 1), ("argon2id", 64, 0, 1),
                ("argon2id", 64, 1, 0), ("argon2id", 2**20, 1, 1), ("argon2id", 64, 1, 9),
            )
        ),
        f"$argon2id$v=19$m=64,t=1,p=1${'A' * 22}${'A' * 42}",
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_no_hash(hashed):
    with pytest.raises(InputError, match="not hashed"):
        cost_of(hashed)


@pytest.mark.parametrize("old", [(), ("ann",), ("ann", "bob")])
def test_every_name_takes_as_long_whether_it_exists_or_not(monkeypatch, old):
    names = ("ann", "bob")
    users = {n: hash_as_before(SECRET) if n in old else hash_password(SECRET) for n in names}
    spent = []

    def counting(password, hashed):
        spent.append(cost_of(hashed))
        return check_password(password, hashed)

    monkeypatch.setattr(passwords, "check_password", counting)
    today = ("argon2id", 64, 1, 1)
    expected = sorted([("scrypt", 2**14, 8, 1), today] if old else [today])
    for name in ("ann", "bob", "eve", ""):
        for secret, right in (("wrong", False), (SECRET, name in users)):
            spent.clear()
            assert check_among(secret, users.get(name), users.values()) == right
            assert sorted(spent) == expected
