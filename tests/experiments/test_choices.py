from pathlib import Path

from memeclip_core.experiments.choices import DatasetFiles


def test_files_are_named_without_their_folders():
    files = DatasetFiles(paths=(Path("a/train.jsonl"), Path("val.jsonl")))
    assert files.names == ["train.jsonl", "val.jsonl"]
