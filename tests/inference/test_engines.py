import pytest

from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder
from memeclip_core.errors import EncoderError
from memeclip_core.inference.engines import Engines
from memeclip_core.ocr.fake import FakeOcr


def test_a_failure_is_tried_again():
    outcomes = [EncoderError("no network"), FakeEncoder()]

    def make():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    engines = Engines(encoder_name="spec", make_encoder=make, make_ocr=FakeOcr)
    assert (engines.fingerprint, engines.encoder_names, engines.ready) == ("", ("spec",), False)
    with pytest.raises(EncoderError):
        engines.encoder()
    assert engines.encoder().name == "fake"
    assert engines.fingerprint == FakeEncoder.fingerprint
    assert engines.encoder_names == ("spec", "fake")
    assert not engines.ready
    engines.ocr()
    assert engines.ready


def test_the_captioner_is_loaded_when_it_is_asked_for_and_missed_when_none_is_named():
    parts = {"encoder_name": "fake", "make_encoder": FakeEncoder, "make_ocr": FakeOcr}
    with pytest.raises(EncoderError, match="no captioner is named"):
        Engines(**parts).captioner()
    engines = Engines(**parts, make_captioner=FakeCaptioner)
    assert engines.captioner() is engines.captioner()
