from memeclip_core.stores.correction_index import RowIndex
from tests.stores.rows import row


def test_rows_are_found_by_meme_and_by_book():
    index = RowIndex()
    for start, (meme, project, task_set) in enumerate(
        [("a", "", "s"), ("a", "p", "s"), ("b", "p", "s"), ("a", "p", "t"), ("a", "p", "s")]
    ):
        index.add(10 * start, row(meme=meme, project=project, task_set=task_set))
    assert len(index) == 5
    assert list(index.of_meme("p", "a")) == [1, 3, 4]
    assert list(index.of_meme("", "a")) == [0]
    assert list(index.of_meme("", "b")) == []
    assert list(index.last(2, "s", "p")) == [2, 4]
    assert list(index.last(9, "s", "p")) == [1, 2, 4]
    assert list(index.last(0, "s", "p")) == list(index.last(5, "u", "p")) == []
    assert index.span(1, 99) == (10, 20)
    assert index.span(4, 99) == (40, 99)
