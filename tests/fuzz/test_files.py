"""Pictures and archives of any bytes: what they hold within the limits, or one sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from memeclip_core.errors import DatasetError, ImageError
from memeclip_core.memes.image import ImageLimits, count_frames, load_frames, load_image
from memeclip_core.storage.tree import Archive, read_file
from tests.fuzz.exploring import explore, mutated

ROOT = Path(__file__).resolve().parents[2]
LIMITS = ImageLimits(max_bytes=200_000, max_pixels=250_000)


def draw(kind: str, **options: object) -> bytes:
    """Return a small picture of a kind."""
    image = Image.effect_noise((40, 30), 60).convert("RGB")
    sink = io.BytesIO()
    more = [image.rotate(90 * turn).resize((40, 30)) for turn in (1, 2)]
    if options.pop("animated", False):
        options |= {"save_all": True, "append_images": more}
    image.save(sink, kind, **options)
    return sink.getvalue()


PICTURES = [
    *(draw(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")),
    *(draw(kind, animated=True) for kind in ("GIF", "PNG", "WEBP")),
    draw("PNG", icc_profile=b"x" * 40),
    draw("JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03"),
]


def pack(compression: int) -> bytes:
    """Return an archive of pictures, a list, and names that climb out."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", compression) as archive:
        for name in ("a.png", "b/ä.jpg", "../c.gif", "d\\e.webp", "list.csv"):
            archive.writestr(name, PICTURES[0] if name != "list.csv" else b"image,text\na.png,x\n")
    return sink.getvalue()


ARCHIVES = [pack(kind) for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)]


def check_picture(data: bytes) -> None:
    for read in (load_image, load_frames, count_frames):
        try:
            found = read(data, limits=LIMITS)
        except ImageError as error:
            assert str(error)
            continue
        if not isinstance(found, int):
            for image in found if isinstance(found, list) else [found.image]:
                assert image.mode == "RGB"
                assert 0 < image.width * image.height <= LIMITS.max_pixels


def check_archive(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        archive = Archive(path)
    except DatasetError as error:
        assert str(error) and str(path.parent) not in str(error)
        return
    try:
        for name in archive.names:
            assert not name.startswith("/") and ".." not in name.split("/")
            try:
                assert len(archive.read_name(name, max_bytes=50_000)) <= 50_001
            except ImageError as error:
                assert str(error)
    finally:
        archive.close()


def test_pictures(request: pytest.FixtureRequest) -> None:
    explore(request, mutated(PICTURES), check_picture)


def test_archives(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    explore(request, mutated(ARCHIVES), lambda data: check_archive(tmp_path / "a.zip", data))


def test_pictures_inside_a_folder_are_no_more_than_allowed(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(bytes(1000))
    with pytest.raises(ImageError):
        read_file(tmp_path / "a.png", max_bytes=999)
