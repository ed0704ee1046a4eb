import numpy as np
import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

from memeclip_core.encoders.compact.efficientnet import SIZE, fold_layers, load_image_tower, prepare
from memeclip_core.errors import EncoderError


def test_pixels_lie_about_zero():
    pixels = prepare(Image.new("RGB", (10, 10), (255, 127, 0)))
    assert pixels.shape == (3, SIZE, SIZE)
    np.testing.assert_allclose(pixels[:, 5, 5], [1, 0, -127 / 128])


@pytest.mark.parametrize("size", [(600, 200), (200, 600)])
def test_the_middle_square_is_seen_undistorted(size):
    image = Image.new("RGB", size, (255, 0, 0))
    left, top = (size[0] - 200) // 2, (size[1] - 200) // 2
    image.paste((127, 127, 127), (left, top, left + 200, top + 200))
    pixels = prepare(image).abs()
    # Interpolation looks a pixel or two beyond the edge.
    assert pixels[:, 3:-3, 3:-3].max() == 0
    assert pixels.max() < 0.1


def test_grey_images_are_taken_too():
    assert prepare(Image.new("L", (5, 5), 127)).abs().max() == 0


def test_folding_changes_nothing_but_the_time():
    torch.manual_seed(0)
    model = EfficientNet.from_name("efficientnet-lite0", num_classes=2).eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.uniform_(-0.5, 0.5)
            layer.running_var.uniform_(0.5, 1.5)
    pixels = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        before = model.extract_features(pixels)
        after = fold_layers(model).extract_features(pixels)
    assert before.std() > 0
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in model.modules())


def test_a_damaged_file_says_what_to_install(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"no weights")
    with pytest.raises(EncoderError, match=r"weights\.pth cannot be read .* Install"):
        load_image_tower(tmp_path / "weights.pth", device="cpu")
