from dataclasses import replace

import pytest

from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.review.adjudication import (
    find_annotator,
    hide_names,
    open_case,
    turn_page,
)
from memeclip_core.errors import InputError
from tests.factories.queues import KEY, NUMBERS, REV, make_meme, make_table, meme_id
from tests.factories.reviews import BOTH, HATE, NONE, make_panel

SALT = "what nobody outside the project knows"


@pytest.fixture
def panel(tmp_path):
    """Memes 1 and 2 are in dispute: 1 on one task, 2 on both."""
    panel = make_panel(tmp_path)
    for number, (first, second) in enumerate([(HATE, HATE), (HATE, BOTH), (HATE, NONE)]):
        panel.say("ann", number, first, note="hm", seconds=3)
        panel.say("bob", number, second)
    return panel


def found(panel, which="open"):
    page = panel.ask(turn_page, panel.project, which, page=1, size=100, salt=None)
    return [NUMBERS[one.meme.id] for one in page.cases]


def case(panel, number, *, blind=False):
    return open_case(
        panel.project,
        panel.history(number),
        panel.memes.many([meme_id(number)])[meme_id(number)],
        salt=SALT if blind else None,
    )


def test_the_most_disputed_come_first(panel):
    assert found(panel) == [2, 1]


def test_a_decision_for_all_settles_a_dispute(panel):
    panel.adjudicate(2)
    assert (found(panel), found(panel, "adjudicated")) == ([1], [2])
    panel.adjudicate(1)
    assert (found(panel), found(panel, "adjudicated")) == ([], [1, 2])


def test_what_goes_back_is_no_dispute_until_it_returns(panel):
    panel.send_back(2, "bob")
    assert found(panel) == [1]
    panel.say("bob", 2, NONE)
    assert found(panel) == [2, 1]


def test_flagged_memes_are_a_list_of_their_own(panel):
    panel.flag("ann", 7, "is it hateful?")
    assert found(panel, "flagged") == [7]
    (flag,) = case(panel, 7).flags
    assert (flag.name, flag.note, flag.labels) == ("ann", "is it hateful?", {})


def test_a_case_shows_who_said_what(panel):
    shown = case(panel, 1)
    assert [(vote.name, vote.labels) for vote in shown.votes] == [("ann", HATE), ("bob", BOTH)]
    assert (shown.votes[0].note, shown.votes[0].seconds) == ("hm", 3)
    assert (shown.differ, shown.adjudicated, shown.version) == (("tone",), None, 1)
    panel.adjudicate(1, NONE, note="a quotation")
    final = case(panel, 1).adjudicated
    assert (final.name, final.labels, final.note) == ("rev", NONE, "a quotation")


def test_hidden_names_appear_nowhere_and_stay_the_same(panel):
    panel.flag("bob", 1)
    panel.adjudicate(1)
    shown = case(panel, 1, blind=True)
    assert shown.blind
    names = {vote.name for vote in (*shown.votes, *shown.flags, shown.adjudicated)}
    assert names == {"Annotator A", "Annotator B", "Annotator C"}
    assert [vote.name for vote in shown.votes] == sorted(vote.name for vote in shown.votes)
    assert case(panel, 1, blind=True) == shown


def test_letters_differ_from_meme_to_meme():
    names = ("ann", "bob", "cat")
    orders = {tuple(hide_names(SALT, meme_id(n), names)[name] for name in names) for n in range(50)}
    assert len(orders) == 6
    assert hide_names(SALT, meme_id(0), names) == hide_names(SALT, meme_id(0), names[::-1])


def test_who_knows_the_names_cannot_work_out_the_letters():
    names = ("ann", "bob", "cat")
    hidden = [hide_names(f"salt {n}", meme_id(0), names) for n in range(50)]
    assert len({tuple(letters[name] for name in names) for letters in hidden}) == 6


def test_of_equally_many_tasks_the_wider_dispute_comes_first(panel):
    # On meme 1 two of three say the same of one task; on meme 0 there are two, who differ.
    panel.say("cat", 1, HATE)
    panel.say("ann", 0, BOTH)
    panel.adjudicate(2)
    assert found(panel) == [0, 1]


def test_a_letter_leads_back_to_its_person_only_where_names_are_hidden(panel):
    hidden = {
        vote.name: vote.labels == HATE for vote in case(panel, 2, blind=True).votes
    }  # fmt: skip
    letter = next(name for name, is_ann in hidden.items() if is_ann)
    assert find_annotator(panel.history(2), meme_id(2), letter, salt=SALT) == "ann"
    assert find_annotator(panel.history(2), meme_id(2), "bob", salt=None) == "bob"
    for name, salt in (("ann", SALT), (letter, None), ("eve", None)):
        with pytest.raises(InputError, match="has no decision on this meme"):
            find_annotator(panel.history(2), meme_id(2), name, salt=salt)


def test_the_truth_is_not_shown_to_who_decides(tmp_path):
    panel = make_panel(tmp_path, memes=[make_meme(0, gold=True, given={"hate": ("yes",)})])
    assert (case(panel, 0).meme.given, case(panel, 0).meme.gold) == ({}, False)


def test_pages_hold_at_their_ends(panel):
    def turn(page, which="flagged", size=3):
        return panel.ask(turn_page, panel.project, which, page=page, size=size, salt=SALT)

    for number in range(7):
        panel.flag("ann", number)
    assert [NUMBERS[one.meme.id] for one in turn(1).cases] == [0, 1, 2]
    assert [NUMBERS[one.meme.id] for one in turn(3).cases] == [6]
    assert (turn(99).page, turn(-4).page, turn(1).pages, turn(1).total) == (3, 1, 3, 7)
    assert turn(1, size=10_000).size == 100
    empty = turn(1, "adjudicated")
    assert (empty.cases, empty.page, empty.pages, empty.total) == ((), 1, 1, 0)


def test_what_a_task_did_not_ask_is_no_dispute(tmp_path):
    panel = make_panel(tmp_path)
    panel.desk.predict(make_table([0.9] * 8))
    panel.say("ann", 0, HATE, shown=True)
    assert case(panel, 0).differ == ()
    assert case(panel, 0).votes[0].verdict == "corrected"


def test_a_decision_or_a_reason_ends_a_flag(panel):
    panel.flag("ann", 7, "is it hateful?")
    panel.flag("bob", 7, "cut off")
    panel.flag("bob", 6)
    assert found(panel, "flagged") == [7, 6]
    panel.adjudicate(6)
    assert found(panel, "flagged") == [7]
    with pytest.raises(InputError, match="what came of the flag"):
        panel.reviews.resolve(REV, KEY, save="resolve-1", meme=meme_id(7), reason=" ")
    done = panel.reviews.resolve(REV, KEY, save="resolve-1", meme=meme_id(7), reason="it is whole")
    assert done.rows == 2
    assert found(panel, "flagged") == []
    assert case(panel, 7).flags == ()
    rows = [row for row in panel.rows(7) if row.action == "unflag"]
    assert [(row.annotator, row.target, row.note) for row in rows] == [
        ("rev", "ann", "it is whole"),
        ("rev", "bob", "it is whole"),
    ]
    again = panel.reviews.resolve(REV, KEY, save="resolve-1", meme=meme_id(7), reason="it is whole")
    assert (again.rows, again.time) == (0, done.time)
    with pytest.raises(InputError, match="No flag on this meme"):
        panel.reviews.resolve(REV, KEY, save="resolve-2", meme=meme_id(7), reason="again")


def test_a_reason_that_is_not_in_the_file_yet_says_so(panel, monkeypatch):
    panel.flag("ann", 7, "is it hateful?")
    monkeypatch.setattr(DecisionLog, "follow", lambda log: False)
    done = panel.reviews.resolve(REV, KEY, save="resolve-1", meme=meme_id(7), reason="it is whole")
    assert (done.rows, done.behind) == (1, True)


def test_a_closed_project_sends_nothing_back(panel):
    panel.desk.store.write(replace(panel.project, closed=True))
    with pytest.raises(InputError, match="is closed"):
        panel.send_back(0, "ann")
