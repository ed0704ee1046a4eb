from __future__ import annotations

import csv
import io

import pytest

from memeclip_core.records.decision import Person
from tests.factories.api import AskedOfProject
from tests.factories.projects import make_project
from tests.factories.waits import until


@pytest.fixture
def asked(tiny_studio, tmp_path):
    return AskedOfProject(make_project(tiny_studio, tmp_path / "pictures", count=2))


def test_an_export_is_started_followed_and_fetched(asked):
    asked.decide(asked.work.ids()[0])
    started = asked.post("exports", format="csv", unlabelled=True)
    assert (started["kind"], started["by"], "arguments" in started) == ("export", "local", False)
    path = f"jobs/{started['id']}"
    until(lambda: asked.get(path)["state"] == "done", "the export did not end")
    assert asked.get("jobs")[0]["id"] == started["id"]
    answer = asked.client.get(f"{path}/file")
    assert answer.headers["content-disposition"].startswith('attachment; filename="colours-')
    assert answer.headers["cache-control"] == "private, no-store"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    code, said = asked.fails(f"{path}/stop", {})
    assert (code, "cannot be stopped any more" in said) == (409, True)


def test_what_an_import_was_asked_for_is_not_told(asked):
    [job] = [job for job in asked.get("jobs") if job["kind"] == "import"]
    assert str(asked.studio.settings.home) not in str(job)
    assert asked.fails(f"jobs/{job['id']}/file") == (409, "This export has no file (yet).")


def test_formats_roles_and_jobs_that_there_are_not(asked):
    assert asked.fails("exports", {"format": "xls"})[0] == 422
    assert asked.fails("jobs/none")[0] == asked.fails("jobs/none/file")[0] == 404
    ann = AskedOfProject(asked.work, Person(name="ann", role="annotator"))
    assert ann.fails("exports", {"format": "csv"})[0] == 403
    assert ann.fails(f"jobs/{asked.get('jobs')[0]['id']}/file")[0] == 403
