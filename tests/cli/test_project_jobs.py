"""Imports, exports and new label sets on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.datasets.reader import read_dataset
from tests.cli.conftest import Run
from tests.factories.dataset_files import PRIDEMM, write
from tests.factories.projects import write_pictures

TASKS = Path("assets/tasks/pridemm.yaml")


@pytest.fixture
def cats(run: Run, tmp_path) -> None:
    assert run("projects", "create", "cats").code == 0


@pytest.mark.usefixtures("cats")
def test_an_import_counts_and_names_what_is_wrong(run: Run, tmp_path) -> None:
    folder = write_pictures(tmp_path / "in", 3)
    write(folder / "broken.png", b"x")
    left = run("projects", "import", "cats", folder)
    assert left.code == 0 and left.out == ""
    assert "import done; listed: 4, added: 3, images: 3, failed: 1" in left.err
    assert "broken.png: The file is" in left.err
    assert "known: 3" in run("projects", "import", "cats", folder).err
    assert run("projects", "list").out.splitlines()[1].split()[-5:] == [
        "3",
        "0",
        "0",
        "0",
        "pridemm-fake",
    ]


@pytest.mark.usefixtures("cats")
def test_an_import_that_comes_to_nothing_ends_in_1(run: Run, tmp_path) -> None:
    left = run("projects", "import", "cats", tmp_path / "gone")
    assert left.code == 1 and "no file or folder" in left.err
    assert run("projects", "import", "dogs", tmp_path).code == 2


@pytest.mark.usefixtures("cats")
def test_columns_of_one_s_own_come_in_as_truth(run: Run, tmp_path) -> None:
    path = write(tmp_path / "own.csv", "words,verdict\r\nsome text,1\r\n")
    left = run("projects", "import", "cats", path, "--columns", "text=words hate=verdict", "--gold")
    assert left.code == 0 and "added: 1, texts: 1" in left.err


@pytest.mark.usefixtures("cats")
def test_an_export_prints_its_file(run: Run, tmp_path) -> None:
    text = PRIDEMM + "a.png,1,2,0,1,train,a harmless text\r\n"
    run("projects", "import", "cats", write(tmp_path / "data.csv", text))
    left = run("projects", "export", "cats", "--out", tmp_path / "out")
    assert left.code == 0 and "export done" in left.err and "harmless" not in left.err
    path = Path(left.out.strip())
    assert path.parent == tmp_path / "out" and path.read_text().count("\n") == 1
    left = run("projects", "export", "cats", "--unlabelled", "--out", tmp_path / "out")
    (row,) = read_dataset(Path(left.out.strip())).rows
    assert row.text == "a harmless text" and row.labels == {}
    assert run("projects", "export", "cats", "--format", "xml").code == 2


@pytest.mark.usefixtures("cats")
def test_a_new_label_set_is_shown_before_it_is_done(run: Run, tmp_path) -> None:
    from memeclip_core.config import ROOT

    text = (ROOT / TASKS).read_text(encoding="utf-8")
    assert "- name: Oppose" in text
    path = write(tmp_path / "new.yaml", text.replace("- name: Oppose", "- name: Against"))
    arguments = ("projects", "migrate", "cats", "--labels", path)
    left = run(*arguments)
    assert left.code == 0 and "Gone: Stance: Oppose" in left.out and "--apply" in left.err
    arguments = (*arguments, "--map", "stance: Oppose -> Against")
    left = run(*arguments)
    assert "Gone" not in left.out and "0 decisions" in left.out
    assert "v1" in run("projects", "list").out
    assert "version 2 now" in run(*arguments, "--apply").err
    assert "v2" in run("projects", "list").out
    left = run("projects", "migrate", "cats", "--labels", path, "--map", "nonsense")
    assert left.code == 2 and "cannot be read" in left.err
