import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, BertConfig, BertModel
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from memeclip_core.encoders.captioner import MAX_TOKENS, ask_captioner, load_captioner
from memeclip_core.encoders.fake import FakeCaptioner
from memeclip_core.errors import EncoderError
from tests.factories.caption_folder import END, START, WORDS, make_caption_folder

KINDS = {"vision-encoder-decoder": "decoder_input_ids", "blip": "input_ids"}
"""Kind of captioner → what its words so far are called."""


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def folder(kind, tmp_path_factory):
    return make_caption_folder(tmp_path_factory.mktemp("captions") / "tiny", kind=kind)


@pytest.fixture(scope="module")
def captioner(folder):
    return load_captioner(str(folder))


def pictures(count: int = 3) -> list[Image.Image]:
    generator = np.random.default_rng(0)
    return [
        Image.fromarray(generator.integers(0, 255, (20, 30, 3), dtype=np.uint8))
        for _ in range(count)
    ]


def likeliest_words(folder, kind: str, image: Image.Image) -> list[str]:
    """Word for word, whichever is the likeliest, by hand."""
    model = AutoModelForImageTextToText.from_pretrained(folder).eval()
    pixels = ViTImageProcessorPil.from_pretrained(folder)(images=image, return_tensors="pt")
    ids = [START]
    for _ in range(MAX_TOKENS):
        with torch.inference_mode():
            logits = model(**pixels, **{KINDS[kind]: torch.tensor([ids])}).logits[0, -1]
        ids.append(int(logits.argmax()))
        if ids[-1] == END:
            break
    return [WORDS[i - 3] for i in ids if i >= 3]


def test_a_caption_is_made_of_the_likeliest_words(folder, kind, captioner):
    images = pictures()
    found = captioner.write_captions(images)
    expected = [likeliest_words(folder, kind, image) for image in images]
    assert [caption.split() for caption in found] == expected
    assert len(set(found)) > 1, "different images, different words"


def test_the_same_image_has_the_same_caption(captioner):
    images = pictures(10)
    whole = captioner.write_captions(images)
    assert whole == captioner.write_captions(images)
    assert whole == [captioner.write_captions([image])[0] for image in images]
    assert captioner.write_captions([]) == []


def test_weights_decide_the_fingerprint(folder, kind, captioner, tmp_path):
    other = load_captioner(str(make_caption_folder(tmp_path / "other", kind=kind, seed=1)))
    assert captioner.fingerprint == load_captioner(str(folder)).fingerprint
    assert captioner.fingerprint != other.fingerprint
    assert not any(p.requires_grad for p in captioner._model.parameters())


@pytest.mark.parametrize("spec", ["nobody/no-such-captioner", "empty"])
def test_what_cannot_be_loaded_is_refused_with_the_way_out(spec, tmp_path):
    (tmp_path / "empty").mkdir()
    path = str(tmp_path / spec) if spec == "empty" else spec
    with pytest.raises(EncoderError, match=r"captioner .* cannot be loaded.*blip-image-captioning"):
        load_captioner(path)


def test_a_model_that_writes_nothing_is_refused(tmp_path):
    tiny = BertConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        vocab_size=9,
    )
    BertModel(tiny).save_pretrained(tmp_path)
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_captioner(str(tmp_path))


def test_a_model_with_missing_weights_is_refused(folder, kind, tmp_path):
    part = tmp_path / "part"
    shutil.copytree(folder, part)
    weights = load_file(part / "model.safetensors")
    lost = next(name for name in sorted(weights) if "layer" in name)
    del weights[lost]
    save_file(weights, part / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"lacks 1 of the weights .* Random numbers"):
        load_captioner(str(part))


def test_a_captioner_is_itself_and_none_is_an_error_with_the_way_out():
    captioner = FakeCaptioner()
    assert ask_captioner(captioner) is captioner
    with pytest.raises(EncoderError, match=r"no captioner is named.*--captioner.*or a folder"):
        ask_captioner(None)
