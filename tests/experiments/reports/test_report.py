"""A page and its Markdown, and memes by the place of their rows."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.reports.report import SIDE, show_rows, write_report
from memeclip_core.experiments.results import write_results
from tests.factories.results import EVERY
from tests.factories.workbench import fresh_results, write_pridemm


def test_only_what_is_asked_for_is_shown(tmp_path: Path) -> None:
    path = write_pridemm(tmp_path)
    (tmp_path / "images").mkdir()
    Image.new("RGB", (800, 400), (0, 0, 255)).save(tmp_path / "images" / "1.png")
    (tmp_path / "images" / "2.png").write_bytes(b"broken")
    places = ["PrideMM.csv, line 2", "PrideMM.csv, line 3", "PrideMM.csv, line 4", "elsewhere"]
    found = show_rows(DatasetFiles(source=(path,), images=tmp_path / "images"), places)
    assert list(found) == places[:3]
    shown = found["PrideMM.csv, line 3"]
    assert shown.text.startswith("eeee")
    head, _, data = shown.image.partition(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (SIDE, SIDE // 2)
    assert found["PrideMM.csv, line 2"].image == "", "there is no image"
    assert found["PrideMM.csv, line 4"].image == "", "the image cannot be read"


def test_the_markdown_lies_beside_the_page(tmp_path: Path) -> None:
    write_results(tmp_path / "run.json", fresh_results(split="val"))
    out = tmp_path / "new" / "page.html"
    assert write_report([tmp_path / "run.json"], out) == tmp_path / "new" / "page.md"
    assert "memeclip train" in out.read_text(encoding="utf-8")
    assert "memeclip train" in out.with_suffix(".md").read_text(encoding="utf-8")


def test_tables_are_written_beside_where_they_are_asked_for(tmp_path: Path) -> None:
    write_results(tmp_path / "run.json", EVERY["evaluation"])
    write_report([tmp_path / "run.json"], tmp_path / "page.html", tables=tmp_path / "tables")
    names = sorted(path.name for path in (tmp_path / "tables").iterdir())
    assert names[:2] == ["01-hate.csv", "01-hate.tex"]
    assert (tmp_path / "tables" / "01-hate.csv").read_text("utf-8").startswith("model,n,seeds,")
