from dataclasses import replace

import pytest

from memeclip_core.access.people import People
from memeclip_core.access.users import Users
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, LabelError, PermissionDenied, RateLimited
from memeclip_core.records.project import Migration
from tests.factories.queues import (
    ANN,
    BOB,
    KEY,
    NUMBERS,
    REV,
    VISITOR,
    make_table,
    meme_id,
    new_save,
)
from tests.factories.reviews import HATE, NONE, make_panel


@pytest.fixture
def panel(tmp_path):
    panel = make_panel(tmp_path)
    panel.say("ann", 0, HATE)
    panel.say("bob", 0, NONE)
    return panel


def calls(panel):
    """Return every call that takes a reviewer."""
    r, meme = panel.reviews, meme_id(0)
    return [
        lambda who: r.agreement(who, KEY),
        lambda who: r.quality(who, KEY),
        lambda who: r.disagreements(who, KEY),
        lambda who: r.case(who, KEY, meme),
        lambda who: r.adjudicate(who, KEY, save=new_save(), meme=meme, labels=HATE),
        lambda who: r.send_back(
            who, KEY, save=new_save(), meme=meme, annotator="ann", reason="why"
        ),
        lambda who: r.resolve(who, KEY, save=new_save(), meme=meme, reason="why"),
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("who", [VISITOR, ANN])
def test_only_reviewers_may(panel, place, who):
    panel.flag("bob", 0)
    call = calls(panel)[place]
    before = panel.revision
    with pytest.raises(PermissionDenied):
        call(who)
    assert panel.revision == before
    call(REV)


def test_names_that_do_not_exist_are_refused_in_a_sentence(panel):
    with pytest.raises(InputError, match="no project 'dogs'"):
        panel.reviews.agreement(REV, "dogs")
    with pytest.raises(InputError, match="has no meme"):
        panel.reviews.case(REV, KEY, "../../etc/passwd")
    with pytest.raises(InputError, match="has no meme"):
        panel.adjudicate(999)


def test_a_decision_for_all_counts_and_is_told_on(panel):
    receipt = panel.adjudicate(0, NONE, note="a quotation")
    assert receipt.rows == 2
    assert panel.history(0).resolve(panel.project.tasks).labels == NONE
    assert panel.history(0).adjudicated.annotator == "rev"
    assert panel.saved == [KEY]
    assert panel.reviews.disagreements(REV, KEY).total == 0


def test_the_same_press_twice_counts_once(panel):
    save = new_save()
    first, second = (panel.adjudicate(0, HATE, save=save) for _ in range(2))
    assert first.rows == 2
    assert second.time == first.time
    assert panel.counts.tally.adjudicated == 1
    assert len(panel.rows(0)) == 6


def test_the_log_says_what_the_model_said_and_whether_it_was_seen(panel):
    panel.desk.predict(make_table([0.9] * 8))
    panel.adjudicate(0, NONE, shown=True)
    panel.adjudicate(1, NONE, shown=False)
    verdicts = [panel.history(n).adjudicated.verdicts["hate"] for n in (0, 1)]
    assert verdicts == ["corrected", "unaided"]
    row = panel.rows(0)[-1]
    assert (row.model, row.action, row.annotator) == ("m1", "adjudicate", "rev")


def test_a_decision_is_judged_by_the_labels_of_today(panel):
    """The model's table is older than the label set: "yes" is called "hate" now."""
    panel.desk.predict(make_table([0.9] * 8))
    project = panel.project
    first, second = project.tasks.tasks
    labels = (first.labels[0], replace(first.labels[1], name="hate"))
    tasks = replace(project.tasks, tasks=(replace(first, labels=labels), second))
    step = Migration(version=2, tasks={"hate": {"yes": "hate"}}, time=project.created, by="root")
    panel.desk.store.write(replace(project, version=2, tasks=tasks, migrations=(step,)))
    assert panel.reviews.case(REV, KEY, meme_id(0)).suggestions["hate"].labels == ("hate",)
    panel.adjudicate(0, {"hate": ("hate",), "tone": ()}, shown=True)
    assert panel.history(0).adjudicated.verdicts["hate"] == "confirmed"


def test_labels_are_checked(panel):
    with pytest.raises(LabelError, match="no label 'maybe'"):
        panel.adjudicate(0, {"hate": ("maybe",), "tone": ()})
    with pytest.raises(LabelError, match="Tone has no label"):
        panel.adjudicate(0, {"hate": ("yes",)})
    assert panel.counts.tally.adjudicated == 0


def test_an_old_label_set_saves_nothing(panel):
    panel.desk.store.write(replace(panel.project, version=2))
    with pytest.raises(InputError, match="label set has changed"):
        panel.adjudicate(0, HATE, version=1)
    assert panel.adjudicate(0, HATE, version=2).rows == 2


def test_sending_back_makes_it_pending_for_that_person(panel):
    panel.send_back(0, "ann", "look at the second line")
    assert panel.history(0).standing("ann").state == "pending"
    assert panel.history(0).standing("ann").returned.note == "look at the second line"
    assert panel.history(0).standing("bob").state == "done"
    panel.say("ann", 0, NONE)
    assert panel.history(0).standing("ann").returned is None


def test_sending_back_by_letter_where_names_are_hidden(panel):
    case = panel.reviews.case(REV, KEY, meme_id(0), blind=True)
    letter = next(vote.name for vote in case.votes if vote.labels == HATE)
    panel.send_back(0, letter, blind=True)
    assert panel.history(0).standing("ann").returned is not None


def test_sending_back_takes_a_reason_and_somebody_with_a_decision(panel):
    with pytest.raises(InputError, match="why it goes back"):
        panel.send_back(0, "ann", "  ")
    with pytest.raises(InputError, match="'cat' has no decision"):
        panel.send_back(0, "cat")


def test_numbers_follow_the_log(panel):
    assert panel.reviews.agreement(REV, KEY).tasks[0].whole.raw.value == 0
    panel.say("bob", 0, HATE)
    assert panel.reviews.agreement(REV, KEY).tasks[0].whole.raw.value == 1
    assert panel.reviews.quality(REV, KEY).tasks[0].people[0].with_consensus == 1
    assert panel.reviews.disagreements(REV, KEY).total == 0


def test_nothing_is_computed_twice_for_the_same_decisions(panel):
    assert panel.reviews.agreement(REV, KEY) is panel.reviews.agreement(REV, KEY)
    assert panel.reviews.quality(REV, KEY) is panel.reviews.quality(REV, KEY)
    assert panel.reviews.dashboard(REV, KEY) is panel.reviews.dashboard(REV, KEY)
    first = panel.reviews.dashboard(REV, KEY)
    panel.skip("ann", 3)
    assert panel.reviews.dashboard(REV, KEY).skipped == first.skipped + 1


def test_a_case_that_is_opened_shows_the_model_too(panel):
    panel.desk.predict(make_table([0.9] * 8))
    case = panel.reviews.case(REV, KEY, meme_id(0))
    assert case.suggestions["hate"].labels == ("yes",)
    assert case.blind
    (listed,) = panel.reviews.disagreements(REV, KEY).cases
    assert (NUMBERS[listed.meme.id], listed.suggestions) == (0, {})


def test_an_annotator_sees_the_project_and_the_own_part_only(panel):
    board = panel.reviews.dashboard(ANN, KEY)
    assert (board.decisions, [one.name for one in board.people]) == (2, ["ann"])
    assert board.agreement is None
    assert panel.reviews.dashboard(ANN, KEY, "ann").decisions == 1
    with pytest.raises(PermissionDenied):
        panel.reviews.dashboard(ANN, KEY, "bob")
    with pytest.raises(PermissionDenied):
        panel.reviews.dashboard(VISITOR, KEY)
    whole = panel.reviews.dashboard(REV, KEY)
    assert [one.name for one in whole.people] == ["ann", "bob"]
    assert whole.agreement is not None
    assert panel.reviews.dashboard(BOB, KEY, "bob").people[0].name == "bob"


def test_who_calls_too_often_waits(tmp_path):
    users = Users(Database.of_home(tmp_path))
    users.add(name="rev", role="reviewer", password="a long enough password")
    people = People(users=users, loopback=False, space=False, clock=lambda: 0.0)
    panel = make_panel(tmp_path / "home", people=people)
    with pytest.raises(RateLimited):
        for _ in range(2_000):
            panel.reviews.case(REV, KEY, meme_id(0))
