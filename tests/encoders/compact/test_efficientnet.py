import numpy as np
import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch.nn.functional import adaptive_avg_pool2d

from memeclip_core.config import ROOT
from memeclip_core.encoders.compact.compact import ASSETS
from memeclip_core.encoders.compact.efficientnet import (
    GRAPH,
    GRID,
    SIZE,
    find_image_weights,
    load_image_tower,
    prepare,
)
from memeclip_core.errors import EncoderError
from tests.factories.cosines import cosines

SAMPLES = ROOT / "assets" / "samples"


def is_picture(path):
    return path.suffix in {".jpg", ".png", ".webp"}


def test_pixels_lie_about_zero():
    pixels = prepare(Image.new("RGB", (10, 10), (255, 127, 0)))
    assert pixels.shape == (3, SIZE, SIZE)
    np.testing.assert_allclose(pixels[:, 5, 5], [1, 0, -127 / 128])


@pytest.mark.parametrize("size", [(600, 200), (200, 600)])
def test_the_middle_square_is_seen_undistorted(size):
    image = Image.new("RGB", size, (255, 0, 0))
    left, top = (size[0] - 200) // 2, (size[1] - 200) // 2
    image.paste((127, 127, 127), (left, top, left + 200, top + 200))
    pixels = np.abs(prepare(image))
    # Interpolation looks a pixel or two beyond the edge.
    assert pixels[:, 3:-3, 3:-3].max() == 0
    assert pixels.max() < 0.1


def test_grey_images_are_taken_too():
    assert np.abs(prepare(Image.new("L", (5, 5), 127))).max() == 0


@pytest.mark.model
def test_the_graph_says_what_the_published_network_says_to_any_number_of_pictures():
    network = EfficientNet.from_name("efficientnet-lite2").eval()
    network.load_state_dict(torch.load(find_image_weights(), weights_only=True))
    pictures = [Image.open(path) for path in sorted(SAMPLES.glob("*.*")) if is_picture(path)]
    assert len(pictures) > 5
    pixels = torch.from_numpy(np.stack([prepare(picture) for picture in pictures]))
    with torch.inference_mode():
        maps = network.extract_features(pixels)
    expected = maps.mean((2, 3)).numpy()
    tower = load_image_tower(ASSETS / GRAPH, find_image_weights())
    rows = np.concatenate([tower.encode(pictures[:1]), tower.encode(pictures[1:])])
    assert cosines(rows, expected).min() >= 0.9999995
    regions = adaptive_avg_pool2d(maps, GRID).flatten(2).mT.numpy()
    np.testing.assert_allclose(tower.encode_patches(pictures), regions, atol=1e-4)


def test_a_damaged_file_says_what_to_install(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"no weights")
    with pytest.raises(EncoderError, match=r"weights\.pth cannot be read .* Install"):
        load_image_tower(ASSETS / GRAPH, tmp_path / "weights.pth")
