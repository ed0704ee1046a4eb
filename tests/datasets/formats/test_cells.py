import pytest

from memeclip_core.datasets.formats.cells import is_gap, neutralise, read_words, restore


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, None), (float("nan"), None), ("", None), ("  ", None),
        (1, ("1",)), (1.0, ("1",)), (1.5, ("1.5",)), (True, ("True",)), (" a ", ("a",)),
        ([], ()), ("[]", ()), (["a", "a", None, "b"], ("a", "b")), ([1], ("1",)), ([[1.0]], ("1",)),
        ("[1]", ("1",)), ('["a", "b"]', ("a", "b")), ("['a', \"it's\"]", ("a", "it's")),
        ("['a' 'b'\n 'c']", ("a", "b", "c")), ("[a b, c]", ("a b", "c")), ("('a',)", ("a",)),
        ("(Straw Man)", ("(Straw Man)",)), ("[not] a list", ("[not] a list",)),
        ("np.int64(1)", ("1",)), ("[np.str_('a (b)'), np.str_(\"b's\")]", ("a (b)", "b's")),
        ("array(['a', 'b'], dtype='<U1')", ("a", "b")), ("tensor([1])", ("1",)),
        ("np.True_", ("True",)), ("{1, 2}", ("1", "2")), ("(1,)", ("1",)), ("set()", ()),
        ("['a' and 'b']", ("['a' and 'b']",)), ("[" * 5000 + "]" * 5000, None),
    ],
)  # fmt: skip
def test_a_value_is_its_words(value: object, words: tuple[str, ...] | None) -> None:
    found = read_words(value)
    if isinstance(value, str) and value.startswith("[[[["):
        assert found is not None  # whatever it is, it ends no run
    else:
        assert found == words


def test_a_gap_is_known_in_any_case() -> None:
    assert all(map(is_gap, ("", " ", "NaN", "None", "NULL", "n/a", "<NA>")))
    assert not any(map(is_gap, ("no", "0", "nano")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str) -> None:
    assert neutralise(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("cell", ["", "a=b", " =1", "'a", "'", "\u2212", "\n=1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert neutralise(cell) == cell == restore(cell)


@pytest.mark.parametrize("cell", ["=1", "'=1", "''=1", "-", "'-", "@\n", "\t"])
def test_what_was_neutralised_is_restored_exactly(cell: str) -> None:
    assert neutralise(cell) == f"'{cell}"
    assert restore(neutralise(cell)) == cell
