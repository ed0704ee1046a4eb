"""Whatever a file holds, a fault of it is one that the readers expect."""

import pytest
import yaml

from memeclip_core.access.users import read_users
from memeclip_core.errors import CheckpointError, StoreError, TaskFileError
from memeclip_core.experiments.results import read_results
from memeclip_core.models.checkpoints import read_manifest
from memeclip_core.models.versions import ModelStore
from memeclip_core.storage.documents import compose_yaml, load_json, load_yaml
from memeclip_core.storage.task_files import read_task_set

BRACKETS = "[" * 100_000
BRACES = '{"a":' * 100_000


@pytest.mark.parametrize(
    "text", [BRACKETS, BRACES, "[" * 50_000 + "]" * 50_000, "nope", "9" * 5000]
)
def test_json_that_cannot_be_read_is_a_value_error(text):
    with pytest.raises(ValueError):
        load_json(text)
    with pytest.raises(ValueError):
        load_json(text.encode())
    assert load_json('{"a": [1]}') == {"a": [1]}


@pytest.mark.parametrize("text", [BRACKETS, "{a: " * 50_000, "a: 2001-13-45", "a: !!int x", "[a"])
def test_yaml_that_cannot_be_read_is_a_yaml_error(text):
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)
    assert load_yaml("a: [1]") == {"a": [1]}


def test_yaml_nodes_that_nest_too_deep_are_a_yaml_error():
    with pytest.raises(yaml.YAMLError, match="nests deeper"):
        compose_yaml(BRACKETS)


@pytest.mark.parametrize("text", [BRACKETS, BRACES, "? [a, b]\n: c\n"])
def test_every_kind_of_file_is_named_in_one_sentence(tmp_path, home, text):
    path = tmp_path / "given.yaml"
    path.write_text(text)
    with pytest.raises(TaskFileError, match=r"given\.yaml"):
        read_task_set(path)
    with pytest.raises(StoreError, match=r"given\.yaml"):
        read_users(path)
    with pytest.raises(StoreError, match=r"given\.yaml is no results file"):
        read_results(path)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(CheckpointError, match="damaged"):
        read_manifest(tmp_path)
    home.active.write_text(text)
    with pytest.raises(StoreError, match="damaged"):
        ModelStore(home, tmp_path).active("pridemm")
