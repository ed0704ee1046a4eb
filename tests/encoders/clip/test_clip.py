from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import normalize
from transformers import AutoTokenizer, CLIPModel, SiglipConfig, SiglipModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from memeclip_core.config import Settings
from memeclip_core.encoders.base import LinearSpace, ask_prompts, ask_tokens
from memeclip_core.encoders.clip.clip import ClipEncoder, read_patches, read_words
from memeclip_core.encoders.clip.loading import load_clip
from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import UnsupportedError
from memeclip_core.heads.registry import build_head
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.training.encoder_facts import describe_encoder
from memeclip_core.training.preparation import prepare_head
from memeclip_core.training.rows import Examples
from tests.factories.clip_folder import make_clip_folder
from tests.factories.heads import make_features

TEXTS = ["a photo of a cat", "dog", ""]


@pytest.fixture(scope="module")
def official(folder):
    return load_clip(str(folder))


@pytest.fixture(scope="module")
def projected(folder):
    return load_clip(str(folder), variant="projected")


@pytest.fixture(scope="module")
def unprojected(folder):
    return load_clip(str(folder), variant="unprojected")


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


def test_dimensions(official, projected, unprojected):
    assert (official.image_dim, official.text_dim, official.shared_dim) == (16, 32, 16)
    assert (projected.image_dim, projected.text_dim, projected.shared_dim) == (16, 16, 16)
    assert (unprojected.image_dim, unprojected.text_dim, unprojected.shared_dim) == (32, 32, 16)
    for encoder in (official, projected, unprojected):
        assert encoder.visual_projection.shape == (16, 32)


def test_official_texts_are_unprojected_end_of_text_states(folder, official):
    states, _ = text_states(folder, TEXTS)
    np.testing.assert_allclose(official.encode_texts(TEXTS), states, atol=1e-5)


def test_projected_texts_are_in_the_shared_space(folder, projected):
    _, embeddings = text_states(folder, TEXTS)
    np.testing.assert_allclose(projected.encode_texts(TEXTS), embeddings, atol=1e-5)


def image_states(folder, images) -> torch.Tensor:
    """The class token's state after the norm behind the tower, un-projected."""
    model = CLIPModel.from_pretrained(folder).eval()
    pixels = CLIPImageProcessorPil.from_pretrained(folder)(images, return_tensors="pt")
    with torch.inference_mode():
        return model.vision_model(**pixels).pooler_output


def test_images_are_projected_but_in_the_unprojected_variant(
    folder, official, projected, unprojected
):
    weight = CLIPModel.from_pretrained(folder).visual_projection.weight.detach()
    cropped = image_states(folder, pictures())
    squashed = image_states(folder, [p.resize((224, 224)) for p in pictures()])
    assert (cropped - squashed).abs().max() > 0.01
    for encoder, expected in (
        (official, squashed @ weight.T),
        (projected, cropped @ weight.T),
        (unprojected, squashed),
    ):
        np.testing.assert_allclose(encoder.encode_images(pictures()), expected, atol=1e-5)
    np.testing.assert_array_equal(unprojected.image_map, weight.T)


def test_the_released_codes_leave_the_text_as_it_is(folder, official, projected, unprojected):
    stamped = "a made on imgur"
    raw, _ = text_states(folder, [stamped])
    cleaned, _ = text_states(folder, ["a"])
    for encoder in (official, unprojected):
        np.testing.assert_allclose(encoder.encode_texts([stamped]), raw, atol=1e-5)
    mapped = cleaned @ torch.from_numpy(official.text_map)
    np.testing.assert_allclose(projected.encode_texts([stamped]), mapped, atol=1e-5)
    assert len(official.encode_words([stamped])[0]) > len(projected.encode_words([stamped])[0])


def test_the_shared_space_is_the_same_in_every_variant(official, projected, unprojected):
    a = official.share_texts(official.encode_texts(TEXTS))
    b = projected.share_texts(projected.encode_texts(TEXTS))
    np.testing.assert_allclose(a, b, atol=1e-5)
    np.testing.assert_allclose(a, official.encode_prompts(TEXTS), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), 1.0, atol=1e-5)
    images = official.share_images(official.encode_images(pictures()))
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(
        images, unprojected.share_images(unprojected.encode_images(pictures())), atol=1e-5
    )


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


def test_fingerprints_tell_weights_and_variants_apart(
    folder, official, projected, unprojected, tmp_path
):
    other = load_clip(str(make_clip_folder(tmp_path / "other", seed=1)))
    made = {one.fingerprint for one in (official, projected, unprojected, other)}
    assert len(made) == 4
    assert load_clip(str(folder)).fingerprint == official.fingerprint


def test_a_folder_elsewhere_with_the_same_weights_is_the_same_encoder(official, tmp_path):
    again = load_clip(str(make_clip_folder(tmp_path / "copy")))
    assert again.fingerprint == official.fingerprint


def test_the_linear_maps_lead_from_the_features_into_the_shared_space(official, projected):
    for encoder in (official, projected):
        features = encoder.encode_images(pictures())
        shared = features @ encoder.image_map + encoder.image_offset
        np.testing.assert_allclose(shared, encoder.encode_images(pictures()), atol=1e-5)
        words = encoder.encode_texts(TEXTS) @ encoder.text_map + encoder.text_offset
        np.testing.assert_allclose(words, projected.encode_texts(TEXTS), atol=1e-5)
        assert isinstance(encoder, LinearSpace)


def test_only_texts_of_the_official_variant_are_yet_to_be_projected(folder, official, projected):
    weight = CLIPModel.from_pretrained(folder).text_projection.weight.detach().numpy()
    np.testing.assert_array_equal(official.text_map, weight.T)
    np.testing.assert_array_equal(projected.text_map, np.eye(16))
    for encoder in (official, projected):
        np.testing.assert_array_equal(encoder.image_map, np.eye(16))


def test_sequences_are_the_towers_own_states(folder, official):
    model = CLIPModel.from_pretrained(folder).eval()
    squashed = [picture.resize((224, 224)) for picture in pictures()]
    pixels = CLIPImageProcessorPil.from_pretrained(folder)(squashed, return_tensors="pt")
    with torch.inference_mode():
        states = model.vision_model(**pixels).last_hidden_state[:, 1:]
        expected = model.vision_model.post_layernorm(states)
    patches = official.encode_image_tokens(pictures())
    assert [rows.dtype for rows in patches] == [np.float16] * 2
    assert patches[0].shape == (16, official.image_token_dim)  # 32 / 8 patches on each side
    np.testing.assert_allclose(np.stack(patches), expected, atol=2e-3)


def test_words_of_a_batch_are_those_of_each_text_alone(official):
    words = official.encode_text_tokens(["a cat", "", "photo of a dog"])
    # The tokenizer knows letters only.
    assert [rows.shape for rows in words] == [(4, 32), (0, 32), (11, 32)]
    alone = official.encode_text_tokens(["a cat"])[0]
    np.testing.assert_allclose(words[0].astype(np.float32), alone.astype(np.float32), atol=2e-3)
    assert official.encode_text_tokens([]) == official.encode_image_tokens([]) == []
    assert ask_tokens(official) is official


def test_the_official_recipe_s_class_weights_come_through_the_visual_projection(folder, official):
    """Prompts → shared space → transposed visual projection → unit length (MemeCLIP's code)."""
    width = 32
    head = build_head(
        "memeclip",
        dims=FeatureDims(image=16, text=32, shared=16),
        num_classes=2,
        config={"map_dim": width},
    )
    task_set = read_named_task_set("pridemm", Settings().assets)
    facts = describe_encoder(official, task_set)
    nothing = Examples(
        features=make_features(0), kind="multiclass", labels=np.zeros(0, np.int64), num_classes=2
    )
    prepare_head(head, "hate", nothing, prompts=facts.prompts["hate"], space=facts.space)
    embeddings = torch.from_numpy(official.encode_prompts(task_set.task("hate").prompts))
    weight = CLIPModel.from_pretrained(folder).visual_projection.weight.detach()
    expected = normalize(embeddings @ weight, dim=-1)
    np.testing.assert_allclose(head.classifier.weight.detach(), expected, atol=1e-5)


def test_models_of_half_precision_give_the_same_features_roughly(folder, official):
    half = ClipEncoder(
        name="half",
        model=CLIPModel.from_pretrained(folder).half(),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        image_processor=CLIPImageProcessorPil.from_pretrained(folder),
        variant="official",
        device="cpu",
    )
    for name, inputs in (("encode_images", pictures()), ("encode_texts", TEXTS)):
        found, expected = (getattr(encoder, name)(inputs) for encoder in (half, official))
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=2e-2)
    ids = half.encode_words(["cat"])[0]
    mask = torch.ones(1, len(ids), dtype=torch.bool)
    made = torch.zeros(1, 32, requires_grad=True)
    read = half.text_tower.read_prompts(made, torch.from_numpy(ids)[None], mask)
    assert read.dtype == torch.float32
    read.sum().backward()
    assert torch.isfinite(made.grad).all() and made.grad.any()


@pytest.fixture(scope="module")
def siglip(folder):
    """A relative without class token, text projection and end-of-text token."""
    tower = {
        "hidden_size": 32,
        "intermediate_size": 37,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
    }
    torch.manual_seed(0)
    config = SiglipConfig(
        text_config={**tower, "vocab_size": 60, "max_position_embeddings": 16},
        vision_config={**tower, "image_size": 32, "patch_size": 8},
    )
    return ClipEncoder(
        name="siglip",
        model=SiglipModel(config),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        image_processor=CLIPImageProcessorPil.from_pretrained(folder),
        variant="official",
        device="cpu",
    )


def test_a_relative_gives_all_its_patches_and_maps_that_change_nothing(siglip):
    patches = siglip.encode_image_tokens(pictures())
    pixels = siglip._to_pixels(pictures())
    with torch.inference_mode():
        states = siglip._model.vision_model(**pixels).last_hidden_state
    np.testing.assert_allclose(np.stack(patches), states, atol=2e-3)
    assert [len(rows) for rows in siglip.encode_text_tokens(["a cat", ""])] == [4, 0]
    np.testing.assert_array_equal(siglip.text_map, np.eye(32))


def test_a_relative_has_no_text_tower_to_write_into(siglip):
    with pytest.raises(UnsupportedError, match=r"'siglip' has no text tower.*Only CLIP models"):
        ask_prompts(siglip)


def test_words_are_counted_as_far_as_the_text_tower_reads_them(official):
    found = official.count_words("a photo of a cat")
    # The tokenizer here knows letters alone: "a photo of" are 1 + 5 + 2 tokens of 14.
    assert (found.words, found.known, found.length, found.read) == (5, 2, 5, 5)
    long = official.count_words(" ".join(["a"] * 500))
    assert (long.read, long.length) == (14, 500)
    first, whole = (official.encode_texts([" ".join(["a"] * n)]) for n in (long.read, 500))
    np.testing.assert_allclose(first, whole, atol=1e-5)
    assert official.count_words("").length == 0


STATES = torch.tensor([[[9.0, 9.0], [1.0, 3.0], [2.0, 6.0]]])


def tower(states=STATES, **embeddings):
    """A vision tower whose last states are always the same."""
    made = nn.Module()
    made.embeddings = SimpleNamespace(**embeddings)
    made.post_layernorm = nn.LayerNorm(2)
    return SimpleNamespace(
        vision_model=made,
        get_image_features=lambda pixel_values, **_: SimpleNamespace(last_hidden_state=states),
    )


PIXELS = {"pixel_values": torch.zeros(1)}


def test_the_class_token_is_left_out_and_the_patches_are_normed():
    (patches,) = read_patches(tower(class_embedding=torch.zeros(2)), PIXELS)
    assert patches.shape == (2, 2)
    torch.testing.assert_close(patches, torch.tensor([[-1.0, 1.0], [-1.0, 1.0]]), atol=1e-4, rtol=0)


def test_without_a_class_token_all_are_patches():
    assert torch.equal(read_patches(tower(), PIXELS)[0], STATES[0])
    (patches,) = read_patches(tower(cls_token=torch.zeros(2)), PIXELS)
    assert torch.equal(patches, STATES[0, 1:])


def test_a_grid_is_a_sequence_and_what_fills_up_is_left_out():
    grid = torch.arange(8.0).reshape(1, 2, 2, 2)
    (patches,) = read_patches(tower(states=grid), PIXELS)
    assert patches.tolist() == [[0.0, 4.0], [1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]
    mask = torch.tensor([[1, 1, 0]])
    (real,) = read_patches(tower(), {**PIXELS, "pixel_attention_mask": mask})
    assert torch.equal(real, STATES[0, :2])


def test_signs_are_no_words():
    model = SimpleNamespace(
        get_text_features=lambda input_ids: SimpleNamespace(last_hidden_state=STATES)
    )
    words = read_words(model, {"input_ids": torch.tensor([[7, 3, 8]])}, [7, 8])
    assert torch.equal(words[0], STATES[0, 1:2])
    (none,) = read_words(model, {"input_ids": torch.tensor([[7, 8, 8]])}, [7, 8])
    assert none.shape == (0, 2)
