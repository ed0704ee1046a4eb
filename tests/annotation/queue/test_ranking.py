import numpy as np
import pytest

from memeclip_core.annotation.decisions.decided import Decided
from memeclip_core.annotation.projects.predictions import EMPTY
from memeclip_core.annotation.queue.ranking import Material, rank
from memeclip_core.records.project import Project
from tests.factories.queues import KEY, START, TASKS, make_meme, make_table, meme_id

PROJECT = Project(key=KEY, title="Cats", tasks=TASKS, created=START, by="root")


def material(count, table=EMPTY, **given):
    memes = given.pop("memes", None) or [make_meme(number) for number in range(count)]
    ids, added = [meme.id for meme in memes], [meme.added for meme in memes]
    return Material(project=PROJECT, ids=ids, added=added, table=table, **given)


def decided(count, *, hate=None, disputes=None, seen=()):
    mask = np.zeros(count, bool)
    mask[list(seen)] = True
    labels = {} if hate is None else {"hate": np.asarray(hate)}
    apart = {} if disputes is None else {"hate": np.asarray(disputes, float)}
    return Decided(labels=labels, disputes=apart, seen=mask)


def order(name, *args, **given):
    ranking = rank(name, material(*args, **given))
    assert ranking.order == name
    assert ranking.note == ""
    return ranking.places.tolist()


def test_import_is_as_they_came_and_newest_the_other_way_round():
    assert order("import", 4) == [0, 1, 2, 3]
    assert order("newest", 4) == [3, 2, 1, 0]


def test_newest_goes_by_the_time_of_import_and_then_by_place():
    memes = [make_meme(5), make_meme(9), make_meme(5)]
    assert order("newest", 3, memes=memes) == [1, 2, 0]


def test_random_is_the_same_for_everybody_and_stays_as_memes_are_added():
    first = order("random", 50)
    more = order("random", 60)
    assert sorted(first) == list(range(50))
    assert first != list(range(50))
    assert [place for place in more if place < 50] == first


def test_margin_puts_the_closest_decision_first():
    # Certain that no tone holds, so that the first task decides.
    table = make_table([0.9, 0.55, 0.2, 0.5], tone=np.zeros((4, 2)))
    assert order("margin", 4, table) == [3, 1, 2, 0]


def test_margin_is_the_mean_over_the_tasks():
    # Margins of hate: 0.2, 0.9; of tone: 1.0, 0.0; so 0.6 against 0.45.
    table = make_table([0.9, 0.55], tone=[[0.5, 0.0], [0.0, 0.0]])
    assert order("margin", 2, table) == [0, 1]


def test_entropy_and_margin_may_differ():
    # Margin looks at the least certain tone only, entropy at both.
    tone = [[0.5, 0.0], [0.4, 0.4]]
    table = make_table([0.0, 0.0], tone=tone)
    assert order("margin", 2, table) == [0, 1]
    assert order("entropy", 2, table) == [1, 0]


def test_memes_without_a_prediction_come_last_in_the_order_of_import():
    table = make_table([0.9, 0.5], numbers=[1, 3], tone=np.zeros((2, 2)))
    assert order("margin", 5, table) == [3, 1, 0, 2, 4]


def test_diversity_takes_one_of_each_kind_first():
    vectors = np.array([[1, 0], [1, 0.01], [0, 1], [0.01, 1], [-1, 0]], np.float32)
    table = make_table([0.5] * 5, vectors=vectors)
    places = order("diversity", 5, table)
    assert {0: 0, 1: 0, 2: 1, 3: 1, 4: 2}[places[0]] == 2
    assert sorted({0: 0, 1: 0, 2: 1, 3: 1, 4: 2}[place] for place in places[:3]) == [0, 1, 2]


def test_diversity_keeps_away_from_what_people_have_seen():
    vectors = np.array([[1, 0], [1, 0.01], [0, 1]], np.float32)
    table = make_table([0.5] * 3, vectors=vectors)
    assert order("diversity", 3, table, decided=decided(3, seen=[0])) == [2, 1, 0]


def test_disagreement_of_models_comes_first():
    one, other = make_table([0.9, 0.9, 0.1]), make_table([0.9, 0.1, 0.2], model="m2")
    assert order("disagreement", 3, one, others=(other,)) == [1, 2, 0]


def test_disagreement_of_people_comes_before_that_of_models():
    one, other = make_table([0.9, 0.9, 0.1]), make_table([0.9, 0.1, 0.2], model="m2")
    people = decided(3, disputes=[np.nan, np.nan, 1.0])
    assert order("disagreement", 3, one, others=(other,), decided=people) == [2, 1, 0]


def test_people_who_agree_are_no_disagreement():
    people = decided(3, disputes=[0.0, 0.5, np.nan])
    assert order("disagreement", 3, decided=people)[0] == 1


def test_memes_on_which_people_agree_never_stand_above_opposed_models():
    # People agree on the first meme, on which models are as far apart as on the second.
    one, other = make_table([0.99, 0.9, 0.1]), make_table([0.01, 0.2, 0.1], model="m2")
    people = decided(3, disputes=[0.0, np.nan, np.nan])
    assert order("disagreement", 3, one, others=(other,), decided=people)[0] == 1


@pytest.fixture
def turned():
    """Forty memes in two clouds; of one, the label is turned."""
    generator = np.random.default_rng(0)
    truth = np.arange(40) % 2
    vectors = generator.standard_normal((40, 4)) * 0.1
    vectors[:, 0] += 2 * truth - 1
    table = make_table([0.5] * 40, vectors=vectors.astype(np.float32))
    labels = truth.copy()
    labels[7] = 1 - labels[7]
    return table, labels


def test_label_errors_put_the_turned_label_first(turned):
    table, labels = turned
    assert order("label-errors", 40, table, decided=decided(40, hate=labels))[0] == 7


def test_label_errors_leave_what_has_no_label_at_the_end(turned):
    table, labels = turned
    labels[[3, 4]] = -1
    assert order("label-errors", 40, table, decided=decided(40, hate=labels))[-2:] == [3, 4]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("margin", "No model has looked"),
        ("entropy", "No model has looked"),
        ("diversity", "No model has looked"),
        ("disagreement", "Neither two models nor two people"),
        ("label-errors", "No model has looked"),
    ],
)
def test_what_cannot_be_had_is_said_and_never_passed_over(name, words):
    ranking = rank(name, material(3, decided=decided(3)))
    assert (ranking.order, ranking.places.tolist()) == ("import", [0, 1, 2])
    assert words in ranking.note


def test_too_few_labels_for_finding_errors_are_said(turned):
    table, labels = turned
    labels[10:] = -1
    ranking = rank("label-errors", material(40, table, decided=decided(40, hate=labels)))
    assert ranking.order == "import"
    assert "Only 10 memes have a label" in ranking.note


def test_one_model_alone_does_not_disagree():
    ranking = rank("disagreement", material(3, make_table([0.1, 0.5, 0.9])))
    assert ranking.order == "import"


def test_a_model_with_other_labels_is_no_second_opinion():
    other = make_table([0.1, 0.5, 0.9], model="m2")
    hate = other.tasks["hate"]
    other.tasks["hate"] = type(hate)(
        labels=("yes", "no"), probabilities=hate.probabilities, threshold=None
    )
    del other.tasks["tone"]
    ranking = rank("disagreement", material(3, make_table([0.1, 0.5, 0.9]), others=(other,)))
    assert ranking.order == "import"


def test_rows_follow_the_memes_and_not_the_table():
    table = make_table([0.1, 0.2], numbers=[2, 0])
    assert table.rows(meme_id(number) for number in range(3)).tolist() == [1, -1, 0]
    spread = material(3, table).spread(table, np.array([10.0, 20.0]))
    assert np.array_equal(spread, [20.0, np.nan, 10.0], equal_nan=True)
