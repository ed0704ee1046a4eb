import pytest

from memeclip_core.annotation.queue.filters import fit_suggestions
from memeclip_core.errors import LabelError
from memeclip_core.records.project import Project, Suggestion
from memeclip_core.records.queue import QueueFilter
from tests.factories.queues import (
    ANN,
    BOB,
    KEY,
    NO,
    REV,
    START,
    TASKS,
    YES,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
    new_save,
    rename_labels,
    rows,
)


@pytest.fixture
def desk(tmp_path, database):
    memes = [
        make_meme(0, text="Straße und Katze"),
        make_meme(1, text="a dog"),
        make_meme(2, text="two DOGS", filename="cat.png"),
        make_meme(3, text=""),
    ]
    desk = make_project(make_desk(tmp_path, database=database), memes=memes, overlap=2)
    tone = [[0.9, 0.1], [0.6, 0.7], [0.1, 0.1], [0.5, 0.2]]
    desk.predict(make_table([0.9, 0.2, 0.6, 0.4], tone=tone))
    return desk


def find(desk, who=ANN, **given):
    given = {"state": None, **given}
    return rows(desk.queue.browse(who, KEY, filters=QueueFilter(**given)))


def test_texts_and_file_names_are_searched_in_any_case(desk):
    assert find(desk, text="dog") == [1, 2]
    assert find(desk, text=" DOGS ") == [2]
    assert find(desk, text="cat") == [2]
    assert find(desk, text="STRASSE") == [0]
    assert find(desk, text="bird") == []


def test_a_search_finds_memes_that_were_added_since(desk):
    assert find(desk, text="dog") == [1, 2]
    desk.store.add(KEY, [make_meme(9, text="hot dog")])
    assert find(desk, text="dog") == [1, 2, 9]


def test_the_models_label_is_the_likeliest_or_what_passes_the_threshold(desk):
    assert find(desk, label=("hate", "yes")) == [0, 2]
    assert find(desk, label=("hate", "no")) == [1, 3]
    assert find(desk, label=("tone", "irony")) == [0, 1, 3]
    assert find(desk, label=("tone", "slur")) == [1]


def test_another_models_labels_can_be_asked_for(desk):
    desk.predictions.write(KEY, make_table([0.1, 0.9, 0.1, 0.1], model="m2"))
    assert find(desk, label=("hate", "yes"), model="m2") == [1]
    assert find(desk, label=("hate", "yes")) == [0, 2]
    from memeclip_core.errors import InputError

    with pytest.raises(InputError, match=r"predictions of: m1, m2"):
        find(desk, model="m3")


def test_peoples_labels_follow_every_save_and_undo(desk):
    yes = {"label": ("hate", "yes"), "label_by": "decision"}
    assert find(desk, **yes) == []
    desk.save(ANN, 1, YES)
    assert find(desk, **yes) == [1]
    desk.save(ANN, 1, NO)
    assert find(desk, **yes) == []
    desk.queue.undo(ANN, KEY)
    assert find(desk, **yes) == [1]


def test_a_reviewer_finds_what_counts_or_one_persons(desk):
    desk.save(ANN, 1, YES)
    desk.save(BOB, 2, YES)
    desk.save(BOB, 1, NO)
    yes = {"label": ("hate", "yes"), "label_by": "decision"}
    # The latest settles a tie of two.
    assert find(desk, REV, **yes) == [2]
    assert find(desk, REV, annotator="ann", **yes) == [1]


def test_flags_are_ones_own_and_a_reviewer_finds_everybodys(desk):
    desk.queue.flag(ANN, KEY, save=new_save(), meme=meme_id(3), on=True, reason="look")
    assert find(desk, ANN, flagged=True) == [3]
    assert find(desk, BOB, flagged=True) == []
    assert find(desk, REV, flagged=True) == [3]
    assert find(desk, REV, flagged=True, annotator="bob") == []
    assert find(desk, ANN, flagged=False) == [0, 1, 2]


def test_what_was_sent_back_can_be_found(desk):
    desk.save(ANN, 2)
    desk.send_back(2, "ann")
    assert find(desk, returned=True) == [2]
    assert find(desk, BOB, returned=True) == []


def test_states_are_those_of_the_person_who_asks(desk):
    desk.save(ANN, 0)
    desk.skip(ANN, 1)
    assert find(desk, state="done") == [0]
    assert find(desk, state="skipped") == [1]
    assert find(desk, state="pending") == [2, 3]
    assert find(desk, BOB, state="pending") == [0, 1, 2, 3]


def test_parts_of_a_filter_must_all_hold(desk):
    assert find(desk, text="dog", label=("hate", "yes")) == [2]
    assert find(desk, text="dog", label=("hate", "yes"), ids=(meme_id(1),)) == []


def test_unknown_tasks_and_labels_are_refused_with_what_there_is(desk):
    with pytest.raises(LabelError, match="no task 'mood'"):
        find(desk, label=("mood", "yes"))
    with pytest.raises(LabelError, match="no label 'maybe'"):
        find(desk, label=("hate", "maybe"))


def test_without_predictions_no_meme_has_a_models_label(tmp_path):
    desk = make_project(make_desk(tmp_path), 2)
    assert find(desk, label=("hate", "yes")) == []


def test_the_same_filter_holds_for_the_queue(desk):
    assert desk.ids(ANN, filters=QueueFilter(label=("hate", "yes"))) == [0, 2]
    assert desk.ids(BOB, filters=QueueFilter(text="dog")) == [1, 2]


def test_suggestions_of_an_older_label_set_are_cut_to_what_is_known():
    project = Project(key=KEY, title="Cats", tasks=TASKS, created=START, by="root")

    def suggest(*labels):
        return Suggestion(labels=labels, probabilities=dict.fromkeys(labels, 0.5), model="m0")

    found = {"hate": suggest("perhaps"), "tone": suggest("slur", "joke"), "old": suggest("x")}
    fitted = fit_suggestions(project, {"m": found}, ["m", "none"])
    assert fitted["none"] == {}
    fitting = fitted["m"]
    assert set(fitting) == {"tone"}
    assert (fitting["tone"].labels, dict(fitting["tone"].probabilities)) == (
        ("slur",),
        {"slur": 0.5},
    )


def test_signs_with_a_meaning_of_their_own_in_a_search_are_only_signs(desk):
    desk.store.add(KEY, [make_meme(9, text="100 % _sure_ \\o/")])
    for words in ("100 %", "_sure", "\\o"):
        assert find(desk, text=words) == [9]
    assert find(desk, text="1%0") == find(desk, text="d_g") == []


def test_decisions_of_an_older_label_set_are_found_by_todays_names(desk):
    desk.save(ANN, 0, {"hate": ("yes",), "tone": ("slur",)})
    desk.save(ANN, 1, {"hate": ("no",), "tone": ("irony", "slur")})
    rename_labels(desk)
    desk.save(ANN, 2, {"hate": ("hateful",), "tone": ("joke",)})
    for who in (ANN, REV):
        assert find(desk, who, label=("hate", "hateful"), label_by="decision") == [0, 2]
        # One answer had a label that is gone, so that it says nothing any more.
        assert find(desk, who, label=("tone", "slur"), label_by="decision") == [0]


def test_what_was_skipped_or_sent_back_is_nobodys_label(desk):
    for number in range(3):
        desk.save(ANN, number, YES)
    desk.skip(ANN, 0)
    desk.send_back(1, "ann")
    for who in (ANN, REV):
        assert find(desk, who, label=("hate", "yes"), label_by="decision") == [2]


def test_names_that_contain_each_other_are_told_apart(tmp_path):
    from dataclasses import replace

    from tests.factories.queues import label

    hate, tone = TASKS.tasks
    tone = replace(tone, labels=(label("a"), label('a "b"'), label("b"), label("aa")))
    desk = make_project(make_desk(tmp_path), 4, tasks=replace(TASKS, tasks=(hate, tone)))
    for number, one in enumerate(tone.names):
        desk.save(ANN, number, {"hate": ("no",), "tone": (one,)})
    for number, one in enumerate(tone.names):
        assert find(desk, label=("tone", one), label_by="decision") == [number]
