import io

import numpy as np

from memeclip_core.app.explain.meme_vectors import describe_vectors, pack_vectors
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.encoders.features import Features


def make(has_image):
    encoder = FakeEncoder()
    return encoder, Features(
        ids=("ab" * 32,),
        image=np.full((1, encoder.image_dim), 0.25 * has_image, np.float32),
        text=encoder.encode_texts(["a tea"]),
        has_image=np.array([has_image]),
        has_text=np.array([True]),
        fingerprint=encoder.fingerprint,
    )


def test_a_file_of_numpy_holds_the_same_numbers_and_whose_they_are():
    encoder, features = make(True)
    found = describe_vectors(encoder, features)
    with np.load(io.BytesIO(pack_vectors(found)), allow_pickle=False) as read:
        assert read["image"].tolist() == list(found.image) == features.image[0].tolist()
        assert read["text"].dtype == np.float32
        assert read["shared_text"].tolist() == list(found.shared_text)
        assert str(read["meme"]) == "ab" * 32
        assert str(read["fingerprint"]) == encoder.fingerprint


def test_what_a_meme_lacks_is_left_out():
    found = describe_vectors(*make(False))
    assert (found.image, found.shared_image) == (None, None)
    with np.load(io.BytesIO(pack_vectors(found))) as read:
        assert set(read) == {"meme", "encoder", "fingerprint", "text", "shared_text"}


def test_without_a_shared_space_there_is_none():
    encoder, features = make(True)

    class Bare(FakeEncoder):
        shared_dim = None

    found = describe_vectors(Bare(), features)
    assert (found.shared_image, found.shared_text) == (None, None)
    assert len(found.image) == encoder.image_dim
