import shutil

import pytest
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from memeclip_core.encoders.clip.loading import load_clip
from memeclip_core.errors import EncoderError


def test_unknown_variants_are_refused(folder):
    with pytest.raises(
        EncoderError, match=r"variant 'raw'. Known: official, projected, unprojected"
    ):
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


def rewrite(folder, target, change):
    """Copy a model's folder, with its weights changed."""
    shutil.copytree(folder, target)
    path = target / "model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path, metadata={"format": "pt"})
    return str(target)


@pytest.mark.parametrize(
    "name",
    ["text_projection.weight", "visual_projection.weight", "text_model.final_layer_norm.bias"],
)
def test_weights_that_are_missing_are_named_and_never_random(folder, tmp_path, name):
    spec = rewrite(folder, tmp_path / "part", lambda weights: weights.pop(name))
    with pytest.raises(EncoderError, match=rf"lacks 1 of the weights.*{name}.*Random numbers"):
        load_clip(spec)


def test_weights_of_another_shape_are_refused(folder, tmp_path):
    def widen(weights):
        weights["text_projection.weight"] = weights["text_projection.weight"].repeat(2, 1)

    with pytest.raises(EncoderError, match=r"lacks 1 of the weights.*text_projection"):
        load_clip(rewrite(folder, tmp_path / "wide", widen))


def test_weights_that_are_no_numbers_are_named(folder, tmp_path):
    def spoil(weights):
        weights["text_model.embeddings.token_embedding.weight"][3] = float("nan")

    with pytest.raises(EncoderError, match=r"no finite numbers, in text_model.*token_embedding"):
        load_clip(rewrite(folder, tmp_path / "nan", spoil))


def test_a_weight_that_no_vector_depends_on_may_be_missing(folder, tmp_path):
    spec = rewrite(folder, tmp_path / "part", lambda weights: weights.pop("logit_scale"))
    assert load_clip(spec).fingerprint


def test_a_file_that_is_cut_off_is_one_sentence(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "cut")
    path = tmp_path / "cut" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_clip(str(tmp_path / "cut"))
