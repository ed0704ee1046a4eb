import pytest

from memeclip_core.datasets.formats.cells import is_gap, read_words


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
