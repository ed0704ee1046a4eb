import pytest

from memeclip_core.encoders.captioning import ask_captioner
from memeclip_core.encoders.fake import FakeCaptioner
from memeclip_core.errors import EncoderError


def test_a_captioner_is_itself_and_none_is_an_error_with_the_way_out():
    captioner = FakeCaptioner()
    assert ask_captioner(captioner) is captioner
    with pytest.raises(EncoderError, match=r"no captioner is named.*--captioner.*or a folder"):
        ask_captioner(None)
