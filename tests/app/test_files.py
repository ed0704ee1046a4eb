from dataclasses import replace

import pytest

from memeclip_core.app.files import (
    describe_contents,
    export_labels,
    migrate_project,
    read_guidelines,
)
from memeclip_core.config import Settings
from memeclip_core.errors import InputError
from memeclip_core.records.project import ProjectContents
from tests.factories.services import make_studio

TASKS = Settings().assets / "tasks"


@pytest.fixture
def studio(tmp_path):
    return make_studio(tmp_path)


def test_labels_are_returned_and_written_where_a_file_is_named(studio, tmp_path):
    out = tmp_path / "labels.csv"
    data = export_labels(studio, out)
    assert out.read_bytes() == data == export_labels(studio)
    header = data.decode("utf-8-sig").splitlines()[0].split(",")
    assert {"name", "hate", "status"} <= set(header)
    single = export_labels(studio, decisions=True).decode("utf-8-sig").splitlines()[0].split(",")
    assert "annotator" in single


def test_a_csv_file_is_of_one_task_set(tmp_path):
    studio = make_studio(tmp_path, tasks=("pridemm", "propaganda"))
    with pytest.raises(InputError, match="names 2 task sets"):
        export_labels(studio, tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()


@pytest.fixture
def project(studio):
    tasks = studio.task_sets[0]
    return studio.projects.create(studio.owner(), key="mine", title="Mine", task_set=tasks)


def test_guidelines_are_those_of_a_file(studio, project, tmp_path):
    file = tmp_path / "rules.md"
    file.write_text("# Rules\n", encoding="utf-8")
    read_guidelines(studio, project.key, file)
    assert studio.projects.project(studio.owner(), "mine").guidelines == "# Rules\n"


def test_a_label_set_is_shown_before_it_is_given(studio, project, tmp_path):
    file = tmp_path / "new.yaml"
    text = (TASKS / "pridemm.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("title: ", "title: New ", 1), encoding="utf-8")

    def version():
        return studio.projects.project(studio.owner(), "mine").version

    assert migrate_project(studio, "mine", file, {}, apply=False).project.version == 2
    assert version() == 1
    assert migrate_project(studio, "mine", file, {}, apply=True).project.version == 2
    assert version() == 2


def test_numbers_and_what_stays_are_said():
    found = ProjectContents(memes=1200, pictures=3, decisions=40, people=2, comments=0)
    said = describe_contents(found)
    for words in ("Memes: 1,200", "needs: 3", "decisions: 40, by 2 people", "backups"):
        assert words in said
    assert "next start" not in said and "kept aside" not in said
    rest = describe_contents(replace(found, left=True, asides=("corrections-replaced-1.csv",)))
    assert "next start" in rest and "corrections-replaced-1.csv may hold" in rest
