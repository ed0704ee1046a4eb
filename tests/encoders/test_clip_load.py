import pytest
from transformers import BertConfig, BertModel

from memeclip_core.encoders.clip_load import load_clip
from memeclip_core.errors import EncoderError


def test_unknown_variants_are_refused(folder):
    with pytest.raises(EncoderError, match=r"variant 'raw'. Known: official, projected"):
        load_clip(str(folder), variant="raw")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_clip(str(tmp_path))


def test_another_kind_of_model_is_refused(tmp_path):
    tiny = BertConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        vocab_size=9,
    )
    BertModel(tiny).save_pretrained(tmp_path)
    with pytest.raises(EncoderError, match=r"is a BertModel.*CLIP family"):
        load_clip(str(tmp_path))


def test_a_model_without_a_network_is_refused():
    with pytest.raises(EncoderError, match=r"'nobody/no-such-clip' cannot be loaded.*compact"):
        load_clip("nobody/no-such-clip")
