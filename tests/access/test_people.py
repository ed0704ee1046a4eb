import pytest

from memeclip_core.access.people import People
from memeclip_core.access.users import Users
from memeclip_core.database.engine import Database
from memeclip_core.errors import PermissionDenied, RateLimited
from memeclip_core.records.decision import Person
from tests.factories.clocks import Clock

SECRET = "correct horse"


@pytest.fixture
def users(tmp_path):
    found = Users(Database.of_home(tmp_path))
    found.add(name="ann", role="annotator", password=SECRET)
    found.add(name="bob", role="admin", password=SECRET)
    return found


def make(users=None, *, loopback=True, space=False, clock=None):
    return People(users=users, loopback=loopback, space=space, clock=clock or Clock(1000.0))


def test_the_one_person_at_the_machine_may_do_everything():
    people = make()
    assert people.owner() == Person(name="local", role="admin")
    assert people.person(None) == people.person("anybody") == people.owner()
    assert people.can(people.owner(), "admin")
    assert people.write_reason(people.owner()) == ""
    assert not people.sign_in("local", "")


@pytest.mark.parametrize(("loopback", "space"), [(False, False), (False, True)])
def test_elsewhere_nobody_may_change_anything_without_sign_in(loopback, space):
    people = make(loopback=loopback, space=space)
    assert people.owner().role == "visitor"
    assert not people.can(Person(name="local", role="admin"), "annotator")
    with pytest.raises(PermissionDenied) as caught:
        people.require(people.owner(), "annotator", "correct memes")
    where = "On a Space" if space else "At an address that others can reach"
    assert str(caught.value).startswith(f"You cannot correct memes here. {where}")
    assert people.write_reason(people.owner()).endswith("Ask whoever runs this studio to do so.")
    assert "memeclip_core" not in people.write_reason(people.owner())  # they have no shell


def test_where_people_sign_in_strangers_are_visitors_even_on_loopback(users):
    people = make(users)
    assert people.owner().role == "visitor"
    assert people.person("eve").role == "visitor"
    assert people.write_reason(people.owner()) == (
        "This page only predicts. Sign in with a name that may correct."
    )


@pytest.mark.parametrize(
    ("name", "may"), [("ann", (True, True, False)), ("bob", (True, True, True))]
)
def test_each_role_includes_the_ones_before_it(users, name, may):
    people = make(users, loopback=False)
    who = people.person(name)
    assert tuple(people.can(who, role) for role in ("visitor", "annotator", "admin")) == may


def test_the_database_counts_and_not_the_record_in_hand(users):
    people = make(users, loopback=False)
    assert not people.can(Person(name="ann", role="admin"), "admin")
    assert not people.can(Person(name="eve", role="admin"), "annotator")
    assert not people.can(Person(name="bob", role="visitor"), "annotator")
    bob = people.person("bob")
    users.add(name="bob", role="annotator", password=SECRET)
    assert not people.can(bob, "admin")
    with pytest.raises(PermissionDenied, match="'bob' is an annotator, and this takes an admin"):
        people.require(bob, "admin", "retrain")


def test_only_name_and_password_together_sign_in(users):
    people = make(users, loopback=False)
    assert people.sign_in("ann", SECRET)
    assert not people.sign_in("ann", "wrong horse")
    assert not people.sign_in("eve", SECRET)
    assert not people.sign_in("", "")


@pytest.mark.parametrize("name", ["ann", "eve"])
def test_after_five_failures_an_address_waits_and_another_does_not(users, name):
    people = make(users, loopback=False)
    for _ in range(5):
        assert not people.sign_in(name, "wrong horse", "203.0.113.9")
    with pytest.raises(RateLimited, match=f"for '{name}' from this address"):
        people.sign_in(name, SECRET, "203.0.113.9")
    assert people.sign_in("ann", SECRET, "198.51.100.1")


HUB = {"ada": "annotator", "rev": "reviewer", "grace": "admin"}


def on_a_space(clock=None):
    return People(loopback=False, space=True, hub_roles=HUB, clock=clock or Clock(1000.0))


def test_hugging_face_names_have_the_roles_of_the_list_in_any_case():
    people = on_a_space()
    assert people.person("Ada") == Person(name="Ada", role="annotator")
    assert people.person("eve") == Person(name="eve", role="visitor")
    assert people.person(None) == people.owner() == Person(name="visitor", role="visitor")
    assert people.can(people.person("rev"), "reviewer")
    assert not people.can(people.person("rev"), "admin")
    assert not people.can(Person(name="ada", role="admin"), "reviewer")
    assert not people.can(Person(name="local", role="admin"), "annotator")


def test_on_a_space_a_stranger_is_asked_to_sign_in_and_a_known_one_how_to_get_a_role():
    people = on_a_space()
    assert people.write_reason(people.owner()) == (
        "This page only predicts. Sign in with Hugging Face, with a name that may correct."
    )
    assert "ask whoever owns the Space for one" in people.write_reason(people.person("eve"))
    assert people.write_reason(people.person("ADA")) == ""
    with pytest.raises(PermissionDenied) as caught:
        people.require(people.person("ada"), "reviewer", "adjudicate")
    assert str(caught.value) == (
        "You cannot adjudicate: 'ada' is an annotator, and this takes a reviewer. Ask an admin "
        "for that role."
    )


def test_a_password_is_the_only_way_in_where_one_is_asked_for(users):
    people = People(users=users, loopback=False, space=True, hub_roles=HUB, clock=Clock(1000.0))
    assert people.person("grace").role == "visitor"
    assert people.person("bob").role == "admin"


def test_too_many_calls_are_refused_after_the_role_and_told_how_long_to_wait(users):
    clock = Clock(1000.0)
    people = make(users, loopback=False, clock=clock)
    ann = people.person("ann")
    for _ in range(300):
        people.require(ann, "annotator", "label memes", spends="save")
    with pytest.raises(RateLimited, match=r"Try again in 0\.1 seconds\."):
        people.require(ann, "annotator", "label memes", spends="save")
    people.require(ann, "annotator", "label memes")
    people.require(people.person("bob"), "annotator", "label memes", spends="save")
    with pytest.raises(PermissionDenied):
        people.require(ann, "admin", "retrain", spends="save")
    clock.now += 1
    people.require(ann, "annotator", "label memes", spends="save")


def test_the_person_at_the_machine_is_not_limited():
    people = make()
    for _ in range(1000):
        people.require(people.owner(), "admin", "import", spends="job")
