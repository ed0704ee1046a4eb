"""What visitors suggest, on both kinds of database: kept, limited, and decided once."""

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from memeclip_core.access.people import People
from memeclip_core.access.rate_limits import ALLOWANCES
from memeclip_core.access.users import Users
from memeclip_core.annotation.review import proposals as module
from memeclip_core.annotation.review.proposals import KEPT_ENDED, KEPT_WAITING, MOST_NOTE, Proposals
from memeclip_core.database.schema import decision, proposal
from memeclip_core.errors import (
    InputError,
    LabelError,
    NotFound,
    PermissionDenied,
    RateLimited,
    TextError,
)
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.image import ImageLimits, content_id
from memeclip_core.records.decision import ADDRESS, Person
from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.storage.images import ImageStore
from tests.factories.queues import (
    ADMIN,
    ANN,
    NO,
    REV,
    TASKS,
    VISITOR,
    YES,
    Desk,
    make_desk,
    new_save,
)
from tests.factories.services import make_image

OTHER = Person(name="rolf", role="reviewer")


@dataclass
class Door:
    """Suggestions with everything behind them in reach."""

    desk: Desk
    proposals: Proposals

    def propose(self, number=0, labels=YES, *, who=VISITOR, session="session-1", **given):
        given = {"prediction": predict(number), "data": make_image(number), **given}
        return self.proposals.propose(who, session=session, labels=labels, **given)

    def waiting(self, who=REV):
        return self.proposals.waiting(who).proposals

    def accept(self, number=1, labels=YES, *, who=REV, **given):
        given = {"save": new_save(), **given}
        return self.proposals.accept(who, number, labels=labels, **given)

    def log(self):
        with self.desk.database.read() as connection:
            return connection.execute(select(decision).order_by(decision.c.number)).all()

    def wait(self, time: timedelta):
        self.desk.clock.now += time.total_seconds()


def predict(number=0, text="a cat"):
    tasks = tuple(
        TaskPrediction(
            task=task.key, title=task.title, kind=task.kind, labels=NO[task.key],
            scores=tuple(
                ClassScore(label=one.name, display=one.display, probability=0.5, cosine=0.0)
                for one in task.labels
            ),
            threshold=None, applies=True, reason="", reads="text", model="m1",
        )
        for task in TASKS
    )  # fmt: skip
    meme = Meme(id=content_id(make_image(number)), filename="x.png", text=text, text_source="user")
    return Prediction(meme=meme, task_set=TASKS.key, tasks=tasks, model="m1", encoder="fake")


def make_door(root, database, *, people=None, takes=True):
    desk = make_desk(root, database=database)
    proposals = Proposals(
        people=people or People(loopback=True, space=False),
        database=database,
        corrector=desk.corrector,
        images=ImageStore(desk.home),
        reader=Reader(
            engines=Engines(encoder_name="fake", make_encoder=None, make_ocr=None),
            limits=ImageLimits(),
        ),
        task_sets=[TASKS],
        takes=takes,
        clock=lambda: datetime.fromtimestamp(desk.clock.now, UTC),
    )
    return Door(desk, proposals)


@pytest.fixture
def door(tmp_path, database):
    return make_door(tmp_path, database)


def test_a_suggestion_counts_nowhere_until_a_reviewer_accepts_it(door):
    assert not door.propose(note=" it is meant <b>so</b> ").again
    (one,) = door.waiting()
    assert (one.labels, one.notes, one.count) == (YES, ("it is meant <b>so</b>",), 1)
    assert one.predicted["hate"].labels == ("no",) and one.text == "a cat" and one.has_image
    assert door.proposals.picture(REV, 1)[8:12] == b"WEBP"
    assert door.log() == [] and not door.desk.corrector.labelled(TASKS)
    assert ImageStore(door.desk.home).read(one.meme) is None

    receipt = door.accept(note="clear", seconds=3.0)
    assert receipt.rows == 2 and door.waiting() == ()
    rows = door.log()
    assert {(row.annotator, row.project, row.note) for row in rows} == {
        ("rev", "", "Suggested by a visitor. clear")
    }
    assert [row.verdict for row in rows] == ["corrected", "corrected"]
    assert ImageStore(door.desk.home).read(one.meme) == make_image(0)
    (known,) = door.desk.corrector.labelled(TASKS)
    assert known.labels == YES and known.text == "a cat"


def test_a_reviewer_changes_and_accepts_and_takes_it_back(door):
    door.propose()
    both = {"hate": ("yes",), "tone": ("irony", "slur")}
    door.accept(labels=both)
    assert door.desk.corrector.labelled(TASKS)[0].labels == both
    assert door.proposals.undo(REV, 1).rows == 2
    assert door.desk.corrector.labelled(TASKS) == () and len(door.waiting()) == 1
    with pytest.raises(InputError, match="waits already"):
        door.proposals.undo(REV, 1)
    door.proposals.reject(REV, 1)
    assert door.waiting() == ()
    with pytest.raises(InputError, match="'rev' has decided this suggestion"):
        door.proposals.undo(OTHER, 1)
    assert door.proposals.undo(REV, 1) is None
    assert len(door.waiting()) == 1


def test_the_same_call_twice_counts_once_and_others_are_told(door):
    door.propose()
    first = door.accept(save="save-same")
    again = door.accept(save="save-same")
    assert (first.rows, again.rows, len(door.log())) == (2, 0, 2)
    with pytest.raises(InputError, match="You have accepted this suggestion already"):
        door.accept()
    with pytest.raises(InputError, match="'rev' has accepted"):
        door.proposals.reject(OTHER, 1)
    door.proposals.undo(REV, 1)
    # What was taken back is not accepted by a call that comes late.
    with pytest.raises(InputError, match="taken back before"):
        door.accept(save="save-same")
    assert len(door.waiting()) == 1
    door.proposals.reject(REV, 1)
    door.proposals.reject(REV, 1)
    with pytest.raises(InputError, match="You have rejected"):
        door.accept()


def test_who_joins_as_it_is_accepted_is_counted_and_a_retry_is_the_same_save(door, monkeypatch):
    door.propose()
    keep = door.proposals._keep_image

    def join_meanwhile(row):
        door.propose(session="session-2")
        return keep(row)

    with monkeypatch.context() as patched:
        patched.setattr(door.proposals, "_keep_image", join_meanwhile)
        save = door.accept(save="a-save-of-one-id").save
    assert {row.note for row in door.log()} == {"Suggested by 2 visitors."}
    assert door.accept(save=save).rows == 0


def test_of_two_reviewers_at_once_one_accepts(door):
    for number in range(6):
        door.propose(number, session=f"session-{number}")
    start, said = threading.Barrier(2), []

    def decide(who):
        for number in range(1, 7):
            start.wait()
            try:
                said.append(door.accept(number, who=who).rows)
            except InputError as error:
                said.append("already" in str(error))

    both = [threading.Thread(target=decide, args=(who,)) for who in (REV, OTHER)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(map(str, said)) == ["2"] * 6 + ["True"] * 6
    assert len(door.log()) == 12


def test_equal_suggestions_are_joined_and_each_session_counts_once(door):
    assert door.propose(note="so").count == 1
    assert door.propose().again
    assert door.propose(session="session-2", note="really").count == 2
    assert door.propose(session="session-2").count == 2
    door.propose(session="session-3", prediction=predict(text="another text"))
    door.propose(session="session-4", labels={"hate": ("yes",), "tone": ()})
    assert [(one.count, one.notes) for one in door.waiting()] == [
        (2, ("so", "really")), (1, ()), (1, ()),
    ]  # fmt: skip
    door.accept()
    assert door.log()[0].note == "Suggested by 2 visitors."
    # What is decided is joined by nobody.
    assert door.propose(session="session-5").count == 1


def test_what_is_full_is_said_and_nothing_is_dropped(door, monkeypatch):
    for name, value in (("MOST_WAITING", 3), ("MOST_OF_SESSION", 2), ("MOST_JOINED", 2)):
        monkeypatch.setattr(module, name, value)
    door.propose(0)
    door.propose(1)
    with pytest.raises(RateLimited, match="You have 2 suggestions that wait"):
        door.propose(2)
    door.propose(2, session="session-2")
    with pytest.raises(RateLimited, match="The queue of suggestions is full"):
        door.propose(3, session="session-3")
    assert [door.propose(0, session=f"session-{n}").count for n in (2, 3)] == [2, 2]
    assert [one.number for one in door.waiting()] == [1, 2, 3]
    door.proposals.reject(REV, 2)
    monkeypatch.setattr(module, "MOST_BYTES", 2 * len(make_image(0)) + 10)
    with pytest.raises(RateLimited, match="full"):
        door.propose(3, session="session-3")


def test_an_address_is_limited_and_it_is_kept_nowhere(tmp_path, database):
    people = People(users=Users(database), loopback=False, space=False, clock=lambda: 0.0)
    door = make_door(tmp_path, database, people=people)
    visitor, token = Person(name="visitor", role="visitor"), ADDRESS.set("203.0.113.7")
    try:
        for number in range(ALLOWANCES["suggestion"].burst):
            door.propose(number, who=visitor)
        with pytest.raises(RateLimited, match="Too many suggestions by 'visitor'"):
            door.propose(50, who=visitor)
        ADDRESS.set("203.0.113.8")
        door.propose(50, who=visitor, session="session-2")
    finally:
        ADDRESS.reset(token)
    with database.read() as connection:
        for row in connection.execute(select(proposal)):
            assert "203.0" not in repr(row) and "session" not in repr(row.sessions)


def test_what_cannot_be_suggested_is_refused(door):
    for labels in ({"hate": ("cat",), "tone": ()}, {"cats": ("yes",)}, {"hate": ("yes",)}):
        with pytest.raises(LabelError):
            door.propose(labels=labels)
    for refused, given in (
        ("what the model says already", {"labels": NO}),
        ("not the one that was predicted", {"data": make_image(1)}),
        ("not the one that was predicted", {"data": None}),
        ("at most 500", {"note": "x" * (MOST_NOTE + 1)}),
        ("cannot name a session", {"session": "a b"}),
        ("You may save corrections yourself", {"who": ANN}),
    ):
        with pytest.raises(InputError, match=refused):
            door.propose(**given)
    with pytest.raises(TextError):
        door.propose(note="a\0b")
    assert door.waiting() == ()


def test_visitors_suggest_nothing_unless_the_studio_takes_it(tmp_path, database):
    door = make_door(tmp_path, database, takes=False)
    assert not door.proposals.may(VISITOR)
    with pytest.raises(InputError, match="takes no suggestions"):
        door.propose()


def test_each_role_is_refused_what_it_may_not(door):
    assert door.proposals.may(VISITOR) and not door.proposals.may(ANN)
    door.propose()
    p = door.proposals
    for who in (VISITOR, ANN):
        for call in (p.waiting, lambda who: p.picture(who, 1), lambda who: p.reject(who, 1),
                     lambda who: p.undo(who, 1), lambda who: door.accept(who=who)):  # fmt: skip
            with pytest.raises(PermissionDenied):
                call(who)
    with pytest.raises(PermissionDenied):
        p.remove_all(REV)
    assert p.remove_all(ADMIN) == 1
    for call in (p.picture, p.reject, p.undo):
        with pytest.raises(NotFound, match="no suggestion 1 any more"):
            call(REV, 1)
    with pytest.raises(NotFound):
        door.accept()


def test_what_is_old_goes_with_its_meme(door):
    door.propose(0)
    door.propose(1)
    door.accept(1)
    door.wait(KEPT_ENDED + timedelta(hours=1))
    door.propose(2, session="session-2")
    assert [one.number for one in door.waiting()] == [2, 3]
    with pytest.raises(NotFound):
        door.proposals.undo(REV, 1)
    assert len(door.log()) == 2  # the decision stays
    door.wait(KEPT_WAITING - KEPT_ENDED)
    # Not shown any more, even before it is deleted.
    assert [one.number for one in door.waiting()] == [3]
    door.proposals.start()
    door.proposals.stop()
    door.proposals._thread.join(20)
    with door.desk.database.read() as connection:
        assert list(connection.scalars(select(proposal.c.number))) == [3]


def test_the_image_of_an_accepted_one_is_there_and_of_a_rejected_one_is_not(door, monkeypatch):
    """Also if a project that had the same picture is deleted in between."""
    door.propose()
    door.propose(1)
    first, second = door.waiting()
    images, keep = ImageStore(door.desk.home), ImageStore.keep

    def keep_and_lose(store, content_id, *rest):
        name = keep(store, content_id, *rest)
        store.discard([content_id])
        return name

    monkeypatch.setattr(ImageStore, "keep", keep_and_lose)
    door.proposals.accept(REV, first.number, save="save-0001", labels=YES)
    assert images.read(first.meme) == make_image(0)
    monkeypatch.undo()
    door.proposals.reject(OTHER, second.number)
    with pytest.raises(InputError, match="has rejected this suggestion already"):
        door.proposals.accept(REV, second.number, save="save-0002", labels=YES)
    assert images.read(second.meme) is None


def test_a_text_alone_is_accepted_without_a_picture(door):
    made = predict()
    alone = replace(made, meme=replace(made.meme, has_image=False))
    door.propose(prediction=alone, data=None)
    assert not door.waiting()[0].has_image and door.proposals.picture(REV, 1) == b""
    door.accept()
    assert {row.image for row in door.log()} == {""}


def test_what_waits_comes_in_pages_of_the_task_sets_on_offer(door):
    for number in range(3):
        door.propose(number, session=f"session-{number}")
    found = door.proposals.waiting(REV, page=2, size=2)
    assert ([one.number for one in found.proposals], found.pages, found.total) == ([3], 2, 3)
    door.proposals._task_sets = ()
    assert door.waiting() == ()
    with pytest.raises(InputError, match="allowed are 1 and more"):
        door.proposals.waiting(REV, page=0)
