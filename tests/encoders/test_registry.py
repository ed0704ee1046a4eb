import pytest
import torch

from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder
from memeclip_core.encoders.registry import (
    ENCODERS,
    build_captioner,
    build_encoder,
    resolve_device,
)
from memeclip_core.errors import ConfigError, EncoderError, UnknownEncoderError
from tests.factories.caption_folder import make_caption_folder
from tests.factories.clip_folder import make_clip_folder


def test_names_that_can_be_nothing_are_refused():
    with pytest.raises(UnknownEncoderError, match=r"Unknown encoder 'vitb'\. Known: compact"):
        build_encoder("vitb")


def test_the_encoder_for_tests_is_not_on_offer():
    assert isinstance(build_encoder("fake"), FakeEncoder)
    assert "fake" not in ENCODERS


def test_a_folder_is_a_clip_model(tmp_path):
    encoder = build_encoder(str(make_clip_folder(tmp_path / "tiny")), variant="projected")
    assert encoder.text_dim == 16


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == resolve_device("cpu") == "cpu"
    with pytest.raises(ConfigError, match="no CUDA device"):
        resolve_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == resolve_device("cuda") == "cuda"


def test_captioners_are_folders_or_ids_and_none_is_missed(tmp_path):
    assert isinstance(build_captioner("fake"), FakeCaptioner)
    captioner = build_captioner(str(make_caption_folder(tmp_path / "tiny")), device="auto")
    assert captioner.name.endswith("tiny")
    with pytest.raises(EncoderError, match="no captioner is named"):
        build_captioner("")
