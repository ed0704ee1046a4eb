import numpy as np

from memeclip_core.explain.effects import explain_part
from memeclip_core.heads.model import TaskScores
from tests.factories.explained import TASKS


def test_an_effect_is_what_is_there_with_the_part_less_what_is_there_without():
    scores = TaskScores(
        probabilities=np.array([[0.75, 0.25], [0.5, 0.5], [1.0, 0.0]]),
        cosines=np.array([[0.5, -0.5], [0.25, 0.0], [0.5, -0.5]]),
    )
    first, second = explain_part(TASKS, {"t": scores}, 1)["t"]
    assert (first.label, first.display, first.probability, first.without) == ("a", "A", 0.75, 0.5)
    assert (first.change, first.cosine_change) == (0.25, 0.25)
    assert (second.change, second.cosine_change) == (-0.25, -0.5)
    assert [one.change for one in explain_part(TASKS, {"t": scores}, 2)["t"]] == [-0.25, 0.25]
