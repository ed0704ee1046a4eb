"""A project goes as a whole, whatever comes in between, and nothing else does."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import insert, select, update

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.csv_follower import CsvFollower
from memeclip_core.annotation.decisions.log_rows import encode_header
from memeclip_core.annotation.exchange.exports import Exporter, ExportOrder, ProjectExports
from memeclip_core.annotation.projects.amendments import Amendments
from memeclip_core.annotation.projects.deletions import Deletions
from memeclip_core.annotation.projects.project_files import take_over_projects
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.review.threads import add_comment, mark_resolved, order_of
from memeclip_core.annotation.team.queries import (
    Answered,
    Standing,
    delete_assignments,
    delete_members,
    insert_answer,
    insert_assignments,
    insert_members,
    update_quotas,
    write_standing,
)
from memeclip_core.database.deletions import select_deleted
from memeclip_core.database.engine import Database
from memeclip_core.database.jobs import Jobs
from memeclip_core.database.schema import delivery, lesson, metadata, reading, webhook
from memeclip_core.database.schema import project as table
from memeclip_core.errors import InputError, JobError, NotFound, PermissionDenied, StoreError
from memeclip_core.storage.images import ImageStore
from tests.factories.project_records import TIME, list_keys, make_demo
from tests.factories.queues import (
    ADMIN,
    ANN,
    BOB,
    KEY,
    NO,
    REV,
    TASKS,
    VISITOR,
    YES,
    Desk,
    make_desk,
    make_meme,
    make_project,
    meme_id,
    new_save,
)
from tests.faults.write_points import Writes


@dataclass
class Office:
    """A desk with what deletes its projects."""

    desk: Desk
    deletions: Deletions
    images: ImageStore
    exporter: Exporter

    def export(self, key=KEY):
        jobs, exporter = self.deletions.jobs, self.exporter
        project, order = self.desk.store.read(key), ExportOrder(format="everything")
        handle = jobs.claim(ADMIN, "export", key, arguments=order.arguments)
        return jobs.carry_out(handle, lambda handle: exporter.run(project, order, handle))

    def delete(self, key=KEY):
        self.export(key)
        return self.deletions.make(ADMIN, key, confirm=key)

    def restart(self):
        self.desk.database.close()
        office = make_office(self.desk.home.root, self.desk.database)
        office.desk.log.join()
        office.deletions.complete()
        return office

    def csv(self):
        path = self.desk.home.corrections
        return path.read_text() if path.exists() else ""

    def rows(self):
        with self.desk.database.read() as connection:
            tables = metadata.sorted_tables
            return {table.name: connection.execute(select(table)).all() for table in tables}


def make_office(root, database, place=""):
    desk = make_desk(root, database=database)
    images, exports = ImageStore(desk.home), ProjectExports(desk.home)
    jobs = Jobs(database, ["import", "export", "predict"])
    people = People(loopback=True, space=False)
    deletions = Deletions(
        people=people, database=database, projects=desk.store, exports=exports, images=images,
        log=desk.log, jobs=jobs, place=place,
    )  # fmt: skip
    exporter = Exporter(projects=desk.store, exports=exports, images=images, database=database)
    return Office(desk=desk, deletions=deletions, images=images, exporter=exporter)


def fill(office, key, numbers, *, people=(ANN,)):
    """Make a project of memes with pictures, on which people decide."""
    memes = []
    for number in numbers:
        name = office.images.keep(meme_id(number), f"meme {number}".encode(), "png")
        memes.append(make_meme(number, image=name))
    make_project(office.desk, key=key, memes=memes)
    for meme in memes:
        office.desk.store.write_preview(key, meme.id, b"webp")
        for who in people:
            office.desk.queue.save(
                who, key, meme=meme.id, labels=YES, save=new_save(), version=1, seconds=1.0
            )
    return key


@pytest.fixture
def office(tmp_path, database):
    office = make_office(tmp_path, database)
    fill(office, "dogs", (2, 3, 4))
    fill(office, KEY, (0, 1, 2))
    return office


def fail_to_clear(store, key):
    raise StoreError("no")


def pictures(office):
    return {number for number in range(9) if office.images.read(meme_id(number)) is not None}


def test_everything_of_it_goes_and_another_project_keeps_all_its_own(office):
    desk = office.desk
    before, embedded = office.rows(), desk.database.embedded
    with desk.database.write() as connection:
        add_comment(
            connection, event="one", project=KEY, meme=meme_id(0), thread=0, time=TIME,
            person="ann", reviewer=False, text="Look.",
        )  # fmt: skip
    found = office.delete()
    assert (found.memes, found.pictures, found.decisions, found.people) == (3, 2, 6, 1)
    assert (found.comments, found.left) == (1, False)
    after = office.rows()
    assert list_keys(after) == {"dogs"}
    for name in ("meme", "decision", "item", "answer", "mark", "tally", "progress", "label_set"):
        own = [row for row in before[name] if row.project == "dogs"]
        assert own and own == after[name], name
    assert desk.store.keys() == ("dogs",) and not desk.home.project(KEY).exists()
    assert desk.home.project("dogs").exists() and pictures(office) == {2, 3, 4}
    if embedded:
        assert KEY not in office.csv() and office.csv().count("dogs") == 6
    with desk.database.read() as connection:
        gone = select_deleted(connection)[KEY]
    assert (gone.by, gone.decisions, gone.memes) == ("root", 6, 3)
    assert (gone.left is None) == embedded
    with pytest.raises(NotFound):
        desk.queue.save(ANN, KEY, meme=meme_id(0), labels=NO, save=new_save(), version=1)
    desk.queue.save(ANN, "dogs", meme=meme_id(3), labels=NO, save=new_save(), version=1)
    assert office.csv().count("dogs") == (8 if embedded else 0)


def test_it_stays_gone_at_the_next_start_and_its_key_is_not_given_again(office):
    old = office.csv()
    office.delete()
    for _ in range(2):
        office = office.restart()
    assert office.desk.store.keys() == ("dogs",)
    with pytest.raises(InputError, match="was deleted"):
        make_project(office.desk, 1)
    folder = office.desk.home.project(KEY)
    folder.mkdir()
    (folder / "project.json").write_text("{}")
    take_over_projects(office.desk.home, office.desk.database)
    assert office.desk.store.keys() == ("dogs",)
    if old:  # put back by hand, such as from a copy
        office.desk.home.corrections.write_text(old)
        office = office.restart()
        assert list_keys(office.rows()) == {"dogs"}
        assert KEY not in office.csv() and office.csv().count("dogs") == 6


def test_all_that_was_decided_may_go(tmp_path, database):
    office = make_office(tmp_path, database)
    fill(office, KEY, (0, 1))
    office.delete()
    office = office.restart()
    assert list_keys(office.rows()) == set()
    if database.embedded:
        assert office.csv() == encode_header().decode()
        assert not list(office.desk.home.root.glob("corrections-*"))


def test_what_it_taught_is_taught_no_more_and_texts_and_messages_go(office):
    desk, said = office.desk, lambda: {one.meme for one in desk.corrector.labelled(TASKS)}
    assert said() == {meme_id(number) for number in range(5)}
    with desk.database.write() as connection:
        for number in (0, 2):
            one = {"meme": meme_id(number), "reader": "r", "found": {}}
            connection.execute(insert(reading), one)
        hook = {"number": 1, "url": "https://a.org", "secret": "s", "events": (), "created": TIME}
        connection.execute(insert(webhook), {**hook, "by": "root"})
        for key in (KEY, "dogs", f"{KEY}-2"):
            told = {"webhook": 1, "event": "saved", "time": TIME, "body": {"project": key}}
            connection.execute(insert(delivery), told)
    office.delete()
    rows = office.rows()
    assert [row.meme for row in rows["reading"]] == [meme_id(2)]
    assert [row.body["project"] for row in rows["delivery"]] == ["dogs", f"{KEY}-2"]
    assert {row.meme for row in rows["lesson"]} == {meme_id(3), meme_id(4)}
    assert said() == {meme_id(number) for number in (2, 3, 4)}
    with desk.database.read() as connection:
        taught = connection.scalars(select(lesson.c.meme).where(lesson.c.digest != "")).all()
    assert set(taught) == {meme_id(number) for number in (2, 3, 4)}


def test_it_does_not_go_before_all_of_it_is_exported(office):
    desk, deletions = office.desk, office.deletions

    def refuse():
        with pytest.raises(InputError, match="Not all of 'cats' is exported"):
            deletions.make(ADMIN, KEY, confirm=KEY)
        assert deletions.look(ADMIN, KEY).export == ""

    refuse()
    office.export()
    desk.queue.save(ANN, KEY, meme=meme_id(0), labels=NO, save=new_save(), version=1)
    refuse()
    job = office.export()
    assert deletions.look(ADMIN, KEY).export == job.id
    amendments = Amendments(people=deletions.people, projects=desk.store, precomputation=object())
    amendments.remove(ADMIN, KEY, meme_id(1), "a duplicate")
    refuse()
    job = office.export()
    (desk.home.project(KEY) / "exports" / job.file).unlink()
    refuse()
    office.export()
    assert deletions.make(ADMIN, KEY, confirm=KEY).memes == 3


CHANGES = {
    "quota": lambda connection: update_quotas(connection, KEY, {"ann": 7}),
    "another member": lambda connection: (
        delete_members(connection, KEY, ["ann"]),
        insert_members(connection, KEY, ["bob"], since=TIME, by="root"),
    ),
    "assigned elsewhere": lambda connection: (
        delete_assignments(connection, KEY, ["ann"]),
        insert_assignments(connection, KEY, [(meme_id(1), "ann")]),
    ),
    "standing": lambda connection: write_standing(
        connection, KEY, "ann", Standing(passed=True), TIME, "root"
    ),
    "answer": lambda connection: insert_answer(connection, answered(meme_id(1))),
    "resolved": lambda connection: mark_resolved(connection, 1, "root"),
    "rules": lambda connection: connection.execute(
        update(table)
        .where(table.c.key == KEY)
        .values(guidelines="Look twice.", revision=table.c.revision + 1)
    ),
}


def answered(meme):
    return Answered(
        project=KEY, person="ann", attempt=0, meme=meme, save=f"gold-{meme[:6]}", time=TIME,
        labels=YES, gold=YES, asked=2, hits=2,
    )  # fmt: skip


def make_team(desk):
    """Give the project a member, an assigned meme, an answer of a round and a comment."""
    with desk.database.write() as connection:
        insert_members(connection, KEY, ["ann"], since=TIME, by="root")
        insert_assignments(connection, KEY, [(meme_id(0), "ann")])
        insert_answer(connection, answered(meme_id(0)))
        add_comment(
            connection, event="one", project=KEY, meme=meme_id(0), thread=0, time=TIME,
            person="ann", reviewer=False, text="Look.",
        )  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_since_without_a_row_more_is_exported_first(office, change):
    desk, deletions = office.desk, office.deletions
    make_team(desk)
    job = office.export()
    assert deletions.look(ADMIN, KEY).export == job.id
    with desk.database.write() as connection:
        CHANGES[change](connection)
    with pytest.raises(InputError, match="Not all of 'cats' is exported"):
        deletions.make(ADMIN, KEY, confirm=KEY)
    assert office.delete().memes == 3


def test_a_picture_of_the_guidelines_is_exported_first(office):
    office.export()
    folder = office.desk.home.project(KEY) / "guidelines"
    folder.mkdir()
    (folder / "one.webp").write_bytes(b"webp")
    assert office.deletions.look(ADMIN, KEY).export == ""


def test_a_comment_that_is_being_written_is_not_deleted_unread(office):
    """On a database server, too, a deletion waits for it, and is refused then."""
    office.export()
    began, said = threading.Event(), []

    def delete():
        began.set()
        try:
            office.deletions.make(ADMIN, KEY, confirm=KEY)
        except InputError as error:
            said.append(str(error))

    deleting = threading.Thread(target=delete)
    with office.desk.database.write(order_of(KEY)) as connection:
        add_comment(
            connection, event="one", project=KEY, meme=meme_id(0), thread=0, time=TIME,
            person="ann", reviewer=False, text="Look.",
        )  # fmt: skip
        deleting.start()
        began.wait(20)
        deleting.join(1)
    deleting.join(60)
    assert said and "Not all of 'cats' is exported" in said[0]
    assert office.deletions.look(ADMIN, KEY).comments == 1


def test_who_may_not_and_what_is_not_confirmed(office):
    office.export()
    for who in (VISITOR, ANN, REV):
        for act in (office.deletions.look, office.deletions.make):
            with pytest.raises(PermissionDenied):
                act(who, KEY, **({"confirm": KEY} if act == office.deletions.make else {}))
    for confirm in ("", "dogs", "Cats", f"{KEY} "):
        with pytest.raises(InputError, match="Write the key"):
            office.deletions.make(ADMIN, KEY, confirm=confirm)
    with pytest.raises(NotFound):
        office.deletions.make(ADMIN, "none", confirm="none")
    assert set(office.desk.store.keys()) == {KEY, "dogs"}


def test_a_job_under_way_keeps_it(office):
    office.export()
    jobs = office.deletions.jobs
    for kind in ("import", "export", "predict"):
        handle = jobs.claim(ADMIN, kind, KEY)
        with pytest.raises(JobError, match=f"is being worked on .{kind}."):
            office.deletions.make(ADMIN, KEY, confirm=KEY)
        jobs.finish(handle, "done", "")
    # A retraining on a task set that is called like the project is none of its jobs.
    others = Jobs(office.desk.database, ["retrain"])
    others.finish(others.claim(ADMIN, "retrain", KEY), "done", "")
    office.deletions.make(ADMIN, KEY, confirm=KEY)
    assert [job.kind for job in others.list()] == ["retrain"]


def test_pictures_stay_while_an_import_elsewhere_may_mean_them(office):
    jobs = office.deletions.jobs
    handle = jobs.claim(ADMIN, "import", "dogs")
    office.delete()
    assert pictures(office) == set(range(5))
    jobs.finish(handle, "done", "")
    office = office.restart()
    assert pictures(office) == {2, 3, 4}


def test_what_was_decided_on_the_page_keeps_its_picture(office):
    own = office.desk.corrector
    project = office.desk.store.read(KEY)
    from memeclip_core.annotation.decisions.entry import Entry

    entry = Entry(save=new_save(), action="label", meme=meme_id(0), labels=YES, text="words")
    own.decide(BOB, project.tasks, entry)
    assert office.deletions.look(ADMIN, KEY).pictures == 1
    office.delete()
    assert pictures(office) == {0, 2, 3, 4}


def test_a_demo_goes_without_an_export(office):
    office.desk.store.create(make_demo())
    office.deletions.make(ADMIN, "demo-1", confirm="demo-1")
    assert set(office.desk.store.keys()) == {KEY, "dogs"}


def test_another_server_saves_before_and_after_and_loses_nothing(office):
    other = make_office(office.desk.home.root, Database(office.desk.database._url))
    other.desk.queue.save(BOB, "dogs", meme=meme_id(2), labels=YES, save=new_save(), version=1)
    office.delete()
    with pytest.raises(NotFound):
        other.desk.queue.save(BOB, KEY, meme=meme_id(0), labels=NO, save=new_save(), version=1)
    other.desk.queue.save(BOB, "dogs", meme=meme_id(3), labels=YES, save=new_save(), version=1)
    office.desk.queue.save(BOB, "dogs", meme=meme_id(4), labels=NO, save=new_save(), version=1)
    if office.desk.database.embedded:
        assert KEY not in office.csv() and office.csv().count("dogs") == 12
    other.deletions.complete()
    assert list_keys(other.rows()) == {"dogs"}
    other.desk.database.close()


def test_a_save_of_another_server_before_the_file_is_new_makes_it_so(office, monkeypatch):
    """The row that ends the file is gone: whoever looks for it must not keep the file aside."""
    if not office.desk.database.embedded:
        pytest.skip("the file of a database server's home is not followed")
    other = make_office(office.desk.home.root, Database(office.desk.database._url))
    office.export()
    monkeypatch.setattr(office.desk.log, "forget", lambda: (_ for _ in ()).throw(StoreError("no")))
    assert office.deletions.make(ADMIN, KEY, confirm=KEY).left
    assert KEY in office.csv()
    other.desk.queue.save(BOB, "dogs", meme=meme_id(2), labels=YES, save=new_save(), version=1)
    assert KEY not in office.csv() and office.csv().count("dogs") == 8
    assert not list(office.desk.home.root.glob("corrections-*"))
    other.desk.database.close()


def test_a_start_after_a_kill_writes_the_file_anew_once(office, monkeypatch):
    """In a long log that takes as long as the log."""
    monkeypatch.setattr(ProjectStore, "clear", fail_to_clear)
    written, write = [], CsvFollower.write_anew
    monkeypatch.setattr(CsvFollower, "write_anew", lambda *own: (written.append(1), write(*own)))
    assert office.delete().left
    written.clear()
    monkeypatch.undo()
    monkeypatch.setattr(CsvFollower, "write_anew", lambda *own: (written.append(1), write(*own)))
    office = office.restart()
    assert len(written) == office.desk.database.embedded
    assert not office.desk.home.project(KEY).exists() and KEY not in office.csv()


def test_each_of_several_homes_clears_after_a_project_once(tmp_path, database, monkeypatch):
    if database.embedded:
        pytest.skip("its database is one home's own")
    cleared, clear = [], ProjectStore.clear
    monkeypatch.setattr(
        ProjectStore, "clear", lambda own, key: (cleared.append(own), clear(own, key))
    )
    one, two = (make_office(tmp_path / name, database, place=name) for name in ("a", "b"))
    fill(one, KEY, (0, 1))
    two.desk.home.project(KEY).mkdir()
    one.delete()
    for _ in range(3):
        one.deletions.complete()
        two.deletions.complete()
    assert cleared == [one.desk.store, two.desk.store]
    assert not two.desk.home.project(KEY).exists()
    with database.read() as connection:
        gone = select_deleted(connection)[KEY]
    assert sorted(gone.cleared) == ["a", "b"] and gone.left
    make_office(tmp_path / "c", database, place="c").deletions.complete()
    assert len(cleared) == 3


@pytest.mark.kill
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_kill_at_any_write_is_made_up_for_at_the_next_start(tmp_path, database):
    office, embedded = make_office(tmp_path, database), database.embedded
    fill(office, "dogs", (2, 3))
    gone, kept = 0, 0
    for at in range(1, 100):
        key = fill(office, f"cats-{at}", (1, 2))
        office.export(key)
        database.close()
        if not (killed := die(office, key, at)):
            break
        office = office.restart()
        if office.desk.store.find(key) is None:
            gone += 1
        else:
            kept += 1
            assert office.desk.store.tally(office.desk.store.read(key)).decisions == 2
            assert pictures(office) == {1, 2, 3}
            office.deletions.make(ADMIN, key, confirm=key)
        assert list_keys(office.rows()) == {"dogs"}, at
        assert not office.desk.home.project(key).exists() and pictures(office) == {2, 3}, at
        assert not list(tmp_path.glob("corrections-*")), at
        assert "cats" not in office.csv() and office.csv().count("dogs") == (4 if embedded else 0)
    assert not killed and kept and gone > (12 if embedded else 6), (kept, gone)


def die(office, key, at):
    """Delete a project in a process that ends at a write; say whether it came to that."""
    pid = os.fork()
    if pid == 0:
        try:
            writes = Writes(office.desk.home.root)
            own = make_office(office.desk.home.root, Database(office.desk.database._url))
            own.desk.log.join()
            writes.arm(at)
            own.deletions.make(ADMIN, key, confirm=key)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(pid, 0)[1]
    assert status in (0, 9), status
    return status == 9
