"""A reviewer exports a project on the page Projects, and takes the file home."""

from __future__ import annotations

import zipfile

import pytest

from memeclip_core.annotation.exchange.exports import EXPORT_FORMATS
from memeclip_core.ui.pages.projects.exporting import KINDS
from tests.factories.page_records import visit
from tests.factories.project_page import Desk
from tests.factories.projects import make_cats


@pytest.fixture
def cats(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    return Desk(tiny_studio)


def test_every_kind_of_export_is_on_offer():
    assert {value for __, value in KINDS} == set(EXPORT_FORMATS)


def test_an_export_is_made_and_handed_out(cats):
    w = cats.w
    cats.on.exporting.on_export("cats", "imagefolder", ["unlabelled"], visit())
    ended = cats.settle()
    assert "Export done" in ended[w.job]
    (_, (name, job_id)) = ended[w.exports]["choices"]
    assert name.startswith("cats-imagefolder-")
    given = cats.on.exporting.on_download("cats", job_id, visit())[w.download]
    assert given["visible"] is True
    with zipfile.ZipFile(given["value"]) as archive:
        assert len(archive.namelist()) == 3 + 2
    assert str(cats.studio.settings.home) not in given["value"]
    assert cats.on.exporting.on_download("cats", "", visit())[w.download]["visible"] is False
    for bad in ("gone", "../project"):
        assert "There is no job" in cats.on.exporting.on_download("cats", bad, visit())[w.message]
