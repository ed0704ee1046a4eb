import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoTokenizer, BertConfig, BertModel, CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from memeclip_core.encoders.clip import load_clip
from memeclip_core.errors import EncoderError
from tests.encoders.clip_folder import make_clip_folder

TEXTS = ["a photo of a cat", "dog", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_clip_folder(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="module")
def official(folder):
    return load_clip(str(folder))


@pytest.fixture(scope="module")
def projected(folder):
    return load_clip(str(folder), variant="projected")


def pictures() -> list[Image.Image]:
    generator = np.random.default_rng(0)
    return [
        Image.fromarray(generator.integers(0, 255, (40, 64, 3), dtype=np.uint8)),
        Image.new("RGB", (30, 90), (200, 10, 10)),
    ]


def text_states(folder, texts) -> tuple[torch.Tensor, torch.Tensor]:
    """The end-of-text state after the final layer norm, and its projection, by hand."""
    model, tokenizer = (
        CLIPModel.from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
    )
    rows = []
    for text in texts:
        ids = tokenizer(text, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            states = model.text_model(input_ids=ids).last_hidden_state
        rows.append(states[0, -1])
    stacked = torch.stack(rows)
    return stacked, (stacked @ model.text_projection.weight.T).detach()


def test_dimensions(official, projected):
    assert (official.image_dim, official.text_dim, official.shared_dim) == (16, 32, 16)
    assert (projected.image_dim, projected.text_dim, projected.shared_dim) == (16, 16, 16)
    assert official.visual_projection.shape == (16, 32)


def test_official_texts_are_unprojected_end_of_text_states(folder, official):
    states, _ = text_states(folder, TEXTS)
    np.testing.assert_allclose(official.encode_texts(TEXTS), states, atol=1e-5)


def test_projected_texts_are_in_the_shared_space(folder, projected):
    _, embeddings = text_states(folder, TEXTS)
    np.testing.assert_allclose(projected.encode_texts(TEXTS), embeddings, atol=1e-5)


def test_images_are_projected_in_both_variants(folder, official, projected):
    model = CLIPModel.from_pretrained(folder).eval()
    pixels = CLIPImageProcessorPil.from_pretrained(folder)(pictures(), return_tensors="pt")
    with torch.inference_mode():
        pooled = model.vision_model(**pixels).pooler_output
        expected = (pooled @ model.visual_projection.weight.T).detach()
    for encoder in (official, projected):
        np.testing.assert_allclose(encoder.encode_images(pictures()), expected, atol=1e-5)


def test_the_shared_space_is_the_same_in_both_variants(official, projected):
    a = official.share_texts(official.encode_texts(TEXTS))
    b = projected.share_texts(projected.encode_texts(TEXTS))
    np.testing.assert_allclose(a, b, atol=1e-5)
    np.testing.assert_allclose(a, official.encode_prompts(TEXTS), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), 1.0, atol=1e-5)
    images = official.share_images(official.encode_images(pictures()))
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1.0, atol=1e-5)


def test_batches_do_not_show(official):
    many = [f"cat {'dog ' * (i % 5)}" for i in range(40)]
    whole = official.encode_texts(many)
    single = np.concatenate([official.encode_texts([text]) for text in many])
    np.testing.assert_allclose(whole, single, atol=1e-5)
    assert official.encode_images([]).shape == (0, 16)
    assert official.encode_texts([]).shape == (0, 32)


def test_long_texts_are_cut(official):
    long = official.encode_texts(["cat " * 500])
    assert np.isfinite(long).all()


def test_the_model_is_frozen(official):
    assert not any(p.requires_grad for p in official._model.parameters())
    assert not official._model.training


def test_fingerprints_tell_weights_and_variants_apart(folder, official, projected, tmp_path):
    other = load_clip(str(make_clip_folder(tmp_path / "other", seed=1)))
    assert len({official.fingerprint, projected.fingerprint, other.fingerprint}) == 3
    assert load_clip(str(folder)).fingerprint == official.fingerprint


def test_a_folder_elsewhere_with_the_same_weights_is_the_same_encoder(official, tmp_path):
    again = load_clip(str(make_clip_folder(tmp_path / "copy")))
    assert again.fingerprint == official.fingerprint


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


def test_an_id_without_a_network_is_refused():
    with pytest.raises(EncoderError, match=r"'nobody/no-such-clip' cannot be loaded.*compact"):
        load_clip("nobody/no-such-clip")
