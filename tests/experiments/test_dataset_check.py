from pathlib import Path

import pytest

from memeclip_core.config import Settings
from memeclip_core.errors import DatasetError
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.dataset_check import check_files
from tests.factories.workbench import write_pridemm

ASSETS = Settings().assets


def test_labels_are_checked_against_the_tasks_of_the_format_or_those_named(tmp_path: Path):
    files = DatasetFiles(source=(write_pridemm(tmp_path),))
    report = check_files(files, assets=ASSETS)
    assert (report.format, report.tasks, report.usable) == ("pridemm", "pridemm", True)
    other = check_files(files, assets=ASSETS, tasks="axiom")
    assert other.tasks == "axiom"
    assert {item.task for item in other.classes}.isdisjoint({item.task for item in report.classes})


def test_columns_make_a_file_of_ones_own_readable(tmp_path: Path):
    path = tmp_path / "own.csv"
    path.write_text("what,label\nharmless,0\nwords,1\n", encoding="utf-8")
    with pytest.raises(DatasetError):
        check_files(DatasetFiles(source=(path,)), assets=ASSETS)
    files = DatasetFiles(source=(path,), columns={"text": "what", "hate": "label"})
    report = check_files(files, assets=ASSETS, format=None, tasks="pridemm")
    assert report.rows == 2
