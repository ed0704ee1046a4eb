import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select, union

from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.database.schema import decision, item, lease, mark
from memeclip_core.errors import InputError
from memeclip_core.records.queue import Held, QueueFilter
from tests.factories.queues import (
    ANN,
    BOB,
    CAT,
    KEY,
    NO,
    YES,
    make_desk,
    make_meme,
    make_project,
    meme_id,
    new_save,
    numbers,
)


@pytest.fixture
def make(tmp_path, database):
    """Make a desk with a project, on a database of each kind in turn."""
    return lambda *args, **rules: make_project(
        make_desk(tmp_path, database=database), *args, **rules
    )


@pytest.fixture
def desk(make):
    return make()


# --- holding ----------------------------------------------------------------------------------


def test_the_first_ones_come_in_order_and_are_held(desk):
    assert desk.ids(ANN) == [0, 1, 2]
    assert desk.ids(BOB) == [3, 4]
    assert desk.ids(CAT) == []


def test_asking_again_returns_the_same_until_one_is_saved(desk):
    assert desk.ids(ANN) == desk.ids(ANN) == [0, 1, 2]
    desk.save(ANN, 0)
    assert desk.ids(ANN) == [1, 2, 3]
    assert desk.ids(BOB) == [4]


def test_another_tab_of_the_same_person_gets_other_memes(desk):
    assert desk.ids(ANN, "one", count=2) == [0, 1]
    assert desk.ids(ANN, "two", count=2) == [2, 3]
    assert desk.ids(ANN, "one", count=2) == [0, 1]


def test_a_lease_ends_by_itself_after_its_minutes(desk):
    assert desk.ids(ANN) == [0, 1, 2]
    desk.clock.now += 15 * 60 - 1
    assert desk.ids(BOB) == [3, 4]
    desk.clock.now += 1
    assert desk.ids(CAT) == [0, 1, 2]


def test_a_lease_survives_a_restart(desk):
    assert desk.ids(ANN) == [0, 1, 2]
    again = desk.restart()
    assert again.ids(BOB) == [3, 4]
    assert again.ids(ANN) == [0, 1, 2]


def test_a_released_tab_holds_nothing(desk):
    desk.ids(ANN, "one", count=2)
    desk.ids(ANN, "two", count=1)
    desk.queue.release(ANN, KEY, "one")
    assert desk.ids(BOB) == [0, 1, 3]


def test_opening_again_moves_the_end_and_shows_it(desk):
    (first,) = desk.queue.next(ANN, KEY, count=1, client="tab")
    desk.clock.now += 10 * 60
    again = desk.queue.open(ANN, KEY, first.meme.id, "tab")
    assert (again.lease_until - first.lease_until).total_seconds() == 600
    desk.clock.now += 10 * 60
    assert desk.ids(BOB, count=1) == [1]
    assert desk.ids(ANN, count=1) == [0]


def test_other_filters_let_go_of_what_the_old_ones_held(desk):
    assert desk.ids(ANN) == [0, 1, 2]
    assert desk.ids(ANN, filters=QueueFilter(text="number 4")) == [4]
    assert desk.ids(BOB) == [0, 1, 2]


def test_what_was_opened_by_hand_is_held_while_the_queue_goes_on(desk):
    desk.queue.open(ANN, KEY, meme_id(3), "tab")
    assert desk.ids(ANN, count=2) == [0, 1]
    assert desk.ids(BOB, count=3) == [2, 4]


def test_memes_that_somebody_holds_cannot_be_opened_and_say_until_when(desk):
    desk.ids(ANN)
    with pytest.raises(InputError, match="until 12:15 UTC"):
        desk.queue.open(BOB, KEY, meme_id(0), "tab")
    assert desk.queue.open(BOB, KEY, meme_id(3), "tab").meme.id == meme_id(3)


def test_unknown_memes_counts_and_tabs_are_refused(desk):
    with pytest.raises(InputError, match="has no meme"):
        desk.queue.open(ANN, KEY, "0" * 64, "tab")
    with pytest.raises(InputError, match="count is 0"):
        desk.ids(ANN, count=0)
    with pytest.raises(InputError, match="client has 0"):
        desk.ids(ANN, "")
    with pytest.raises(InputError, match="no project 'dogs'"):
        desk.ids(ANN, key="dogs")


# --- overlap ----------------------------------------------------------------------------------


def test_as_many_people_get_a_meme_as_are_wanted_and_no_more(make):
    desk = make(2, overlap=2)
    assert desk.ids(ANN) == desk.ids(BOB) == [0, 1]
    assert desk.ids(CAT) == []
    desk.save(ANN, 0)
    assert desk.ids(CAT) == []
    desk.queue.release(BOB, KEY, "tab")
    assert desk.ids(CAT) == [0, 1]


def test_nobody_gets_a_meme_that_they_decided(make):
    desk = make(2, overlap=3)
    desk.save(ANN, 0)
    assert desk.ids(ANN) == [1]


def test_only_the_overlapping_share_is_labelled_twice(make):
    desk = make(200, overlap=2, overlap_share=0.3)
    project = desk.store.read(KEY)
    twice = {n for n in range(200) if project.wanted(meme_id(n)) == 2}
    assert 30 < len(twice) < 90
    for number in range(200):
        desk.save(ANN, number)
    found = set()
    while batch := desk.ids(BOB, count=20):
        found.update(batch)
        for number in batch:
            desk.save(BOB, number)
    assert found == twice


def test_a_decision_is_taken_back_and_the_place_is_free_again(desk):
    desk.save(ANN, 0)
    assert desk.ids(BOB, count=1) == [1]
    desk.queue.undo(ANN, KEY)
    desk.queue.release(BOB, KEY, "tab")
    assert desk.ids(BOB, count=1) == [0]


def test_an_undo_with_a_tab_holds_the_meme_again(desk):
    desk.save(ANN, 0)
    desk.queue.undo(ANN, KEY, client="tab")
    assert desk.ids(BOB, count=1) == [1]
    assert desk.ids(ANN, count=1) == [0]


def test_nobody_is_given_a_meme_while_its_decision_is_taken_back(desk, monkeypatch):
    desk.save(ANN, 0)
    given = []

    def ask_meanwhile(self, receipts):
        given.extend(desk.ids(BOB, count=1))
        return receipts

    # After the retraction is written, before it is answered.
    monkeypatch.setattr(Corrector, "follow", ask_meanwhile)
    desk.queue.undo(ANN, KEY, client="tab")
    assert given == [1]
    assert desk.ids(ANN, count=1) == [0]


def test_an_adjudicated_meme_goes_to_nobody_new(make):
    desk = make(2, overlap=3)
    desk.save(ANN, 0)
    desk.adjudicate(0)
    assert desk.ids(BOB) == [1]
    with pytest.raises(InputError, match="reviewer has decided"):
        desk.queue.open(BOB, KEY, meme_id(0), "tab")
    assert desk.queue.open(ANN, KEY, meme_id(0), "tab").state == "done"


def test_threads_of_six_people_never_hold_one_meme_more_often_than_wanted(make):
    """Each takes, saves or lets go in a race; at every moment nobody's places are exceeded."""
    desk = make(40, overlap=2, overlap_share=0.5)
    project = desk.store.read(KEY)
    other = desk.another()
    faults = []

    def work(place):
        who = (ANN, BOB, CAT)[place % 3]
        mine = desk if place < 3 else other
        client = f"tab{place}"
        for turn in range(12):
            batch = mine.ids(who, client, count=2)
            if not batch:
                return
            mine.save(who, batch[0])
            if turn % 3 == 2:
                mine.queue.release(who, KEY, client)

    def places():
        """Return who has a place at which meme: those who hold it, and those who decided it."""
        held = select(lease.c.meme, lease.c.person).where(lease.c.until > desk.clock.now)
        decided = select(mark.c.meme, mark.c.person).where(mark.c.save != "")
        with desk.database.read() as connection:
            return Counter(meme for meme, _ in connection.execute(union(held, decided)))

    def watch(stop):
        while not stop.is_set():
            faults.extend(m for m, people in places().items() if people > project.wanted(m))

    stop = threading.Event()
    watcher = threading.Thread(target=watch, args=(stop,))
    threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
    watcher.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    watcher.join()
    with desk.database.read() as connection:
        found = connection.execute(select(item.c.meme, item.c.decided))
        decided = {row.meme: row.decided for row in found}
    other.database.close()
    assert not faults
    assert sum(decided.values()) > 30
    assert all(count <= project.wanted(meme) for meme, count in decided.items())


# --- sent back --------------------------------------------------------------------------------


def test_what_was_sent_back_comes_first_with_its_reason(desk):
    desk.save(ANN, 4)
    desk.ids(ANN)
    desk.send_back(4, "ann", "the text says otherwise")
    first, second, _ = desk.queue.next(ANN, KEY, client="tab")
    assert numbers((first, second)) == [4, 0]
    assert (first.returned, first.return_reason) == (True, "the text says otherwise")
    assert (first.state, first.labels) == ("pending", YES)
    assert (second.returned, second.return_reason) == (False, "")


def test_a_meme_that_was_sent_back_waits_for_its_person(desk):
    desk.save(ANN, 0)
    desk.send_back(0, "ann")
    assert desk.ids(BOB, count=5) == [1, 2, 3, 4]
    with pytest.raises(InputError, match="sent this meme back to somebody else"):
        desk.queue.open(BOB, KEY, meme_id(0), "tab")
    desk.save(ANN, 0, NO)
    assert desk.ids(ANN) == []
    assert desk.queue.counts(ANN, KEY).returned == 0


def test_after_a_restart_it_still_waits(desk):
    desk.save(ANN, 0)
    desk.send_back(0, "ann")
    again = desk.restart()
    assert again.ids(BOB, count=5) == [1, 2, 3, 4]
    assert again.ids(ANN, count=1) == [0]


# --- other states -----------------------------------------------------------------------------


def test_skipped_memes_come_back_to_whom_asks_for_them(desk):
    desk.skip(ANN, 0, "too dark")
    assert desk.ids(ANN, count=2) == [1, 2]
    (item,) = desk.queue.next(ANN, KEY, filters=QueueFilter(state="skipped"), client="tab")
    assert (item.meme.id, item.state, item.note) == (meme_id(0), "skipped", "too dark")
    desk.save(ANN, 0)
    assert desk.ids(ANN, filters=QueueFilter(state="skipped")) == []


def test_what_one_skipped_another_may_take_and_then_it_is_gone(desk):
    desk.skip(ANN, 0)
    assert desk.ids(BOB, count=1) == [0]
    assert desk.ids(ANN, filters=QueueFilter(state="skipped")) == []
    with pytest.raises(InputError, match="Somebody else is labelling"):
        desk.queue.open(ANN, KEY, meme_id(0), "tab")
    desk.save(BOB, 0)
    with pytest.raises(InputError, match="1 person has labelled this meme"):
        desk.queue.open(ANN, KEY, meme_id(0), "tab")


def test_going_through_what_is_done_ends_and_begins_anew(desk):
    for number in range(3):
        desk.save(ANN, number)
    done = QueueFilter(state="done")
    assert desk.ids(ANN, count=2, filters=done) == [0, 1]
    desk.save(ANN, 0, NO)
    assert desk.ids(ANN, count=2, filters=done) == [1, 2]
    desk.save(ANN, 1, NO)
    desk.save(ANN, 2, NO)
    assert desk.ids(ANN, count=2, filters=done) == []
    assert desk.ids(ANN, count=2, filters=done) == [0, 1]


def test_an_undo_brings_a_meme_back_into_such_a_round(desk):
    for number in range(2):
        desk.save(ANN, number)
    done = QueueFilter(state="done")
    desk.ids(ANN, filters=done)
    desk.save(ANN, 0, NO)
    assert desk.ids(ANN, filters=done) == [1]
    desk.queue.undo(ANN, KEY)
    assert desk.ids(ANN, filters=done) == [1, 0]


def test_a_chosen_subset_is_all_that_comes(desk):
    chosen = QueueFilter(ids=(meme_id(4), meme_id(1), "f" * 64))
    assert desk.ids(ANN, filters=chosen) == [1, 4]
    desk.save(ANN, 1)
    assert desk.ids(ANN, filters=chosen) == [4]


# --- items ------------------------------------------------------------------------------------


def test_labels_of_the_import_never_reach_the_page(tmp_path):
    gold = make_meme(0, given={"hate": ("yes",)}, gold=True)
    desk = make_project(make_desk(tmp_path), memes=[gold])
    (item,) = desk.queue.next(ANN, KEY, client="tab")
    assert item.meme.given == {}
    assert item.meme.gold is False
    assert item.labels == {}


def test_an_item_says_where_it_stands(desk):
    desk.save(ANN, 1, NO, note="sure")
    item = desk.queue.open(ANN, KEY, meme_id(1), "tab")
    assert (item.position, item.state, item.labels, item.note) == (2, "done", NO, "sure")
    assert (item.version, item.order, item.order_note) == (1, "import", "")


def test_memes_that_are_added_later_come_too(desk):
    assert desk.ids(ANN, count=5) == [0, 1, 2, 3, 4]
    desk.store.add(KEY, [make_meme(7)])
    assert desk.ids(ANN, count=6) == [0, 1, 2, 3, 4, 7]


# --- who holds what is left -------------------------------------------------------------------


def test_what_is_left_says_who_holds_it_and_until_when(desk):
    desk.ids(ANN, "one")
    desk.clock.now += 60
    desk.ids(BOB)
    assert desk.ids(ANN, "two") == []
    held = desk.queue.held(ANN, KEY, client="two")
    assert (held.own, held.others) == (3, 2)
    assert f"{held.own_until:%H:%M} {held.others_until:%H:%M}" == "12:15 12:16"
    assert desk.queue.counts(ANN, KEY).pending == held.own + held.others
    nothing = QueueFilter(text="no such words")
    assert desk.queue.held(ANN, KEY, filters=nothing, client="two") == Held()


def test_a_person_can_take_over_what_their_other_tabs_hold(desk):
    desk.ids(ANN, "one")
    desk.queue.release(ANN, KEY, "")
    assert desk.ids(ANN, "two") == [0, 1, 2]


# --- closed -----------------------------------------------------------------------------------


def close(desk):
    desk.store.write(replace(desk.store.read(KEY), closed=True))


def test_a_closed_project_gives_nothing_out(desk):
    desk.ids(ANN, count=1)
    close(desk)
    for who in (ANN, BOB):
        with pytest.raises(InputError, match="“Cats” is closed"):
            desk.queue.next(who, KEY, client="tab")
    desk.store.write(replace(desk.store.read(KEY), closed=False))
    assert desk.ids(BOB) == [1, 2, 3]


def test_a_closed_project_opens_only_what_somebody_has_open(desk):
    desk.ids(ANN, count=1)
    desk.save(ANN, 4)
    close(desk)
    assert desk.queue.counts(ANN, KEY).closed is True
    for number in (2, 4):
        with pytest.raises(InputError, match="“Cats” is closed"):
            desk.queue.open(ANN, KEY, meme_id(number), "tab")
    assert desk.queue.open(ANN, KEY, meme_id(0), "tab").meme.id == meme_id(0)


def test_a_closed_project_takes_only_what_somebody_has_open(desk):
    desk.ids(ANN, count=2)
    close(desk)
    for act in (
        lambda: desk.save(ANN, 3),
        lambda: desk.skip(ANN, 3),
        lambda: desk.queue.draft(ANN, KEY, save=new_save(), meme=meme_id(3), labels=YES, version=1),
        lambda: desk.queue.flag(ANN, KEY, save=new_save(), meme=meme_id(3), on=True, reason="x"),
        lambda: desk.queue.save_many(
            ANN, KEY, save=new_save(), memes=[meme_id(3), meme_id(4)], labels=YES, version=1
        ),
        lambda: desk.save(ANN, 0, save="save-first") and desk.save(ANN, 0, labels=NO),
    ):
        with pytest.raises(InputError, match="“Cats” is closed"):
            act()
    # The answer to what was saved may have been lost: the same again is what it was.
    assert desk.save(ANN, 0, save="save-first").receipt.rows == 0
    many = desk.queue.save_many(
        ANN, KEY, save="bulk-0001", memes=[meme_id(1), meme_id(2)], labels=YES, version=1
    )
    assert (many.memes, list(many.refused)) == ((meme_id(1),), [meme_id(2)])
    again = desk.queue.save_many(
        ANN, KEY, save="bulk-0001", memes=[meme_id(1), meme_id(2)], labels=YES, version=1
    )
    assert (again.memes, again.receipt.rows) == ((meme_id(1),), 0)


def test_what_is_taken_back_in_a_closed_project_can_be_done_anew(desk):
    desk.save(ANN, 0)
    close(desk)
    assert desk.queue.undo(ANN, KEY, "tab").meme == meme_id(0)
    desk.save(ANN, 0, labels=NO)
    assert desk.queue.history(ANN, KEY, meme_id(0))[-1].new == NO


# --- several servers --------------------------------------------------------------------------

SERVER = """
import json, sys, threading
from memeclip_core.database.engine import Database
from memeclip_core.records.decision import Person
from tests.factories.queues import KEY, YES, make_desk

root, url, count, *clients = sys.argv[1:]
desk = make_desk(root, database=Database(url) if "://" in url else None)
write = threading.Lock()

def tell(**what):
    with write:
        print(json.dumps(what), flush=True)

def label(name, start, due):
    who = Person(name=name, role="annotator")
    for number in range(int(start), int(count)):
        save = f"{name}-save-{number:04d}"
        meme = due or desk.queue.next(who, KEY, count=2, client=name)[0].meme.id
        due = ""
        tell(trying=save, meme=meme)
        receipt = desk.queue.save(
            who, KEY, save=save, meme=meme, labels=YES, version=1
        ).receipt
        tell(saved=save, meme=meme)

threads = [threading.Thread(target=label, args=client.split(",")) for client in clients]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def serve(folder, desk, count, clients):
    """Start a server of its own process, with people who label there; return it and its words."""
    url = str(desk.database._url) if not desk.database.embedded else "home"
    heard = folder / f"{clients[0].split(',')[0]}-{len(list(folder.iterdir()))}.txt"
    command = [sys.executable, "-c", SERVER, str(desk.home.root), url, str(count), *clients]
    with heard.open("w") as out:
        return subprocess.Popen(command, stdout=out), heard


def hear(*files):
    """Return what was tried last and what was saved, by save."""
    tried, saved = {}, {}
    for file in files:
        for line in file.read_text().splitlines():
            with suppress(ValueError):  # a kill cuts a line in two
                told = json.loads(line)
                (saved if "saved" in told else tried)[told.get("saved") or told["trying"]] = told[
                    "meme"
                ]
    return tried, saved


@pytest.mark.kill
@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_two_servers_of_which_one_is_killed_lose_double_and_share_nothing(make, tmp_path):
    """Six people on two servers; those of the killed one go on at the other, in the same words."""
    count, folder = 15, tmp_path / "heard"
    folder.mkdir()
    desk = make(6 * (count + 3))
    names = [f"p{number}" for number in range(6)]
    first, heard = serve(folder, desk, count, [f"{name},0," for name in names[:3]])
    second, also = serve(folder, desk, count, [f"{name},0," for name in names[3:]])
    deadline = time.monotonic() + 90
    while len(hear(heard)[1]) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    first.kill()
    first.wait()
    tried, saved = hear(heard)
    rest = []
    for name in names[:3]:
        done = sum(save.startswith(f"{name}-") for save in saved)
        rest.append(f"{name},{done},{tried.get(f'{name}-save-{done:04d}', '')}")
    third, last = serve(folder, desk, count, rest)
    assert (second.wait(90), third.wait(90)) == (0, 0)
    _, saved = hear(heard, also, last)
    rows = select(decision.c.save, decision.c.meme, decision.c.annotator).distinct()
    with desk.database.read() as connection:
        found = {row.save: row.meme for row in connection.execute(rows)}
        people = Counter(meme for _, meme, _ in connection.execute(rows))
    assert len(saved) == 6 * count
    assert found == saved
    assert max(people.values()) == 1
