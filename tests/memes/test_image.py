"""Bytes to RGB: what is accepted and how, and one sentence for everything else."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from memeclip_core.errors import ImageError
from memeclip_core.memes.image import (
    DEFAULT_LIMITS,
    ImageLimits,
    content_id,
    count_frames,
    load_frames,
    load_image,
)

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(colour: tuple[int, ...] = RED, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (16, 12), colour if len(colour) > 1 else colour[0])


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises this size and holds no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def test_content_id_is_the_sha_256_of_the_original_bytes() -> None:
    data = encode(plain(), "PNG")
    assert content_id(data) == hashlib.sha256(data).hexdigest()
    assert load_image(data).content_id == content_id(data)
    assert content_id(b"").startswith("e3b0c442")  # FIPS 180-4's digest of nothing


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("PNG", "PNG"),
        ("JPEG", "JPEG"),
        ("WEBP", "WebP"),
        ("GIF", "GIF"),
        ("BMP", "BMP"),
        ("AVIF", "AVIF"),
        ("TIFF", "TIFF"),
    ],
)
def test_each_format_gives_its_colour_and_size(kind: str, name: str) -> None:
    loaded = load_image(encode(plain(), kind))
    assert (loaded.format, loaded.width, loaded.height) == (name, 16, 12)
    assert (loaded.image.mode, loaded.image.size) == ("RGB", (16, 12))
    assert loaded.image.info == {}
    pixel = loaded.image.getpixel((8, 6))
    assert isinstance(pixel, tuple)
    assert np.allclose(pixel, RED, atol=8)  # JPEG and WebP are lossy


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [plain(GREEN), plain(BLUE)]
    for kind in ("GIF", "PNG"):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
        assert load_image(data).image.getpixel((3, 3)) == GREEN
    data = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert load_image(data).image.getpixel((3, 3)) == GREEN


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_unlike_frames_of_an_animation_are_decoded_for_reading(kind: str) -> None:
    colours = [RED, RED, GREEN, BLUE, WHITE, BLACK, RED, WHITE]
    frames = [plain(colour) for colour in colours]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    taken = load_frames(data)
    pixels = [np.asarray(frame)[6, 8] for frame in taken]
    assert len(taken) == 4
    for pixel, colour in zip(pixels, (RED, BLUE, BLACK, WHITE), strict=True):
        assert np.allclose(pixel, colour, atol=8)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_frames_are_counted_and_those_of_large_files_are_many(kind, monkeypatch) -> None:
    frames = [plain(colour) for colour in (RED, GREEN, BLUE)]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert count_frames(data) == 3
    assert count_frames(encode(plain(), kind)) == 1
    monkeypatch.setattr("memeclip_core.memes.image._COUNTED_BYTES", 10)
    assert count_frames(data) == 0
    assert count_frames(encode(plain(), "JPEG")) == 1


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_that_breaks_off_gives_the_frames_before(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (4, 64, 64, 3), dtype=np.uint8)
    frames = [Image.fromarray(pixels) for pixels in noise]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    whole = load_frames(data)
    assert len(whole) == 4
    try:
        load_image(data[: len(data) * 3 // 4])
    except ImageError:
        return  # of this format not even the first frame is left
    assert len(load_frames(data[: len(data) * 3 // 4])) in (0, 2, 3)


def test_a_still_image_has_no_frames() -> None:
    for kind in ("GIF", "PNG", "WEBP", "AVIF", "TIFF", "JPEG"):
        assert load_frames(encode(plain(), kind)) == []


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_orientation_is_undone(orientation: int, kind: str) -> None:
    upright = Image.new("RGB", (16, 12), WHITE)
    upright.paste(RED, (0, 0, 8, 6))
    # How EXIF 2.32 says that the camera stored the picture, for each value of the tag.
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }
    pixels = stored[orientation](np.asarray(upright))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    options |= {"quality": 100, "subsampling": "4:4:4"} if kind == "AVIF" else {}
    data = encode(Image.fromarray(np.ascontiguousarray(pixels)), kind, exif=exif, **options)
    loaded = load_image(data)
    assert (loaded.width, loaded.height) == (16, 12)
    assert np.allclose(np.asarray(loaded.image), np.asarray(upright), atol=2)  # AVIF rounds


def test_damaged_exif_is_survived_in_silence() -> None:
    broken = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff" + b"\x01" * 9
    assert load_image(encode(plain(), "JPEG", exif=broken)).width == 16


def test_transparency_is_laid_on_white() -> None:
    rgba = Image.new("RGBA", (16, 12), (0, 0, 0, 0))
    rgba.putpixel((1, 1), (255, 0, 0, 255))
    rgba.putpixel((2, 2), (0, 0, 0, 128))
    image = load_image(encode(rgba, "PNG")).image
    assert image.getpixel((0, 0)) == WHITE
    assert image.getpixel((1, 1)) == RED
    assert image.getpixel((2, 2)) == (127, 127, 127)  # 255 * (1 - 128 / 255)


def letters(ink: object, *, stroke: object = None) -> Image.Image:
    """Two words without a ground."""
    image = Image.new("RGBA", (400, 160))
    ImageDraw.Draw(image).text(
        (20, 40),
        "TWO WORDS",
        font=ImageFont.load_default(56),
        fill=ink,
        stroke_width=4 if stroke else 0,
        stroke_fill=stroke,
    )
    return image


@pytest.mark.parametrize(
    ("ink", "stroke", "ground"),
    [
        ("white", None, BLACK),
        ((255, 255, 160), None, BLACK),
        ("black", None, WHITE),
        ("red", None, WHITE),
        ("white", "black", WHITE),
        ("black", "white", BLACK),
    ],
)
def test_letters_without_a_ground_get_one_that_shows_them(
    ink: object, stroke: object, ground: tuple[int, int, int]
) -> None:
    picture = letters(ink, stroke=stroke)
    assert load_image(encode(picture, "PNG")).image.getpixel((0, 0)) == ground
    assert load_image(encode(picture.resize((1600, 640)), "WEBP")).image.getpixel((0, 0)) == ground


def test_white_and_black_letters_together_get_a_ground_between() -> None:
    picture = Image.new("RGBA", (400, 320))
    picture.paste(letters("white"), (0, 0))
    picture.paste(letters("black"), (0, 160))
    assert load_image(encode(picture, "PNG")).image.getpixel((0, 0)) == (128, 128, 128)


def test_a_light_picture_with_clear_edges_stays_on_white() -> None:
    card = Image.new("RGBA", (400, 300))
    pen = ImageDraw.Draw(card)
    pen.rounded_rectangle((20, 20, 380, 280), 40, fill="white")
    pen.text((60, 100), "dark words", font=ImageFont.load_default(40), fill="black")
    assert load_image(encode(card, "PNG")).image.getpixel((0, 0)) == WHITE
    ball = Image.new("RGBA", (300, 300))
    ImageDraw.Draw(ball).ellipse((20, 20, 280, 280), fill=(240, 240, 230))
    assert load_image(encode(ball, "PNG")).image.getpixel((0, 0)) == WHITE


def test_grey_with_alpha_and_palette_with_transparency() -> None:
    grey = Image.new("LA", (16, 12), (0, 0))
    grey.putpixel((1, 1), (40, 255))
    image = load_image(encode(grey, "PNG")).image
    assert (image.getpixel((0, 0)), image.getpixel((1, 1))) == (WHITE, (40, 40, 40))

    palette = Image.new("P", (16, 12), 0)
    palette.putpalette([0, 0, 255, 255, 0, 0])
    palette.putpixel((1, 1), 1)
    for kind in ("PNG", "GIF"):
        image = load_image(encode(palette, kind, transparency=0)).image
        assert (image.getpixel((0, 0)), image.getpixel((1, 1))) == (WHITE, RED)
    image = load_image(encode(palette, "PNG", transparency=b"\x00\xff")).image
    assert (image.getpixel((0, 0)), image.getpixel((1, 1))) == (WHITE, RED)
    assert load_image(encode(palette, "BMP")).image.getpixel((0, 0)) == BLUE


def test_a_single_transparent_colour_is_laid_on_white() -> None:
    picture = plain(RED)
    picture.putpixel((1, 1), BLUE)
    image = load_image(encode(picture, "PNG", transparency=RED)).image
    assert (image.getpixel((0, 0)), image.getpixel((1, 1))) == (WHITE, BLUE)


def test_sixteen_bit_grey_keeps_its_shades() -> None:
    shades = np.zeros((12, 16), np.uint16)
    shades[0, :4] = (0, 257, 32768, 65535)
    image = load_image(encode(Image.fromarray(shades), "PNG")).image
    assert [image.getpixel((x, 0)) for x in range(4)] == [
        (0, 0, 0),
        (1, 1, 1),
        (128, 128, 128),  # 32768 / 257 = 127.5 rounds to the even neighbour
        WHITE,
    ]


def test_sixteen_bit_grey_with_a_transparent_shade() -> None:
    header = struct.pack(">IIBBBBB", 8, 8, 16, 0, 0, 0, 0)
    row = b"\x00" + struct.pack(">8H", 0, *(65535 // 5,) * 7)
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tRNS", struct.pack(">H", 0))
        + chunk(b"IDAT", zlib.compress(row * 8))
        + chunk(b"IEND", b"")
    )
    image = load_image(data).image
    assert (image.getpixel((0, 0)), image.getpixel((1, 0))) == (WHITE, (51, 51, 51))


def test_one_bit_and_cmyk() -> None:
    bits = Image.new("1", (16, 12), 1)
    assert load_image(encode(bits, "PNG")).image.getpixel((0, 0)) == WHITE
    inks = Image.new("CMYK", (16, 12), (0, 255, 255, 0))
    pixel = load_image(encode(inks, "JPEG", quality=100)).image.getpixel((8, 6))
    assert isinstance(pixel, tuple)
    assert np.allclose(pixel, RED, atol=3)


def svg() -> bytes:
    return b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9"/>'


def noise(kind: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    return encode(Image.fromarray(pixels), kind)


BAD: list[tuple[str, Callable[[], bytes], str]] = [
    ("empty", lambda: b"", "empty (0 bytes)"),
    ("svg", svg, "an SVG drawing"),
    ("renamed text", lambda: b"This is a note called meme.png. " * 9, "text, not an image"),
    ("cut text", lambda: "é".encode() * 1024 + b" and more", "text, not an image"),
    ("text that begins like a BMP", lambda: b"BMX is a sport", "text, not an image"),
    ("utf-16 text", lambda: "hello".encode("utf-16"), "text, not an image"),
    ("html", lambda: b"<!doctype html><title>404</title>", "text, not an image"),
    ("pdf", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
    ("ico", lambda: encode(plain(), "ICO", sizes=[(16, 16)]), "an icon (ICO)"),
    ("video", lambda: b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 16, "a video"),
    ("heic", lambda: b"\x00\x00\x00\x18ftypheic" + b"\x00" * 16, "a HEIC image"),
    ("avif", lambda: b"\x00\x00\x00\x18ftypavif" + b"\x00" * 16, "AVIF image is damaged"),
    ("zip", lambda: b"PK\x03\x04" + b"\x00" * 30, "a ZIP archive"),
    ("random bytes", lambda: bytes(range(256)), "not an image of a known format"),
    ("wave sound", lambda: b"RIFF\x24\x00\x00\x00WAVEfmt ", "not an image of a known format"),
    *(
        (f"half a {kind}", lambda kind=kind: noise(kind)[: len(noise(kind)) // 2], "damaged")
        for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF", "TIFF")
    ),
    *(
        (f"{kind} header alone", lambda kind=kind: noise(kind)[:14], "damaged")
        for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
    ),
    ("no pixels", lambda: png_header(100, 100), "damaged"),
    ("one pixel", lambda: encode(Image.new("RGB", (1, 1)), "PNG"), "1 x 1 pixels; at least 8"),
    ("bomb", lambda: png_header(60_000, 60_000), "3,600,000,000 pixels (60000 x 60000)"),
    ("near bomb", lambda: png_header(10_000, 9_900), "at most 50,000,000 are allowed"),
    ("ribbon", lambda: png_header(30_000, 10), "at most 20,000 a side"),
]


@pytest.mark.parametrize(("make", "said"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
def test_bad_files_get_one_plain_sentence_and_a_remedy(
    make: Callable[[], bytes], said: str
) -> None:
    with pytest.raises(ImageError) as caught:
        load_image(make())
    message = str(caught.value)
    assert said in message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 200


def test_limits_are_inclusive_and_the_callers_own() -> None:
    data = encode(plain(), "PNG")
    exact = ImageLimits(max_bytes=len(data), max_pixels=16 * 12, min_side=12, max_side=16)
    assert load_image(data, limits=exact).width == 16
    for limits, said in (
        (ImageLimits(max_bytes=len(data) - 1), "bytes; at most"),
        (ImageLimits(max_pixels=191), "192 pixels"),
        (ImageLimits(min_side=13), "at least 13"),
        (ImageLimits(max_side=15), "at most 15 a side"),
    ):
        with pytest.raises(ImageError, match=said):
            load_image(data, limits=limits)
    assert ImageLimits() == DEFAULT_LIMITS


def test_a_gif_whose_frame_outgrows_its_header_meets_the_limit() -> None:
    data = bytearray(encode(plain(), "GIF"))
    frame = data.index(b",\x00\x00\x00\x00")
    data[frame + 5 : frame + 9] = struct.pack("<HH", 60_000, 60_000)
    with pytest.raises(ImageError, match=r"damaged|pixels"):
        load_image(bytes(data))


def test_pillows_global_limit_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert load_image(encode(plain(), "PNG")).width == 16
    assert Image.MAX_IMAGE_PIXELS == 10


def test_a_jpeg_may_be_decoded_smaller_and_the_same_things_are_refused() -> None:
    data = encode(Image.new("RGB", (640, 480), RED), "JPEG")
    loaded = load_image(data, reduced_to=64)
    assert (loaded.width, loaded.height) == (80, 60) or min(loaded.width, loaded.height) >= 64
    assert max(loaded.width, loaded.height) < 640
    assert loaded.content_id == content_id(data)
    red, green, blue = np.asarray(loaded.image).reshape(-1, 3).mean(axis=0)
    assert red > 250 and green < 5 and blue < 5
    with pytest.raises(ImageError, match="damaged"):
        load_image(data[: len(data) // 2], reduced_to=64)
    with pytest.raises(ImageError, match="at most"):
        load_image(data, limits=ImageLimits(max_pixels=640 * 480 - 1), reduced_to=64)
    png = encode(plain(), "PNG")
    assert load_image(png, reduced_to=64).image.size == (16, 12)


def test_a_later_frame_that_reaches_far_beyond_the_first_takes_no_memory():
    """Pillow makes the canvas larger for it, and keeps it so when it goes back to the first."""
    sink = BytesIO()
    frames = [Image.effect_noise((40, 30), 60).convert("P") for _ in range(3)]
    frames[0].save(sink, "GIF", save_all=True, append_images=frames[1:], disposal=1)
    data = sink.getvalue()
    second = data.index(b",", data.index(b",\x00\x00\x00\x00\x28\x00\x1e\x00") + 1)
    second = data.index(b",\x00\x00\x00\x00\x28\x00\x1e\x00", second)
    data = data[: second + 1] + b"\xb8\x0b\xb8\x0b" + data[second + 5 :]
    limits = ImageLimits(max_pixels=250_000)
    assert load_image(data, limits=limits).image.size == (40, 30)
    with pytest.raises(ImageError, match="pixels"):
        load_frames(data, limits=limits)
