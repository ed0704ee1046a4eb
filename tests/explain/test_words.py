import numpy as np
import pytest

from memeclip_core.explain.words import explain_words, find_words, leave_out
from memeclip_core.heads.model import TaskScores
from tests.factories.explained import TASKS


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a b c", ["b c", "a c", "a b "]),
        (" one\n\ttwo ", [" two ", " one\n\t"]),
        ("alone", [""]),
        ("don't, stop!", ["stop!", "don't, "]),
        (" \n", []),
        ("", []),
    ],
)
def test_each_word_is_left_out_with_the_white_space_behind_it(text, left):
    words = find_words(text)
    assert [text[word.start : word.end] for word in words] == text.split()
    assert [leave_out(text, word) for word in words] == left


def test_each_word_has_the_row_of_its_own():
    scores = TaskScores(
        probabilities=np.array([[0.75, 0.25], [0.5, 0.5], [1.0, 0.0]]), cosines=np.zeros((3, 2))
    )
    text = "no way"
    found = explain_words(TASKS, text, find_words(text), {"t": scores})
    assert [(one.word, one.start, one.end) for one in found] == [("no", 0, 2), ("way", 3, 6)]
    assert [one.tasks["t"][0].change for one in found] == [0.25, -0.25]
