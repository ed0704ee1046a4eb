import csv

import pytest

from memeclip_core.config import ROOT
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import DatasetError, EncoderMismatchError
from memeclip_core.service.evaluating import evaluate_model
from memeclip_core.stores.task_files import read_task_set
from tests.service.examples import make_starter

PRIDEMM = read_task_set(ROOT / "assets" / "tasks" / "pridemm.yaml")
ROWS = [
    ("a", 0, "NA", 0, 1, "train", "tea"),
    ("b", 1, 2, 2, 0, "val", "oin eat"),
    ("c", 0, "NA", 1, 1, "val", "tea"),
    ("d", 1, 0, 2, 1, "val", ""),
]


@pytest.fixture
def dataset(tmp_path):
    path = tmp_path / "PrideMM.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "hate", "target", "stance", "humour", "split", "text"])
        writer.writerows(ROWS)
    return path


def evaluate(model, dataset, **options):
    return evaluate_model(
        model, task_set=PRIDEMM, encoder=FakeEncoder(), dataset=[dataset], **options
    )


def test_every_row_of_the_split_counts(tmp_path, dataset):
    result = evaluate(make_starter(tmp_path), dataset, split="val")
    assert (result.rows, result.left_out) == (3, 0)
    assert result.metrics["hate"][0].n == 3
    assert result.metrics["target"][0].n == 2


def test_duplicates_of_another_split_can_be_left_out(tmp_path, dataset):
    result = evaluate(make_starter(tmp_path), dataset, split="val", apart_from="train")
    assert (result.rows, result.left_out) == (2, 1)


def test_an_unknown_split_lists_the_known(tmp_path, dataset):
    with pytest.raises(DatasetError, match=r"No row has the split 'test'. Found: train, val"):
        evaluate(make_starter(tmp_path), dataset, split="test")


def test_another_encoder_is_refused(tmp_path, dataset):
    model = make_starter(tmp_path, fingerprint="f" * 64)
    with pytest.raises(EncoderMismatchError):
        evaluate(model, dataset, split="val")
