"""Memes by the place of their rows."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from memeclip_core.datasets.shown_rows import SIDE, show_rows
from tests.factories.workbench import write_pridemm


def test_only_what_is_asked_for_is_shown(tmp_path: Path) -> None:
    path = write_pridemm(tmp_path)
    (tmp_path / "images").mkdir()
    Image.new("RGB", (800, 400), (0, 0, 255)).save(tmp_path / "images" / "1.png")
    (tmp_path / "images" / "2.png").write_bytes(b"broken")
    places = ["PrideMM.csv, line 2", "PrideMM.csv, line 3", "PrideMM.csv, line 4", "elsewhere"]
    found = show_rows([path], places, images=tmp_path / "images")
    assert list(found) == places[:3]
    text, image = found["PrideMM.csv, line 3"]
    assert text.startswith("eeee")
    head, _, data = image.partition(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (SIDE, SIDE // 2)
    assert found["PrideMM.csv, line 2"][1] == "", "there is no image"
    assert found["PrideMM.csv, line 4"][1] == "", "the image cannot be read"
