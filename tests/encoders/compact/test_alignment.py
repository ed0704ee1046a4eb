import numpy as np
import pytest

from memeclip_core.encoders.compact.alignment import Alignment, from_arrays, to_arrays
from memeclip_core.errors import EncoderError


def make_alignment() -> Alignment:
    return Alignment(
        image_map=np.array([[3, 0], [0, 1]], np.float32),
        image_offset=np.array([0, 3], np.float32),
        text_map=np.array([[1, 1]], np.float32),
        text_offset=np.array([0, -2], np.float32),
    )


def test_both_sides_arrive_as_unit_vectors():
    alignment = make_alignment()
    assert alignment.dim == 2
    np.testing.assert_allclose(
        alignment.share_images(np.array([[1, 1]], np.float32)), [[0.6, 0.8]], rtol=1e-6
    )
    np.testing.assert_allclose(alignment.share_texts(np.array([[2]], np.float32)), [[1, 0]])


def test_an_alignment_survives_its_arrays():
    arrays = to_arrays(make_alignment())
    assert sorted(arrays) == ["image_map", "image_offset", "text_map", "text_offset"]
    assert to_arrays(from_arrays(arrays)).keys() == arrays.keys()


def test_missing_arrays_are_named():
    with pytest.raises(EncoderError, match="lacks image_map, image_offset, text_map, text_offset"):
        from_arrays({})
