import numpy as np
import pytest

from memeclip_core.encoders.compact.ngrams import NgramIndex, count_ngrams
from memeclip_core.encoders.compact.text_space import TextSpace, from_arrays, to_arrays
from memeclip_core.encoders.features import unit_rows
from memeclip_core.errors import EncoderError


def make_space() -> TextSpace:
    """Two words, two dimensions: "cat" lies along (3, 4), "dog" along (0, 1)."""
    cat, dog = (next(iter(count_ngrams(word)[0])) for word in ("cat", "dog"))
    order = np.argsort([cat, dog])
    return TextSpace(
        index=NgramIndex(np.array([cat, dog])[order], np.ones(2, np.float32)),
        projection=np.array([[6, 4], [0, 1]], np.int8)[order],
        step=np.array([0.5, 1], np.float32),
        mean=np.array([1, 1, 0, 0], np.float32),
        std=np.array([1, 2, 1, 1], np.float32),
    )


def test_ngrams_are_projected_to_the_length_of_their_dimensions():
    rows = make_space().project_ngrams(["cat", "dog", "fish"])
    root = np.sqrt(2)
    np.testing.assert_allclose(rows, [[0.6 * root, 0.8 * root], [0, root], [0, 0]], rtol=1e-6)
    assert rows.dtype == np.float32


def test_sentences_are_centred_scaled_and_given_one_length_per_part():
    rows = make_space().standardize(np.array([[4, 9, 0, 2]], np.float32), parts=2)
    root = np.sqrt(2)
    np.testing.assert_allclose(rows, [[0.6 * root, 0.8 * root, 0, root]], rtol=1e-6)


def test_unit_rows_leave_zeros_alone():
    np.testing.assert_allclose(unit_rows(np.array([[3, 4], [0, 0]])), [[0.6, 0.8], [0, 0]])


def test_a_space_survives_its_arrays():
    space = make_space()
    again = from_arrays(to_arrays(space))
    texts = ["cat dog", "dog dog"]
    np.testing.assert_array_equal(again.project_ngrams(texts), space.project_ngrams(texts))


def test_a_missing_or_foreign_array_is_named():
    arrays = to_arrays(make_space())
    with pytest.raises(EncoderError, match="lacks 'step'"):
        from_arrays({name: a for name, a in arrays.items() if name != "step"})
    with pytest.raises(EncoderError, match="do not fit together"):
        from_arrays({**arrays, "projection": arrays["projection"][:1]})
