import numpy as np

from memeclip_core.annotation.projects.predictions import EMPTY
from memeclip_core.annotation.queue.suggestions import (
    count_suggested,
    read_probabilities,
    read_suggested,
)
from tests.factories.queues import TASKS, make_table, meme_id

HATE, TONE = TASKS.tasks
TABLE = make_table([0.9, 0.2], tone=[[0.7, 0.6], [0.1, 0.5]])
IDS = [meme_id(1), meme_id(0), meme_id(7)]


def test_suggestions_are_those_of_the_table():
    for task in ("hate", "tone"):
        expected = [TABLE.suggest(meme).get(task) for meme in IDS]
        found = read_suggested(TABLE, task, IDS)
        assert found == [None if one is None else one.labels for one in expected]
    assert read_suggested(TABLE, "hate", IDS) == [("no",), ("yes",), None]
    assert read_suggested(TABLE, "tone", IDS) == [("slur",), ("irony", "slur"), None]
    assert read_suggested(TABLE, "gone", IDS) == [None, None, None]
    assert read_suggested(EMPTY, "hate", IDS) == [None, None, None]


def test_probabilities_are_unknown_where_nothing_is_predicted():
    found = read_probabilities(TABLE, HATE, IDS)
    np.testing.assert_allclose(found[:2], [[0.8, 0.2], [0.1, 0.9]], rtol=1e-6)
    assert np.isnan(found[2]).all()
    assert read_probabilities(EMPTY, HATE, IDS) is None


def test_counts_are_those_of_the_suggestions():
    counts, n = count_suggested(TABLE, HATE, IDS)
    assert (counts.tolist(), n) == ([1, 1], 2)
    mostly = make_table([0.9, 0.2, 0.7])
    counts, n = count_suggested(mostly, HATE, [meme_id(place) for place in range(3)])
    assert (counts.tolist(), n) == ([1, 2], 3)
    counts, n = count_suggested(TABLE, TONE, IDS)
    assert (counts.tolist(), n) == ([1, 2], 2)
    counts, n = count_suggested(EMPTY, TONE, IDS)
    assert (counts.tolist(), n) == ([0, 0], 0)
