"""Task files and datasets of any bytes: what they hold, or one sentence of the right error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st

from memeclip_core.datasets.reader import Dataset, read_dataset
from memeclip_core.errors import DatasetError, TaskFileError
from memeclip_core.storage.task_files import read_task_set
from memeclip_core.tasks import TaskSet
from tests.fuzz.exploring import explore, mutated

ROOT = Path(__file__).resolve().parents[2]
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
]
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


def test_lists_of_any_structure(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    explore(request, STRUCTURES, lambda value: check_dataset(path, json.dumps(value).encode()))
