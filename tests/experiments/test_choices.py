from pathlib import Path

from memeclip_core.datasets.label_mapping import settle_labels
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.experiments.choices import DatasetFiles
from tests.factories.workbench import shipped_tasks, write_pridemm


def test_files_are_named_without_their_folders():
    files = DatasetFiles(source=(Path("a/train.jsonl"), Path("val.jsonl")))
    assert files.names == ["train.jsonl", "val.jsonl"]


def test_a_dataset_that_was_read_knows_its_files_and_may_know_its_labels(tmp_path):
    dataset = read_dataset(write_pridemm(tmp_path))
    files = DatasetFiles(source=dataset)
    assert (files.names, files.task_set) == (["PrideMM.csv"], None)
    tasks = shipped_tasks("pridemm")
    assert DatasetFiles(source=settle_labels(tasks, dataset)).task_set == tasks
