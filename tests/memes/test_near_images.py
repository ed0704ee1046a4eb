from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from memeclip_core.memes.image import load_image
from memeclip_core.memes.near_images import ImagePrint, group_near_images, print_image


def picture(seed: int, caption: int = 0) -> Image.Image:
    """Coloured fields; with a caption, black blocks on a white band above them."""
    values = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(values).resize((320, 240), Image.Resampling.BICUBIC)
    if caption:
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0, 320, 60), fill="white")
        for block in np.random.default_rng(caption).integers(0, 300, 9):
            draw.rectangle((int(block), 10, int(block) + 16, 50), fill="black")
    return image


def saved(image: Image.Image, quality: int) -> Image.Image:
    data = BytesIO()
    image.save(data, format="JPEG", quality=quality)
    return load_image(data.getvalue(), reduced_to=64).image


def prints(*images: Image.Image) -> list[ImagePrint]:
    return [print_image(image, str(i)) for i, image in enumerate(images)]


def test_a_print_is_whether_brightness_falls_along_rows():
    ramp = Image.fromarray(np.tile(np.arange(0, 252, 28, dtype=np.uint8), (8, 1)))
    assert print_image(ramp.convert("RGB"), "").bits == 0
    mirrored = ramp.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert print_image(mirrored.convert("RGB"), "").bits == 2**64 - 1


@pytest.mark.parametrize("seed", range(5))
def test_a_copy_is_near_whatever_its_size_and_quality(seed: int):
    image = picture(seed, caption=1)
    copies = (saved(image, 40), image.resize((200, 150)), saved(image.resize((500, 375)), 80))
    assert group_near_images(prints(image, *copies)) == (0, 0, 0, 0)


def test_other_pictures_and_other_captions_are_other_memes():
    images = [picture(1, caption=1), picture(1, caption=2), picture(2, caption=1), picture(3)]
    assert group_near_images(prints(*images)) == (0, 1, 2, 3)


def test_a_missing_image_is_like_no_other():
    (one,) = prints(picture(1))
    assert group_near_images([None, one, None, one]) == (0, 1, 2, 1)
    assert group_near_images([]) == ()
    assert group_near_images([None]) == (0,)
