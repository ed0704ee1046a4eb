from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.queue.filters import (
    CODES,
    StateTable,
    find_labelled,
    fit_suggestions,
)
from memeclip_core.errors import LabelError
from memeclip_core.records.project import Project, Suggestion
from memeclip_core.records.queue import QueueFilter
from tests.factories.queues import (
    ANN,
    BOB,
    CAT,
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
    rows,
)


@pytest.fixture
def desk(tmp_path):
    memes = [
        make_meme(0, text="Straße und Katze"),
        make_meme(1, text="a dog"),
        make_meme(2, text="two DOGS", filename="cat.png"),
        make_meme(3, text=""),
    ]
    desk = make_project(make_desk(tmp_path), memes=memes, overlap=2)
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

    fitting = fit_suggestions(
        project, {"hate": suggest("perhaps"), "tone": suggest("slur", "joke"), "old": suggest("x")}
    )
    assert set(fitting) == {"tone"}
    assert (fitting["tone"].labels, dict(fitting["tone"].probabilities)) == (
        ("slur",),
        {"slur": 0.5},
    )


PEOPLE = ("ann", "bob", "cat")


@pytest.fixture
def crew(tmp_path):
    return make_project(make_desk(tmp_path), 8, overlap=2)


def parts(crew):
    return (
        crew.store.read(KEY),
        crew.store.memes(KEY),
        crew.log.ledger().book("demo", KEY),
    )


def assert_same(states, fresh):
    """Hold a table that was kept in step against one that is made anew."""
    for name in ("wanted", "hidden", "decided", "awaited", "closed", "flagged"):
        assert getattr(states, name).tolist() == getattr(fresh, name).tolist(), name
    for person in PEOPLE:
        kept, made = states.marks(person), fresh.marks(person)
        for name in ("codes", "flagged", "returned"):
            assert getattr(kept, name).tolist() == getattr(made, name).tolist(), (person, name)
        assert states.available(person).tolist() == fresh.available(person).tolist()
    for key in (("", "hate", "yes"), ("ann", "hate", "yes"), ("bob", "tone", "irony")):
        assert states.chose(key).tolist() == fresh.chose(key).tolist(), key


def act(crew, generator):
    """Do something at random; what makes no sense is refused and changes nothing."""
    from memeclip_core.errors import MemeclipError

    who = (ANN, BOB, CAT)[generator.integers(3)]
    number = int(generator.integers(8))
    meme = meme_id(number)
    acts = (
        lambda: crew.save(who, number, YES if generator.random() < 0.5 else NO),
        lambda: crew.save(who, number, NO),
        lambda: crew.skip(who, number),
        lambda: crew.queue.draft(who, KEY, save=new_save(), meme=meme, labels=YES, version=1),
        lambda: crew.queue.flag(
            who, KEY, save=new_save(), meme=meme, on=generator.random() < 0.6, reason="look"
        ),
        lambda: crew.queue.undo(who, KEY),
        lambda: crew.send_back(number, who.name),
        lambda: crew.adjudicate(number, YES),
    )
    try:
        acts[generator.integers(len(acts))]()
    except MemeclipError:
        return False
    return True


@pytest.mark.parametrize("seed", range(4))
def test_kept_in_step_it_is_what_it_would_be_made_anew(crew, seed):
    generator = np.random.default_rng(seed)
    states = StateTable(*parts(crew))
    for person in PEOPLE:
        states.marks(person)
    done = 0
    for turn in range(40):
        done += act(crew, generator)
        states.sync(*parts(crew))
        if turn % 5 == 4:
            assert_same(states, StateTable(*parts(crew)))
    assert done > 15


def test_many_changes_at_once_are_counted_all_the_same(tmp_path):
    crew = make_project(make_desk(tmp_path), 100, overlap=2)
    states = StateTable(*parts(crew))
    states.marks("ann")
    for number in range(90):
        crew.save(ANN, number)
    for number in range(80):
        crew.send_back(number, "ann")
    states.sync(*parts(crew))
    assert_same(states, StateTable(*parts(crew)))
    assert states.awaited.sum() == 80


def test_rules_that_change_count_at_once(crew):
    states = StateTable(*parts(crew))
    assert states.wanted.tolist() == [2] * 8
    project = replace(crew.store.read(KEY), overlap=3, hidden_share=1.0)
    crew.store.write(project)
    states.sync(*parts(crew))
    assert states.wanted.tolist() == [3] * 8
    assert states.hidden.all()


def test_memes_that_come_later_are_pending(crew):
    states = StateTable(*parts(crew))
    crew.save(ANN, 0)
    states.marks("ann")
    crew.store.add(KEY, [make_meme(20)])
    states.sync(*parts(crew))
    assert states.size == 9
    assert states.marks("ann").codes.tolist() == [CODES["done"], *([CODES["pending"]] * 8)]
    assert_same(states, StateTable(*parts(crew)))


def test_a_decision_on_a_meme_that_is_not_known_yet_counts_once_it_is(crew):
    """Another process may add a meme and decide it between two looks at memes and log."""
    project, index, _ = parts(crew)
    states = StateTable(*parts(crew))
    from memeclip_core.annotation.decisions.entry import Entry

    entry = Entry(
        save=new_save(), action="label", meme=meme_id(30), labels=YES, project=KEY, version=1
    )
    crew.corrector.decide(ANN, project.tasks, entry)
    states.sync(*parts(crew))
    crew.store.add(KEY, [make_meme(30)])
    states.sync(*parts(crew))
    assert index.place(meme_id(30)) == 8
    assert states.decided[8] == 1


def test_a_log_that_was_put_back_is_read_anew(crew):
    for number in range(4):
        crew.save(ANN, number)
    states = StateTable(*parts(crew))
    lines = crew.home.corrections.read_bytes().splitlines(keepends=True)
    crew.home.corrections.unlink()
    crew.home.corrections.write_bytes(b"".join(lines[:3]))
    states.sync(*parts(crew))
    assert states.decided.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


def test_who_is_awaited_is_to_whom_it_was_sent_back(crew):
    crew.save(ANN, 0)
    crew.save(BOB, 0)
    crew.send_back(0, "ann")
    book = parts(crew)[2]
    assert book.awaited_by(meme_id(0)) == {"ann"}
    assert book.awaited_by(meme_id(1)) == set()
    assert REV.name not in book.awaited_by(meme_id(0))


def test_what_happens_while_labels_are_looked_up_counts_too(crew):
    for number in range(4):
        crew.save(ANN, number, YES)
    states = StateTable(*parts(crew))
    project, _, book = parts(crew)
    key = ("ann", "hate", "yes")
    revision, found = book.revision, find_labelled(project, book, key)
    assert found == [meme_id(number) for number in range(4)]
    crew.save(ANN, 0, NO)
    crew.save(ANN, 5, YES)
    states.sync(*parts(crew))
    states.put(key, found, revision)
    assert np.flatnonzero(states.chose(key)).tolist() == [1, 2, 3, 5]
    assert states.has(key)
    assert not states.has(("bob", "hate", "yes"))
