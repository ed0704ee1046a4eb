"""What the server does while it is killed: imports of new pictures, in whatever order is given."""

from __future__ import annotations

from benchmarks.made_up import KEY
from benchmarks.victim import ACTS, ADMIN, PICTURES, draw_source
from tests.factories.studios import build_tiny_studio


def test_each_source_has_pictures_of_its_own(tmp_path):
    first, second = (draw_source(tmp_path, number) for number in (0, 1))
    pictures = [path.read_bytes() for folder in (first, second) for path in folder.glob("*.png")]
    assert len(pictures) == len(set(pictures)) == 2 * PICTURES


def test_every_work_can_be_done(tiny_settings, tmp_path):
    studio = build_tiny_studio(tiny_settings)
    studio.projects.create(ADMIN, key=KEY, title="Made up", task_set="pridemm")
    ACTS["import"](studio, tmp_path)
    ACTS["export"](studio, tmp_path)
    export, *_, first = studio.projects.jobs(ADMIN, KEY)
    assert (first.kind, first.state, first.counts["added"]) == ("import", "done", PICTURES)
    assert (export.kind, export.state) == ("export", "done")
    ACTS["retrain"](studio, tmp_path)
    (job,) = studio.jobs("pridemm")
    assert job.state == "refused"  # nothing was decided
