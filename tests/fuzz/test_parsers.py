"""Task files and datasets of any bytes: what they hold, or one sentence of the right error."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import yaml
from hypothesis import strategies as st

from memeclip_core.datasets.prediction_files import read_prediction_files
from memeclip_core.datasets.reader import Dataset, read_dataset
from memeclip_core.errors import DatasetError, InputError, TaskFileError
from memeclip_core.storage.task_files import read_task_set
from memeclip_core.tasks import TaskSet
from tests.fuzz.exploring import explore, mutated

ROOT = Path(__file__).resolve().parents[2]
PRIDEMM = read_task_set(ROOT / "assets" / "tasks" / "pridemm.yaml")
TASKS = [path.read_bytes() for path in sorted((ROOT / "assets" / "tasks").glob("*.yaml"))]
CSV = [
    b"name,hate,target,stance,humour,split,text\na.png,1,0,2,1,train,one\nb.png,0,,0,0,val,two\n",
    b'image;text;label\n"a.png";"a ""quoted"" one";yes\nb.png;two;no\n',
    "img\ttext\tlabels\tid\na.png\tünd 💥\t['a', 'b']\t1\n".encode(),
    "text,label\nein Wort,ja\n".encode("utf-16"),
]
JSON = [
    b'[{"id": 1, "image": "a.png", "text": "one", "labels": ["Smears"]}, {"id": 2}]',
    b'{"id": "1", "image": "a.png", "labels": ["very harmful", "individual"], "text": "x"}\n{}\n',
    b'{"data": [{"text": "x", "label": 1}], "columns": ["text", "label"]}',
    b'{"text": {"0": "x", "1": "y"}, "label": {"0": 1, "1": null}}',
    b'[{"id": 1, "data": {"image": "/a/b.png?x", "text": "t"}, "annotations": [{"result": '
    b'[{"type": "choices", "from_name": "hate", "value": {"choices": ["yes"]}}]}]}]',
]
PREDICTIONS = [
    b"row,name,id,split,model,seed,fold,hate,hate.probability,stance.1.probability\n"
    b'"a.csv, line 2",a.png,1,test,one,0,,1,0.75,\n"a.csv, line 3",b.png,2,test,one,0,,0,0.5,1\n',
    b'[{"id": 1, "model": "m", "seed": 3, "hate": "1"}, {"id": 2, "hate": ["0"], "humour": null}]',
]
FRAME = pandas.DataFrame(
    {
        "image": ["a.png", "b.png", None], "text": ["one", "two", "\u00fc"], "label": [1, 0, 1],
        "kinds": [["a", "b"], [], None], "when": pandas.to_datetime(["2020-01-01"] * 3),
        "picture": [{"bytes": b"\x89PNG", "path": "a.png"}] * 3, "odd": [0.5, None, 1e300],
    }
)  # fmt: skip
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["Smears", "hate", "train", "test", "a.png", "", "[", "['a'", "nan", "1.0"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["id", "image", "img", "text", "labels", "label", "hate", "name", "split", "data", "columns",
     "key", "title", "tasks", "kind", "aliases", "applies_when", "template", "rows", "prompt", ""]
)  # fmt: skip
STRUCTURES: st.SearchStrategy[Any] = st.recursive(
    CELLS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=25,
)


def save_parquet(compression: str | None) -> bytes:
    sink = io.BytesIO()
    FRAME.to_parquet(sink, engine="pyarrow", compression=compression)
    return sink.getvalue()


def save_excel() -> dict[str, bytes]:
    """Return the parts of an Excel file by their names."""
    sink = io.BytesIO()
    FRAME.drop(columns=["picture", "kinds"]).to_excel(sink, index=False, engine="openpyxl")
    with zipfile.ZipFile(sink) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def check_tasks(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        found = read_task_set(path)
    except TaskFileError as error:
        assert str(error)
    else:
        assert isinstance(found, TaskSet) and found.tasks


def check_dataset(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        found = read_dataset(path)
    except DatasetError as error:
        assert str(error)
    else:
        assert isinstance(found, Dataset)


def check_predictions(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    names = {"row": ["a.csv, line 2"], "id": ["1", "2"], "name": ["a.png", "b.png"]}
    try:
        found = read_prediction_files(path)
    except DatasetError as error:
        assert str(error)
        return
    for system in found:
        with suppress(InputError):
            system.find(names, of="dataset")
        silent = np.zeros(len(system.records), bool)
        for task in PRIDEMM:
            with suppress(InputError):
                any(system.says(task, record) for record in system.records)
                answers, _ = system.answer_task(task, system.records, silent)
                assert answers.shape == (len(system.records), len(task.names))
                assert ((answers >= 0) & (answers <= 1)).all()


def test_task_files(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = tmp_path / "tasks.yaml"
    explore(request, mutated(TASKS), lambda data: check_tasks(path, data))


def test_task_files_of_any_structure(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = tmp_path / "tasks.yaml"

    def check(value: Any) -> None:
        check_tasks(path, yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "replace"))

    explore(request, STRUCTURES, check)


@pytest.mark.parametrize(
    ("name", "originals"), [("a.csv", CSV), ("a.tsv", CSV), ("a.json", JSON), ("a.jsonl", JSON)]
)
def test_lists(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, originals: list[bytes]
) -> None:
    explore(request, mutated(originals), lambda data: check_dataset(tmp_path / name, data))


@pytest.mark.parametrize("compression", [None, "snappy"])
def test_parquet(request: pytest.FixtureRequest, tmp_path: Path, compression: str | None) -> None:
    path = tmp_path / "a.parquet"
    explore(request, mutated([save_parquet(compression)]), lambda data: check_dataset(path, data))


def test_excel(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path, parts = tmp_path / "a.xlsx", save_excel()
    changed = st.sampled_from(sorted(parts)).flatmap(
        lambda name: st.tuples(st.just(name), mutated([parts[name]]))
    )

    def check(change: tuple[str, bytes]) -> None:
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            for name, held in (parts | {change[0]: change[1]}).items():
                archive.writestr(name, held)
        check_dataset(path, sink.getvalue())

    explore(request, changed, check)


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_predictions_of_others(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    explore(request, mutated(PREDICTIONS), lambda data: check_predictions(path, data))


def test_lists_of_any_structure(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    explore(request, STRUCTURES, lambda value: check_dataset(path, json.dumps(value).encode()))
