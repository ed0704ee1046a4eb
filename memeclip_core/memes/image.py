"""Bytes to an upright RGB image, or one plain sentence about why not."""

from __future__ import annotations

import hashlib
import math
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from memeclip_core.errors import ImageError

ImageFormat = Literal["PNG", "JPEG", "WebP", "GIF", "BMP", "AVIF", "TIFF"]

# Pillow's own classes rather than Image.open, which compares the size with a global
# limit and warns; here the limits are arguments.
_OPENERS: Final[dict[ImageFormat, Callable[[BytesIO], ImageFile]]] = {
    "PNG": PngImageFile,
    "JPEG": JpegImageFile,
    "WebP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "AVIF": AvifImageFile,
    "TIFF": TiffImageFile,
}
_ALLOWED: Final = "PNG, JPEG, WebP, GIF, BMP, AVIF or TIFF"
_REMEDY: Final = f"Hand in a {_ALLOWED} image."

_SIGNATURES: Final[tuple[tuple[int, bytes, ImageFormat], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
)
# ISO 14496-12: the first box names the brands of what follows, its own and compatible ones.
_BRANDS: Final = (b"avif", b"avis")
_FOREIGN: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"%PDF", "a PDF document"),
    (0, b"\x00\x00\x01\x00", "an icon (ICO)"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (0, b"\xff\x0a", "a JPEG XL image"),
    (4, b"ftyphei", "a HEIC image"),
    (4, b"ftypmif1", "a HEIC image"),
    (4, b"ftyp", "a video"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (0, b"PK\x03\x04", "a ZIP archive or an Office document"),
)
SNIFFED_BYTES: Final = 2048

# EXIF 2.32, tag 0x0112: what undoes each stored orientation.
_ORIENTATION_TAG: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Of an animation so many frames are read, of those that differ by so much, of 255, in one of
# 64 x 64 patches; and no more are looked through, nor more pixels than two largest images have.
_ANIMATED: Final = ("GIF", "WebP", "PNG", "AVIF")
_FRAMES: Final = 4
_UNLIKE: Final = 40
_MOST_FRAMES: Final = 100
# The frames of a GIF are found by reading all of it, which takes seconds for a large one.
_COUNTED_BYTES: Final = 5_000_000

# Transparent pictures are looked at in this size, where strokes are at most twice so wide.
_GROUND_SIDE: Final = 512
_STROKE: Final = 24

# Pillow warns about damaged metadata that is survived here; Python's warning filters
# belong to the process, so that two threads must not swap them at the same time.
_WARNING_FILTERS: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What an image may measure: bytes of the file, pixels, and pixels of either side."""

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    min_side: int = 8
    max_side: int = 20_000


DEFAULT_LIMITS: Final = ImageLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedImage:
    """An image ready to be read and encoded.

    Attributes:
        content_id: SHA-256 of the file's original bytes, in hexadecimal.
        image: RGB, upright, first frame, transparency laid on white, or on what shows the
            letters if they are white.
        format: what the bytes are, whatever the file was called.
        width, height: in pixels, of the upright image.
    """

    content_id: str
    image: Image.Image
    format: ImageFormat
    width: int
    height: int


def content_id(data: bytes) -> str:
    """Name an image after its original bytes: their SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def load_image(
    data: bytes,
    *,
    limits: ImageLimits = DEFAULT_LIMITS,
    reduced_to: int | None = None,
    content: str = "",
) -> LoadedImage:
    """Decode an image file to an upright RGB image.

    The limits are checked on the file's header, before any pixel is decoded.

    Args:
        reduced_to: a JPEG is decoded, twice as fast, at the smallest of its built-in sizes with
            both sides at least this long; ``None`` decodes every pixel.
        content: the content id, where it is known.

    Raises:
        ImageError: empty, too large, too small, not an image, of another format, or damaged.
    """
    check_bytes(data, limits)
    kind = sniff(data)
    with _WARNING_FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _decode(data, kind, limits, reduced_to)
    return LoadedImage(
        content_id=content or content_id(data),
        image=image,
        format=kind,
        width=image.width,
        height=image.height,
    )


def check_bytes(data: bytes, limits: ImageLimits) -> None:
    """Raise ImageError if a file is empty, or larger than is allowed."""
    if not data:
        raise ImageError(f"The file is empty (0 bytes). {_REMEDY}")
    if len(data) > limits.max_bytes:
        raise ImageError(
            f"The file has {len(data):,} bytes; at most {limits.max_bytes:,} are allowed. "
            "Save it smaller and try again."
        )


def count_pixels(data: bytes, *, limits: ImageLimits = DEFAULT_LIMITS) -> int:
    """Return how many pixels an image's header promises; raise ImageError as ``load_image``."""
    check_bytes(data, limits)
    kind = sniff(data)
    with _WARNING_FILTERS, warnings.catch_warnings(), _opened(data, kind, limits) as image:
        warnings.simplefilter("ignore")
        return math.prod(image.size)


def load_frames(data: bytes, *, limits: ImageLimits = DEFAULT_LIMITS) -> list[Image.Image]:
    """Decode a few unlike frames of an animation, the first one first; none of a still image.

    Raises:
        ImageError: as ``load_image``.
    """
    kind = sniff(data)
    if kind not in _ANIMATED:
        return []
    with (
        _WARNING_FILTERS,
        warnings.catch_warnings(),
        _opened(data, kind, limits) as image,
    ):
        warnings.simplefilter("ignore")
        if not getattr(image, "is_animated", False):
            return []
        unlike = _list_unlike(image, limits)
        last = len(unlike) - 1
        chosen = {round(last * i / (_FRAMES - 1)) for i in range(_FRAMES)} if unlike else ()
        frames = []
        for place in sorted(unlike[i] for i in chosen):
            image.seek(place)
            # A later frame may have made the canvas of all of them larger, up to 65,535 a side.
            _check_size(image.size, limits)
            frames.append(_to_rgb(image))
        return frames


def count_frames(data: bytes, *, limits: ImageLimits = DEFAULT_LIMITS) -> int:
    """Count an animation's frames: 1 of a still image, 0 where there are too many to count.

    Raises:
        ImageError: as ``load_image``.
    """
    kind = sniff(data)
    if kind not in _ANIMATED:
        return 1
    with _WARNING_FILTERS, warnings.catch_warnings(), _opened(data, kind, limits) as image:
        warnings.simplefilter("ignore")
        if not getattr(image, "is_animated", False):
            return 1
        return int(getattr(image, "n_frames", 1)) if len(data) <= _COUNTED_BYTES else 0


def _list_unlike(image: ImageFile, limits: ImageLimits) -> list[int]:
    """Return the places of the whole frames that differ from the one before in the list."""
    unlike: list[int] = []
    before = None
    for place in range(max(2, min(_MOST_FRAMES, 2 * limits.max_pixels // math.prod(image.size)))):
        try:
            image.seek(place)
            _check_size(image.size, limits)
            grey = np.asarray(image.convert("L").resize((64, 64), Image.Resampling.BOX), np.int16)
        except Exception:  # the end, or a damaged frame: those before it can be read
            break
        if before is None or np.abs(grey - before).max() > _UNLIKE:
            unlike.append(place)
            before = grey
    return unlike


def sniff(data: bytes) -> ImageFormat:
    """Tell the format from the first bytes; the file's name is never asked.

    Raises:
        ImageError: if it is none of those that are read; names what it is.
    """
    head = data[:SNIFFED_BYTES]
    if head.startswith(b"ftyp", 4):
        brands = head[8 : min(int.from_bytes(head[:4]), SNIFFED_BYTES)]
        if any(brand in brands for brand in _BRANDS):
            return "AVIF"
    foreign = next((name for at, sign, name in _FOREIGN if head.startswith(sign, at)), None)
    if foreign is None and _is_text(head):
        svg = b"<svg" in head.lower()
        foreign = "an SVG drawing, not a pixel image" if svg else "text, not an image"
    if foreign is None:
        for at, sign, kind in _SIGNATURES:
            if head.startswith(sign, at):
                return kind
        foreign = "not an image of a known format"
    raise ImageError(f"The file is {foreign}; allowed are {_ALLOWED}. Convert it and try again.")


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut in two at the end of the sniffed bytes is still text.
        if error.start < len(head) - 3 or len(head) < SNIFFED_BYTES:
            return False
        text = head[: error.start].decode("utf-8")
    return all(c.isprintable() or c in "\t\n\r\f\ufeff" for c in text)


def _decode(
    data: bytes, kind: ImageFormat, limits: ImageLimits, reduced_to: int | None
) -> Image.Image:
    with _opened(data, kind, limits) as opened:
        if reduced_to is not None:
            opened.draft("RGB", (reduced_to, reduced_to))
        opened.load()
        # A GIF's first frame may reach beyond the size that its header promised.
        _check_size(opened.size, limits)
        # Pillow turns a TIFF upright itself while it loads, and then says so here.
        turn = _UPRIGHT.get(_orientation(opened))
        image = _to_rgb(opened)
    return image if turn is None else image.transpose(turn)


@contextmanager
def _opened(data: bytes, kind: ImageFormat, limits: ImageLimits) -> Iterator[ImageFile]:
    """Open a file within the limits; whatever fails until it is closed is an ImageError."""
    try:
        with _OPENERS[kind](BytesIO(data)) as opened:
            _check_size(opened.size, limits)
            yield opened
    except ImageError:
        raise
    except Exception as error:  # Pillow's parsers raise nearly every built-in type
        raise ImageError(
            f"The {kind} image is damaged or incomplete ({len(data):,} bytes). "
            f"Save or download it again, as {_ALLOWED}."
        ) from error


def _check_size(size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise ImageError(
            f"The image has {width * height:,} pixels ({width} x {height}); at most "
            f"{limits.max_pixels:,} are allowed. Make it smaller and try again."
        )
    if max(size) > limits.max_side:
        raise ImageError(
            f"The image measures {width} x {height} pixels; at most {limits.max_side:,} a side "
            "are allowed. Crop it or make it smaller and try again."
        )
    if min(size) < limits.min_side:
        raise ImageError(
            f"The image measures {width} x {height} pixels; at least {limits.min_side} a side "
            "are needed. Use a larger version of it."
        )


def _orientation(image: ImageFile) -> int:
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # damaged metadata says nothing about the pixels
        return 1
    return value if isinstance(value, int) else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    """Eight bits a channel, without transparency and without the file's metadata."""
    if image.mode.startswith("I"):
        image = _from_16_bit(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        rgb = Image.new("RGB", layer.size, _choose_ground(layer))
        rgb.paste(layer, mask=layer.getchannel("A"))
        return rgb
    rgb = image.convert("RGB")
    rgb.info.clear()
    return rgb


def _choose_ground(layer: Image.Image) -> str:
    """Return the colour behind a transparent picture: white unless its letters would vanish.

    Only strokes that are thin and end at transparent pixels count, and of these their outer
    pixels: an outlined letter is as dark as its outline, and a light photograph or window with
    transparent corners has no such strokes worth mentioning.
    """
    small = layer.copy()
    small.thumbnail((_GROUND_SIDE, _GROUND_SIDE), Image.Resampling.BOX)
    clear = np.asarray(small.getchannel("A")) < 128
    grey = np.asarray(small.convert("L"))
    thick = _dilate(~_dilate(clear, _STROKE), _STROKE + _STROKE // 4)
    strokes = ~clear & ~thick & _dilate(clear, 1)
    light, dark = (int((strokes & part).sum()) for part in (grey >= 200, grey < 56))
    if light < max(sum(small.size) / 4, int(strokes.sum()) / 4):
        return "white"
    return "grey" if 3 * dark > light else "black"


def _dilate(mask: npt.NDArray[np.bool_], radius: int) -> npt.NDArray[np.bool_]:
    """Widen what is true by ``radius`` pixels to all sides."""
    from scipy.ndimage import maximum_filter

    widened: npt.NDArray[np.bool_] = maximum_filter(mask, 2 * radius + 1, mode="constant")
    return widened


def _from_16_bit(image: Image.Image) -> Image.Image:
    """Scale 0..65535 to 0..255; Pillow's own conversion would clip at 255."""
    values = np.asarray(image).astype(np.float64)
    grey = Image.fromarray(np.clip(np.rint(values / 257.0), 0, 255).astype(np.uint8))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        alpha = np.where(values == clear, 0, 255).astype(np.uint8)
        return Image.merge("LA", (grey, Image.fromarray(alpha)))
    return grey
