import math
from dataclasses import replace

import pytest

from memeclip_core.annotation.decisions.entry import (
    LONGEST_LOOK,
    MAX_NOTE,
    Entry,
    check_draft,
    check_entry,
    check_labels,
    judge,
    new_save,
    write_rows,
)
from memeclip_core.config import ROOT
from memeclip_core.errors import InputError, LabelError, TextError
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Suggestion
from memeclip_core.storage.task_files import read_named_task_set
from tests.factories.services import HATE, NO_HATE

TASKS = read_named_task_set("pridemm", ROOT / "assets")
TECHNIQUES = read_named_task_set("propaganda", ROOT / "assets")
ENTRY = Entry(save="save-0001", action="label", meme="ab" * 32, labels=NO_HATE)
ANN = Person(name="ann", role="annotator")


def suggest(*names, model="v1"):
    return Suggestion(labels=names, probabilities={name: 0.75 for name in names}, model=model)


def rows(entry):
    return write_rows(ANN, TASKS, entry, check_entry(TASKS, entry), utc_now())


def test_labels_come_out_in_the_order_of_the_tasks():
    shuffled = dict(reversed(HATE.items()))
    assert list(check_labels(TASKS, shuffled)) == ["hate", "target", "stance", "humour"]
    assert check_labels(TASKS, {**NO_HATE, "target": ("Community",)}) == NO_HATE


def test_several_labels_come_out_in_the_order_of_the_task_and_once():
    names = ("Doubt", "Smears", "Doubt")
    assert check_labels(TECHNIQUES, {"techniques": names}) == {"techniques": ("Smears", "Doubt")}
    assert check_labels(TECHNIQUES, {"techniques": ()}) == {"techniques": ()}


def test_a_missing_decision_names_the_choices():
    with pytest.raises(LabelError, match=r"Stance has no label\. Choose one of: Neutral, Support"):
        check_labels(TASKS, {"hate": ("No Hate",)})


def test_a_draft_may_lack_tasks_but_not_make_them_up():
    assert check_draft(TASKS, {"humour": ("Humour",), "hate": ()}) == {"humour": ("Humour",)}
    assert check_draft(TASKS, {}) == {}
    with pytest.raises(LabelError, match="no label 'Fun'"):
        check_draft(TASKS, {"humour": ("Fun",)})
    with pytest.raises(LabelError, match="exactly one label and was given 2"):
        check_draft(TASKS, {"hate": ("Hate", "No Hate")})


@pytest.mark.parametrize(
    "save", ["", "short", "x" * 81, "with space", "line\nfeed", "../../x", "é" * 9]
)
def test_an_id_of_another_form_is_refused(save):
    with pytest.raises(InputError, match="cannot be the id of a save"):
        check_entry(TASKS, replace(ENTRY, save=save))


def test_ids_that_pages_make_up_are_fine():
    for save in (new_save(), f"{new_save()}.12", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "a" * 80):
        assert check_entry(TASKS, replace(ENTRY, save=save)) == NO_HATE
    assert new_save() != new_save()


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"note": "x" * (MAX_NOTE + 1)}, InputError, "4,001 characters"),
        ({"note": "a\0"}, TextError, "NUL"),
        ({"action": "retract"}, InputError, "taken back with undo"),
        ({"action": "return", "labels": {}}, InputError, "to whom"),
        ({"action": "skip"}, InputError, "A skip has no labels; 3 were given"),
        ({"action": "adjudicate", "labels": {}}, LabelError, "has no label"),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, why):
    with pytest.raises(error, match=why):
        check_entry(TASKS, replace(ENTRY, **change))


@pytest.mark.parametrize(
    ("labels", "seen", "shown", "verdict"),
    [
        (("Hate",), suggest("Hate"), True, "confirmed"),
        (("Hate",), suggest("No Hate"), True, "corrected"),
        (("a", "b"), suggest("b", "a"), True, "confirmed"),
        ((), suggest(), True, "confirmed"),
        (("Hate",), suggest("Hate"), False, "unaided"),
        (("Hate",), suggest("No Hate"), False, "unaided"),
        (("Hate",), None, True, ""),
        (("Hate",), None, False, ""),
    ],
)
def test_confirming_correcting_and_deciding_alone_are_told_apart(labels, seen, shown, verdict):
    assert judge(labels, seen, shown=shown) == verdict


def test_a_decision_has_a_row_for_each_task_with_what_the_model_said():
    entry = replace(
        ENTRY,
        note="n",
        project="p",
        version=3,
        shown=True,
        seconds=1.23456,
        suggestions={"hate": suggest("Hate"), "stance": suggest("Neutral", model="v2")},
    )
    one, two, three = rows(entry)
    assert (one.task, one.labels, one.predicted, one.model) == (
        "hate", ("No Hate",), ("Hate",), "v1",
    )  # fmt: skip
    assert (one.verdict, two.verdict, three.verdict) == ("corrected", "confirmed", "")
    assert (one.probability, two.model) == (0.75, "v2")
    assert (three.predicted, three.probability, three.model) == ((), None, "")
    for row in (one, two, three):
        assert (row.save, row.annotator, row.project, row.version, row.note) == (
            "save-0001", "ann", "p", 3, "n",
        )  # fmt: skip
        assert row.seconds == 1.235
    assert len({row.event for row in (one, two, three)}) == 3


def test_a_skip_has_one_row_without_a_task_and_without_a_verdict():
    (row,) = rows(replace(ENTRY, action="skip", labels={}, note="too dark", shown=True))
    assert (row.action, row.task, row.labels, row.verdict, row.note) == (
        "skip", "", (), "", "too dark",
    )  # fmt: skip


def test_a_draft_is_no_verdict_on_the_model():
    entry = replace(
        ENTRY, action="draft", labels={"hate": ("Hate",)}, suggestions={"hate": suggest("Hate")},
        shown=True,
    )  # fmt: skip
    (row,) = rows(entry)
    assert (row.task, row.labels, row.verdict) == ("hate", ("Hate",), "")
    assert [row.task for row in rows(replace(entry, labels={}))] == [""]


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        (None, None), (0, 0.0), (12.5, 12.5), (LONGEST_LOOK, LONGEST_LOOK), (-1, None),
        (math.nan, None), (math.inf, None), (LONGEST_LOOK + 1, None),
    ],
)  # fmt: skip
def test_an_impossible_time_counts_as_unknown_and_loses_no_label(seconds, kept):
    assert [row.seconds for row in rows(replace(ENTRY, seconds=seconds))] == [kept] * 3
