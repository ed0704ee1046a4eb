"""What a retraining changed, in words."""

from __future__ import annotations

from dataclasses import replace

from memeclip_core.app.changes import say_changes
from memeclip_core.config import Settings
from memeclip_core.records.model import Flip, Metric, NearMeme, TaskComparison
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import lead_in

TASKS = read_named_task_set("pridemm", Settings().assets)
NONE = Metric(name="accuracy", value=0.5, n=4, low=0.1, high=0.9)


def row(rows, n, *flips):
    return TaskComparison(
        task="hate",
        rows=rows,
        n=n,
        active=NONE,
        candidate=NONE,
        flips=len(flips),
        flipped=tuple(
            Flip(meme=f"{i:08x}" + "0" * 56, truth=(truth,), active=(was,), candidate=(now,))
            for i, (truth, was, now) in enumerate(flips)
        ),
    )


def test_a_sentence_says_which_classes_and_which_memes_changed():
    hate, no = "Hate", "No Hate"
    own = row("corrected", 9, (hate, no, hate), (hate, no, hate), (hate, hate, no))
    (said,) = say_changes([own, row("replay", 30)], TASKS)
    title = TASKS.task("hate").title
    assert said.startswith(f"{lead_in(title)} 3 of 9 answers to corrected memes kept aside change")
    assert "(00000000; 00000001; 00000002)" in said
    assert "2 put right, 1 now wrong" in said
    shown = {label.name: label.display for label in TASKS.task("hate").labels}
    assert f"{shown[hate]} +1" in said and f"{shown[no]} \N{MINUS SIGN}1" in said


def test_without_corrected_memes_the_starters_rows_are_named_as_such():
    (said,) = say_changes([row("corrected", 0), row("replay", 30)], TASKS)
    assert said.endswith("no answer to 30 rows of the starter changes.")


def test_a_changed_meme_is_named_with_the_nearest_that_was_learnt_from():
    own = row("corrected", 9, ("Hate", "No Hate", "Hate"))
    near = (
        NearMeme(meme="abcdef01" + "0" * 56, labels=("Hate",), cosine=0.914),
        NearMeme(meme="1" * 64, labels=("No Hate",), cosine=0.5),
    )
    own = replace(own, flipped=(replace(own.flipped[0], near=near),))
    (said,) = say_changes([own], TASKS)
    shown = {label.name: label.display for label in TASKS.task("hate").labels}
    assert f"(00000000, nearest learnt abcdef01: {shown['Hate']}, cosine 0.91)" in said


def test_what_is_counted_of_a_part_says_so_and_a_hyphen_is_no_minus():
    own = replace(row("corrected", 900, ("Flag-waving", "Flag-waving", "Hate")), flips=400)
    (said,) = say_changes([own], TASKS)
    assert "400 of 900 answers" in said and "of the first 1, 0 put right, 1 now wrong" in said
    assert "Flag-waving \N{MINUS SIGN}1" in said
