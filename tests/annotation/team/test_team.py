"""``Team``: members, quotas and assignments, on both databases."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from memeclip_core.access.people import People
from memeclip_core.access.users import Users
from memeclip_core.annotation.decisions.progress import count_anew, read_progress
from memeclip_core.annotation.review.queries import count_people
from memeclip_core.annotation.team.team import Team
from memeclip_core.database.schema import assignment
from memeclip_core.errors import ConfigError, InputError, NotFound, PermissionDenied
from memeclip_core.records.decision import Person
from memeclip_core.records.queue import QueueFilter
from memeclip_core.records.team import Share
from tests.factories.queues import ANN, BOB, KEY, YES, make_desk, make_project, meme_id, numbers

ROOT = Person(name="root", role="admin")
CY = Person(name="cy", role="annotator")


@pytest.fixture
def desk(tmp_path, database):
    return make_project(make_desk(tmp_path, database=database), 12)


@pytest.fixture
def team(desk):
    return Team(
        people=People(loopback=True, space=False), sessions=desk.sessions, chance=random.Random(1)
    )


def ask(desk, who, count=20, client="tab", **rest):
    return numbers(desk.queue.next(who, KEY, count=count, client=client, **rest))


def hide(desk):
    desk.store.write(replace(desk.store.read(KEY), members_only=True))


# --- members ------------------------------------------------------------------------------------


def test_who_is_no_member_finds_no_project(desk, team):
    team.change(ROOT, KEY, add=["ann"])
    hide(desk)
    assert len(ask(desk, ANN, 3)) == 3
    assert [one.key for one in desk.store.list(ANN)] == [KEY]
    assert desk.store.list(BOB) == () and desk.store.list(ROOT) == desk.store.list()
    with pytest.raises(NotFound) as unknown:
        desk.queue.counts(BOB, "dogs")
    said = str(unknown.value).replace("dogs", KEY)
    queue, meme = desk.queue, meme_id(0)
    for call in (
        lambda: queue.next(BOB, KEY, client="tab"),
        lambda: queue.held(BOB, KEY, client="tab"),
        lambda: queue.open(BOB, KEY, meme, "tab"),
        lambda: queue.save(BOB, KEY, save="save-0001", meme=meme, labels=YES, version=1),
        lambda: queue.save_many(BOB, KEY, save="save-0001", memes=[meme], labels=YES),
        lambda: queue.skip(BOB, KEY, save="save-0001", meme=meme, reason="odd"),
        lambda: queue.undo(BOB, KEY),
        lambda: queue.counts(BOB, KEY),
        lambda: queue.recent(BOB, KEY),
        lambda: queue.browse(BOB, KEY),
        lambda: queue.history(BOB, KEY, meme),
        lambda: queue.preview(BOB, KEY, meme),
        lambda: queue.release(BOB, KEY, "tab"),
    ):
        with pytest.raises(NotFound) as hidden:
            call()
        assert str(hidden.value) == said


def test_whoever_is_removed_lets_go_and_keeps_decisions(desk, team):
    team.change(ROOT, KEY, add=["ann", "bob"])
    desk.save(ANN, 0, YES)
    team.assign(ROOT, KEY, ["ann"], filters=QueueFilter(state=None, ids=(meme_id(1),)))
    assert ask(desk, ANN, 2) == [1, 2]
    members = team.change(ROOT, KEY, remove=["ann"])
    assert [one.person for one in members] == ["bob"]
    assert ask(desk, BOB)[:2] == [1, 2]
    assert desk.queue.counts(ANN, KEY).done == 1
    with pytest.raises(InputError, match="'ann' is no member of 'cats'"):
        team.change(ROOT, KEY, remove=["ann"])


def test_members_can_be_nobody_who_cannot_sign_in(desk):
    people = People(users=Users(desk.database), loopback=True, space=False)
    team = Team(people=people, sessions=desk.sessions)
    with pytest.raises(PermissionDenied):
        team.change(ROOT, KEY, add=["ann"])
    open_team = Team(
        people=People(loopback=False, space=True, hub_roles={"root": "admin", "ann": "annotator"}),
        sessions=desk.sessions,
    )
    with pytest.raises(InputError, match="Nobody signs in as 'adda'"):
        open_team.change(ROOT, KEY, add=["adda"])
    assert open_team.change(ROOT, KEY, add=["ann"])[0].by == "root"


def test_only_admins_change_a_team(team):
    for call in (
        lambda: team.members(ANN, KEY),
        lambda: team.change(ANN, KEY, add=["ann"]),
        lambda: team.assign(ANN, KEY, ["ann"]),
        lambda: team.unassign(ANN, KEY, ["ann"]),
    ):
        with pytest.raises(PermissionDenied):
            call()


# --- quotas -------------------------------------------------------------------------------------


def test_nobody_is_given_more_than_the_quota(desk, team):
    team.change(ROOT, KEY, quotas={"ann": 3})
    assert ask(desk, ANN, 2) == [0, 1]
    assert ask(desk, ANN, 2, client="other") == [2]
    with pytest.raises(InputError, match="as were asked of you: 3"):
        desk.queue.open(ANN, KEY, meme_id(9), "tab")
    for number in (0, 1, 2):
        desk.save(ANN, number, YES)
    counts = desk.queue.counts(ANN, KEY)
    assert (counts.done, counts.quota) == (3, 3) and ask(desk, ANN) == []
    with pytest.raises(InputError, match="as were asked of you: 3"):
        desk.queue.save_many(ANN, KEY, save="save-0009", memes=[meme_id(9)], labels=YES)
    # What is decided can be looked at again, and others go on.
    assert desk.queue.open(ANN, KEY, meme_id(0), "tab").state == "done"
    assert len(ask(desk, BOB)) == 9
    team.change(ROOT, KEY, quotas={"ann": 0})
    assert len(ask(desk, ANN, client="third")) == 0 and desk.queue.counts(ANN, KEY).quota is None
    with pytest.raises(InputError, match="quota of 'ann' is -1"):
        team.change(ROOT, KEY, quotas={"ann": -1})


# --- assignments --------------------------------------------------------------------------------


def test_what_is_assigned_goes_to_those_named_alone_and_first(desk, team):
    chosen = QueueFilter(state=None, ids=tuple(meme_id(n) for n in (7, 8)))
    done = team.assign(ROOT, KEY, ["ann"], filters=chosen)
    assert (done.memes, done.people) == (2, {"ann": 2})
    assert ask(desk, ANN, 3) == [7, 8, 0]
    assert desk.queue.counts(ANN, KEY).assigned == 2
    assert ask(desk, BOB) == [1, 2, 3, 4, 5, 6, 9, 10, 11]
    assert desk.queue.counts(BOB, KEY).pending == 10
    desk.queue.release(ANN, KEY, "")
    with pytest.raises(InputError, match="assigned to somebody else"):
        desk.queue.open(BOB, KEY, meme_id(7), "tab")
    with pytest.raises(InputError, match="assigned to somebody else"):
        desk.queue.save_many(BOB, KEY, save="save-0009", memes=[meme_id(7)], labels=YES)
    desk.save(ANN, 7, YES)
    assert desk.queue.counts(ANN, KEY).assigned == 1
    desk.queue.undo(ANN, KEY)
    assert desk.queue.counts(ANN, KEY).assigned == 2
    assert team.members(ROOT, KEY) == ()


@pytest.mark.parametrize(
    "wanted",
    [
        {"flagged": False},
        {"returned": False},
        {"comments": False},
        {"state": "pending", "annotator": "bob"},
        {"label": ("hate", "yes"), "label_by": "decision"},
        {"flagged": True},
    ],
)
def test_memes_are_assigned_by_whatever_they_can_be_found_by(desk, team, wanted):
    filters = QueueFilter(**{"state": None, **wanted})
    if "label" in wanted or wanted.get("flagged"):
        with pytest.raises(InputError, match="no meme to assign"):
            team.assign(ROOT, KEY, ["ann"], filters=filters)
    else:
        assert team.assign(ROOT, KEY, ["ann"], filters=filters).memes == 12


def test_shares_are_dealt_in_equal_parts_and_taken_back(desk, team):
    done = team.assign(ROOT, KEY, ["ann", "bob"], share=Share(percent=50))
    assert (done.memes, done.people) == (6, {"ann": 3, "bob": 3})
    mine, theirs = ask(desk, ANN, 3), ask(desk, BOB, 3)
    assert not set(mine) & set(theirs)
    rest = ask(desk, CY)
    assert len(rest) == 6 and not set(rest) & {*mine, *theirs}
    # The six that are left are held, so that nothing can be assigned.
    with pytest.raises(InputError, match="no meme to assign"):
        team.assign(ROOT, KEY, ["ann"])
    desk.queue.release(CY, KEY, "tab")
    assert team.assign(ROOT, KEY, ["bob"], share=Share(number=4)).people == {"bob": 4}
    assert len(ask(desk, CY)) == 2
    desk.queue.release(BOB, KEY, "")
    assert team.unassign(ROOT, KEY, ["bob"]) == 7
    assert len(ask(desk, CY)) == 9
    for wrong in ({"number": 0}, {"percent": 101.0}, {"number": 1, "percent": 1.0}):
        with pytest.raises(ConfigError):
            Share(**wrong)


def test_a_meme_that_several_label_goes_to_as_many(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 6, overlap=2)
    team = Team(people=People(loopback=True, space=False), sessions=desk.sessions)
    desk.save(ANN, 0, YES)
    done = team.assign(ROOT, KEY, ["ann", "bob", "cy"])
    # Meme 0 takes one more, who is not ann.
    assert done.memes == 6 and sum(done.people.values()) == 11
    assert 0 in ask(desk, BOB) + ask(desk, CY)
    assert 0 not in ask(desk, ANN)


def test_a_search_begins_again_where_assignments_change(desk, team):
    team.assign(ROOT, KEY, ["ann"], filters=QueueFilter(state=None, ids=(meme_id(0),)))
    for number in ask(desk, BOB, 3):
        desk.save(BOB, number, YES)
    team.unassign(ROOT, KEY, ["ann"])
    assert ask(desk, BOB, 1) == [0]


def test_numbers_of_people_are_those_that_are_counted_anew(desk, team):
    chance = random.Random(0)
    team.assign(ROOT, KEY, ["ann", "bob"], share=Share(number=5))
    for turn in range(40):
        who = chance.choice([ANN, BOB, CY])
        if chance.random() < 0.3 and desk.queue.counts(who, KEY).done:
            desk.queue.undo(who, KEY)
        elif found := ask(desk, who, 1, client=f"tab-{turn}"):
            desk.save(who, found[0], YES)
        if turn == 4:
            for one in (ANN, BOB, CY):
                desk.queue.release(one, KEY, "")
            team.unassign(ROOT, KEY, ["bob"])
            team.assign(ROOT, KEY, ["cy", "ann"], share=Share(number=2))
    with desk.database.write() as connection:
        before = [read_progress(connection, KEY, "demo", name) for name in ("ann", "bob", "cy")]
        count_anew(connection, KEY, "demo")
        after = [read_progress(connection, KEY, "demo", name) for name in ("ann", "bob", "cy")]
    assert before == after


def test_a_save_that_comes_late_counts_and_is_counted(desk):
    (number,) = ask(desk, ANN, 1)
    desk.clock.now += 16 * 60
    assert ask(desk, BOB, 1) == [number]
    desk.save(ANN, number, YES)
    desk.save(ANN, 5, YES)

    def late():
        with desk.database.read() as connection:
            return {name: one.late for name, one in count_people(connection, KEY, "demo").items()}

    assert late() == {"ann": 1}
    with desk.database.write() as connection:
        count_anew(connection, KEY, "demo")
    assert late() == {"ann": 1} and desk.queue.counts(ANN, KEY).done == 2


# --- many at once -------------------------------------------------------------------------------


@pytest.mark.scale
def test_sixteen_clients_are_given_nothing_that_is_anothers(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 160)
    team = Team(people=People(loopback=True, space=False), sessions=desk.sessions)
    people = [Person(name=f"p{n}", role="annotator") for n in range(16)]
    done = team.assign(ROOT, KEY, [one.name for one in people[:8]], share=Share(number=80))
    assert set(done.people.values()) == {10}
    with desk.database.read() as connection:
        rows = connection.execute(select(assignment.c.meme, assignment.c.person))
        owner = {row.meme: row.person for row in rows}
    given: list[tuple[str, str]] = []

    def work(who):
        while found := desk.queue.next(who, KEY, count=2, client="tab"):
            for item in found:
                given.append((item.meme.id, who.name))
                desk.queue.save(
                    who, KEY, save=f"{who.name}-{item.meme.id[:40]}", meme=item.meme.id,
                    labels=YES, version=1,
                )  # fmt: skip

    threads = [threading.Thread(target=work, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert len(given) == len({meme for meme, _ in given}) == 160
    assert all(owner.get(meme, person) == person for meme, person in given)
