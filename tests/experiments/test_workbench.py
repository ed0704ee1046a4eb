"""What experiments take from the settings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memeclip_core import __version__
from memeclip_core.config import Settings
from memeclip_core.datasets.reader import Row
from memeclip_core.encoders.features import Needs
from memeclip_core.errors import (
    ConfigError,
    DatasetError,
    EncoderError,
    InputError,
    UnsupportedError,
)
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.material import read_material
from memeclip_core.experiments.workbench import Workbench, check_files
from tests.factories.services import BareEncoder
from tests.factories.workbench import shipped_tasks, write_axiom, write_pridemm


def bench(**settings: object) -> Workbench:
    return Workbench(settings=Settings(**{"encoder": "fake", **settings}), command="memeclip x")


def test_results_begin_with_how_they_came_about() -> None:
    found = bench().begin("train", split="val")
    assert found.command == "memeclip x"
    assert (found.version, found.facts, found.cells) == (__version__, {"split": "val"}, ())
    assert found.created.microsecond == 0 and found.created.utcoffset() is not None


def test_a_dataset_brings_its_tasks_unless_others_are_named(tmp_path: Path) -> None:
    pridemm = DatasetFiles(source=(write_pridemm(tmp_path),))
    axiom = DatasetFiles(source=(write_axiom(tmp_path),))
    assert bench(tasks=("",)).choose_task_set(pridemm).key == "pridemm"
    assert bench(tasks=("",)).choose_task_set(axiom).key == "axiom"
    assert bench(tasks=("restore",)).choose_task_set(axiom).key == "restore"
    several = bench(tasks=("axiom", "pridemm"))
    with pytest.raises(InputError, match="A dataset belongs to one task set"):
        several.choose_task_set(axiom)
    with pytest.raises(InputError, match="A checkpoint belongs to one task set"):
        several.choose_task_set()


def test_a_task_set_is_one_of_those_named_or_ships(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    shipped = (Settings().assets / "tasks" / "pridemm.yaml").read_text(encoding="utf-8")
    own.write_text(shipped.replace("title: ", "title: Own ", 1), encoding="utf-8")
    assert bench(tasks=(str(own),)).read_task_set("pridemm").title.startswith("Own ")
    assert bench(tasks=(str(own),)).read_task_set("axiom").key == "axiom"
    with pytest.raises(ConfigError, match="no task set 'absent'"):
        bench().read_task_set("absent")


def test_the_cache_lies_in_the_home(tmp_path: Path) -> None:
    cache = bench(home=tmp_path / "home").open_cache()
    cache.of("a").put_texts({"a" * 64: "said"})
    assert list((tmp_path / "home" / "cache" / "features").glob("*.txt/*.rows"))
    none = bench(home=tmp_path / "home", cache_bytes=0).open_cache()
    assert none.of("a").texts(["a" * 64]) == {} != cache.of("a").texts(["a" * 64])


@pytest.mark.parametrize(
    ("device", "cuda", "used"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_the_encoder_runs_where_the_settings_say(monkeypatch, device, cuda, used):
    seen = []
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
    monkeypatch.setattr(
        "memeclip_core.experiments.workbench.build_encoder",
        lambda spec, *, device, variant, threads: seen.append((spec, device, variant, threads)),
    )
    named = {"encoder": "a/b", "feature_variant": "projected"}
    bench(device=device, threads=3, **named).open_encoder()
    assert seen == [("a/b", used, "projected", 3)]


def test_a_cuda_device_that_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ConfigError, match="finds no CUDA device"):
        bench(device="cuda").open_encoder()


def test_the_captioner_is_the_one_that_the_settings_name(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert bench(captioner="fake").open_captioner().write_captions([]) == []
    with pytest.raises(EncoderError, match="no captioner is named"):
        bench().open_captioner()
    with pytest.raises(ConfigError, match="finds no CUDA device"):
        bench(captioner="fake", device="cuda").open_captioner()


def test_material_is_encoded_under_a_bar_on_the_device_of_the_settings(tmp_path: Path) -> None:
    titles, steps = [], []

    @contextmanager
    def bar(title):
        titles.append(title)
        yield steps.append

    own = Workbench(
        settings=Settings(home=tmp_path / "home", encoder="fake", tasks=("",), device="cpu"),
        bar=bar,
    )
    files = DatasetFiles(source=(write_pridemm(tmp_path),))
    material = read_material(own, files, Deal(folds=3))
    assert titles == ["encoding"]
    assert steps
    assert (material.task_set.key, material.device, len(material.parts)) == ("pridemm", "cpu", 3)
    assert own.change(encoder="other").settings.encoder == "other"


def test_rows_are_encoded_with_their_labels() -> None:
    facts = {"image": None, "split": "val", "line": 1}
    rows = [
        Row(name=f"{i}", text="words", labels={"labels": own}, **facts)
        for i, own in enumerate([("Doubt",), (), ("Doubt", "Smears")])
    ]
    own = replace(bench(), keeps=False).load()
    found = own.encode(shipped_tasks("propaganda"), rows, lambda progress: None)
    assert found.labels["techniques"].sum(axis=1).tolist() == [1, 0, 2]
    assert found.labels["techniques"].dtype == np.int64
    assert found.features.has_text.tolist() == [True] * 3


def test_what_an_encoder_cannot_give_is_said_when_it_is_loaded() -> None:
    with pytest.raises(UnsupportedError, match="no sequences of patches and words"):
        replace(bench(), encoder=BareEncoder()).load(Needs(tokens=True))
    with pytest.raises(EncoderError, match="no captioner is named"):
        bench().load(Needs(captions=True))


def test_labels_are_checked_against_the_tasks_of_the_format_or_those_named(tmp_path: Path):
    files = DatasetFiles(source=(write_pridemm(tmp_path),))
    report = check_files(files, assets=Settings().assets)
    assert (report.format, report.tasks, report.usable) == ("pridemm", "pridemm", True)
    other = check_files(files, assets=Settings().assets, tasks="axiom")
    assert other.tasks == "axiom"
    assert {item.task for item in other.classes}.isdisjoint({item.task for item in report.classes})


def test_columns_make_a_file_of_ones_own_readable(tmp_path: Path):
    path = tmp_path / "own.csv"
    path.write_text("what,label\nharmless,0\nwords,1\n", encoding="utf-8")
    with pytest.raises(DatasetError):
        check_files(DatasetFiles(source=(path,)), assets=Settings().assets)
    files = DatasetFiles(source=(path,), columns={"text": "what", "hate": "label"})
    report = check_files(files, assets=Settings().assets, format=None, tasks="pridemm")
    assert report.rows == 2
