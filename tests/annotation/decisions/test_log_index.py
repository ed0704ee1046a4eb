from memeclip_core.annotation.decisions.log_index import RowIndex
from tests.factories.corrections import row


def test_rows_are_found_by_meme_and_by_person():
    index = RowIndex()
    for start, (meme, project, task_set, name) in enumerate(
        [
            ("a", "", "s", "ann"), ("a", "p", "s", "bob"), ("b", "p", "s", "ann"),
            ("a", "p", "t", "ann"), ("a", "p", "s", "ann"),
        ]
    ):  # fmt: skip
        made = row(meme=meme, project=project, task_set=task_set, annotator=name)
        index.add(10 * start, made)
    assert len(index) == 5
    assert list(index.of_meme("p", "a")) == [1, 3, 4]
    assert list(index.of_meme("", "a")) == [0]
    assert list(index.of_meme("", "b")) == []
    assert list(index.last(2, "s")) == [2, 4]
    assert list(index.last(9, "s")) == [0, 1, 2, 4]
    assert list(index.last(2, "s", "ann")) == [2, 4]
    assert list(index.last(9, "s", "bob")) == [1]
    assert list(index.last(0, "s")) == list(index.last(5, "u")) == []
    assert index.span(1, 99) == (10, 20)
    assert index.span(4, 99) == (40, 99)
