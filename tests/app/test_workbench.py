"""Datasets, training and evaluation from Python, on the fake encoder and small data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from memeclip_core.app.library import open_studio, predict
from memeclip_core.app.studio import Studio
from memeclip_core.app.workbench import (
    compare,
    evaluate,
    load_encoder,
    load_model,
    read_dataset,
    train,
)
from memeclip_core.config import ROOT, Settings
from memeclip_core.datasets.reader import read_dataset as read_plain
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import (
    CheckpointError,
    ConfigError,
    DatasetError,
    EncoderError,
    EncoderMismatchError,
    HeadError,
    InputError,
)
from memeclip_core.experiments.choices import DatasetFiles, Deal, OtherSet
from memeclip_core.experiments.train_run import RESULTS, RUN, train_files
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import HeadModel
from memeclip_core.records.job import Progress
from memeclip_core.records.mapping import read_column_map
from memeclip_core.storage.task_files import read_named_task_set
from tests.factories.workbench import (
    OTHER_COLUMNS,
    words,
    write_axiom,
    write_other,
    write_pridemm,
)

TINY: dict[str, object] = {"map_dim": 8, "epochs": 2, "lr": 0.01}


def open_fake(folder: Path, **options: object) -> Studio:
    """Open a studio that reads and encodes nothing real."""
    return open_studio(home=folder / "home", encoder="fake", ocr="none", **options)  # type: ignore[arg-type]


def train_fake(path: Path, **options: object) -> HeadModel:
    options = {"settings": TINY, "head": "text-only", "encoder": "fake"} | options
    return train(read_dataset(path), **options)  # type: ignore[arg-type]


class TestModels:
    def test_a_starter_is_known_by_its_name_and_any_model_by_its_folder(self) -> None:
        named = load_model("axiom-compact")
        assert named.version == "axiom-compact"
        assert load_model(ROOT / "checkpoints" / "axiom-compact").heads.keys() == named.heads.keys()

    def test_an_unknown_one_names_the_starters(self) -> None:
        with pytest.raises(CheckpointError, match=r"'best'.* axiom-compact, pridemm-compact"):
            load_model("best")

    def test_an_unknown_encoder_names_the_known(self) -> None:
        with pytest.raises(EncoderError, match=r"Unknown encoder 'large'. Known: compact"):
            load_encoder("large")


class TestDatasets:
    def test_a_published_format_brings_its_task_set(self, tmp_path: Path) -> None:
        dataset = read_dataset(write_pridemm(tmp_path))
        assert dataset.task_set is not None and dataset.task_set.key == "pridemm"
        assert len(dataset.rows) == 37

    def test_a_table_of_ones_own_takes_columns_and_a_task_set(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.csv"
        path.write_text("words,verdict,fold\ntea,Hate,train\nsoup,no hate,val\nrice,perhaps,val\n")
        columns = {"text": "words", "hate": "verdict", "split": "fold"}
        dataset = read_dataset(path, "pridemm", columns=columns)
        assert [row.labels.get("hate") for row in dataset.rows] == [("1",), ("0",), None]
        (unread,) = dataset.unread
        assert unread.filename == "mine.csv, line 4"

    def test_a_table_without_a_task_set_asks_for_one(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.csv"
        path.write_text("words\ntea\n")
        with pytest.raises(InputError, match="task_set is None, and files of the format 'generic'"):
            read_dataset(path, columns={"text": "words"})

    def test_a_task_set_may_be_handed_over(self, tmp_path: Path) -> None:
        tasks = read_named_task_set("pridemm", ROOT / "assets")
        assert read_dataset([write_pridemm(tmp_path)], tasks).task_set is tasks


class TestTraining:
    def test_a_model_carries_its_figures(self, tmp_path: Path) -> None:
        seen: list[Progress] = []
        model = train_fake(write_pridemm(tmp_path), on_progress=seen.append, seed=3)
        assert model.version == "text-only-seed3"
        assert [metric.n for metric in model.heads["hate"].metrics][:1] == [12]
        assert seen[-1].done == seen[-1].total
        assert [path.name for path in tmp_path.iterdir()] == ["PrideMM.csv"]

    def test_without_validation_rows_it_is_judged_by_folds(self, tmp_path: Path) -> None:
        model = train_fake(write_axiom(tmp_path))
        (head,) = model.heads.values()
        assert (model.task_set, model.data["folds"], head.metrics[0].n) == ("axiom", 5, 30)

    def test_what_is_written_is_what_a_studio_answers_with(self, tmp_path: Path) -> None:
        path, out = write_pridemm(tmp_path), tmp_path / "runs"
        model = train_fake(path, out=out, home=tmp_path / "home")
        assert sorted(item.name for item in out.iterdir()) == [RESULTS, "text-only-seed0"]
        made = (out / "text-only-seed0" / RUN).stat().st_mtime_ns
        train_fake(path, out=out, home=tmp_path / "home")
        assert (out / "text-only-seed0" / RUN).stat().st_mtime_ns == made
        answer = predict(open_fake(tmp_path, checkpoints=out), text="eeee eeee eeee")
        assert answer.model == model.version == load_model(out / "text-only-seed0").version

    def test_figures_are_those_of_the_validation_rows(self, tmp_path: Path) -> None:
        path = write_pridemm(tmp_path)
        model, encoder = train_fake(path), FakeEncoder()
        found = evaluate(model, read_dataset(path), encoder=encoder)
        assert (found.model, found.split, found.rows) == (model.version, "val", 12)
        for task, head in model.heads.items():
            own = {metric.name: metric.value for metric in head.metrics}
            for metric in found.metrics[task]:
                assert np.isclose(metric.value, own[metric.name], equal_nan=True)

    def test_rows_that_stand_in_another_split_can_be_left_out(self, tmp_path: Path) -> None:
        path = write_pridemm(tmp_path)
        lines = path.read_text("utf-8").splitlines()
        copy = lines[1].replace("train", "val").replace("0.png", "99.png")
        path.write_text("\n".join([*lines, copy]) + "\n", "utf-8")
        model = train_fake(path)
        found = evaluate(model, read_dataset(path), apart_from="train", encoder="fake")
        assert (found.rows, found.left_out) == (12, 1)

    def test_another_set_gives_the_figures_that_the_command_gives(self, tmp_path: Path) -> None:
        data = read_dataset(write_pridemm(tmp_path))
        met = f"{'oooo ' * 4}{words(0)},mild"
        columns = read_column_map(OTHER_COLUMNS)
        path = write_other(tmp_path, also=[met])
        files = DatasetFiles(source=(path,), columns=columns)
        bench = Workbench(
            settings=Settings(encoder="fake", tasks=("",)), encoder=FakeEncoder(), keeps=False
        )
        _, results = train_files(
            bench,
            DatasetFiles(source=data),
            Deal(),
            head="text-only",
            overrides=[f"{name}={value}" for name, value in TINY.items()],
            seeds=(0,),
            out=tmp_path / "out",
            replay_bytes=0,
            other=OtherSet(files=files),
        )
        model = train_fake(write_pridemm(tmp_path))
        other = read_dataset(path, "pridemm", columns=columns)
        found = evaluate(model, other, split=None, apart_from=data, encoder="fake")
        assert (found.split, found.rows, found.left_out) == ("all", 12, 1)
        (cell,) = (cell for cell in results.cells if cell.axes["tested on"] == "other.csv")
        same = {metric.name: metric for metric in cell.metrics}
        assert found.metrics["hate"] == tuple(same[one.name] for one in found.metrics["hate"])

    def test_what_cannot_be_trained_is_said(self, tmp_path: Path) -> None:
        path = write_pridemm(tmp_path)
        with pytest.raises(HeadError, match="best"):
            train_fake(path, head="best")
        with pytest.raises(ConfigError, match=r"there is no setting 'epoch'.* epochs"):
            train_fake(path, settings={"epoch": 3})
        with pytest.raises(DatasetError, match="read_dataset"):
            train(read_plain(path), encoder="fake")
        with pytest.raises(EncoderError, match="no captioner is named"):
            train_fake(path, head="caption")

    def test_what_cannot_be_evaluated_is_said(self, tmp_path: Path) -> None:
        path = write_pridemm(tmp_path)
        model, dataset = train_fake(path), read_dataset(path)
        with pytest.raises(DatasetError, match=r"No row has the split 'dev'. Found: test, train"):
            evaluate(model, dataset, split="dev", encoder="fake")
        with pytest.raises(InputError, match=r"answers 'pridemm', and this dataset has .* 'axiom'"):
            evaluate(model, read_dataset(write_axiom(tmp_path)), encoder="fake")
        other = FakeEncoder()
        other.fingerprint = "f" * 64
        with pytest.raises(EncoderMismatchError):
            evaluate(model, dataset, encoder=other)


def test_two_models_are_compared_and_what_they_have_met_is_known_of_folders(
    tmp_path: Path,
) -> None:
    path = write_pridemm(tmp_path)
    model = train_fake(path, out=tmp_path / "runs")
    folder = tmp_path / "runs" / model.version
    dataset = read_dataset(path)
    found = compare((folder, model), dataset, split="train", encoder="fake")
    assert found.facts["met"] == {
        f"first: {model.version}": {"trained": 24, "chosen": 0, "known": True},
        f"second: {model.version}": {"trained": 0, "chosen": 0, "known": False},
    }
    assert found.comparisons[0]["changed"]["n"] == 0
    (tmp_path / "axiom").mkdir()
    other = read_dataset(write_axiom(tmp_path / "axiom"))
    with pytest.raises(InputError, match="answers 'pridemm'"):
        compare((model, model), other, encoder="fake")
