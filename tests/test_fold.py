from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from memeclip_core.fold import fold_decisions, fold_labels, fold_saves
from memeclip_core.records import Correction

START = datetime(2026, 1, 2, tzinfo=UTC)


class Log:
    """Writes a log the way people do."""

    def __init__(self):
        self.rows = []

    def save(self, who, meme, *, task_set="toys", text="", note="", **labels):
        save = f"s{len(self.rows)}"
        for task, names in labels.items():
            self._add(save, who, "label", meme, task_set, task, tuple(names), text, note)
        return save

    def undo(self, save):
        for row in [row for row in self.rows if row.save == save]:
            self._add(save, row.annotator, "retract", row.meme, row.task_set, row.task, (), "", "")

    def _add(self, save, who, action, meme, task_set, task, labels, text, note):
        place = len(self.rows)
        self.rows.append(
            Correction(
                event=f"e{place}",
                save=save,
                time=START + timedelta(seconds=place),
                annotator=who,
                action=action,
                meme=meme,
                image=f"{meme}.png",
                text=text,
                text_source="user",
                task_set=task_set,
                task=task,
                predicted=("a",),
                probability=0.5,
                model="m",
                labels=labels,
                note=note,
            )
        )


@pytest.fixture
def log():
    return Log()


def test_a_save_gathers_its_rows_into_one_decision(log):
    log.save("ann", "m1", text="t", note="n", hate=["Hate"], target=["Community"])
    (decision,) = fold_saves(log.rows, "toys")
    assert decision.labels == {"hate": ("Hate",), "target": ("Community",)}
    assert (decision.annotator, decision.meme, decision.text, decision.note) == (
        "ann", "m1", "t", "n",
    )  # fmt: skip


def test_a_later_save_replaces_the_earlier_one_as_a_whole(log):
    log.save("ann", "m1", hate=["Hate"], target=["Community"])
    log.save("ann", "m1", hate=["No Hate"])
    (meme,) = fold_labels(log.rows, "toys")
    assert meme.labels == {"hate": ("No Hate",)}


def test_the_latest_of_several_people_counts_and_all_are_named(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("bob", "m1", hate=["No Hate"])
    (meme,) = fold_labels(log.rows, "toys")
    assert meme.labels == {"hate": ("No Hate",)}
    assert meme.annotators == ("ann", "bob")
    log.save("ann", "m1", hate=["Hate"])
    (meme,) = fold_labels(log.rows, "toys")
    assert meme.labels == {"hate": ("Hate",)}
    assert meme.annotators == ("bob", "ann")


def test_the_order_of_the_log_counts_rather_than_its_clocks(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("ann", "m1", hate=["No Hate"])
    early, late = log.rows
    swapped = [early, replace(late, time=START - timedelta(days=1))]
    (meme,) = fold_labels(swapped, "toys")
    assert meme.labels == {"hate": ("No Hate",)}


def test_an_undo_after_any_log_gives_the_state_before(log):
    states = []
    saves = []
    for who, meme, label in [
        ("ann", "m1", "Hate"),
        ("bob", "m1", "No Hate"),
        ("ann", "m2", "Hate"),
        ("ann", "m1", "No Hate"),
        ("bob", "m2", "No Hate"),
    ]:
        states.append((fold_labels(log.rows, "toys"), fold_decisions(log.rows, "toys")))
        saves.append(log.save(who, meme, hate=[label]))
    for save in reversed(saves):
        log.undo(save)
        labels, decisions = states.pop()
        assert fold_labels(log.rows, "toys") == labels
        assert fold_decisions(log.rows, "toys") == decisions


def test_taking_back_an_early_save_keeps_the_later_ones(log):
    first = log.save("ann", "m1", hate=["Hate"])
    log.save("bob", "m1", hate=["No Hate"])
    log.undo(first)
    (meme,) = fold_labels(log.rows, "toys")
    assert meme.labels == {"hate": ("No Hate",)}
    assert meme.annotators == ("bob",)


def test_task_sets_do_not_mix(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("ann", "m1", task_set="other", tags=["x"])
    assert fold_labels(log.rows, "toys")[0].labels == {"hate": ("Hate",)}
    assert fold_labels(log.rows, "other")[0].labels == {"tags": ("x",)}


def test_an_empty_multilabel_decision_is_a_decision(log):
    log.save("ann", "m1", tags=[])
    assert fold_labels(log.rows, "toys")[0].labels == {"tags": ()}


def test_the_newest_comes_first(log):
    log.save("ann", "m1", hate=["Hate"])
    log.save("ann", "m2", hate=["Hate"])
    log.save("ann", "m1", hate=["No Hate"])
    assert [meme.meme for meme in fold_labels(log.rows, "toys")] == ["m1", "m2"]
