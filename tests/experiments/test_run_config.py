"""The options of a command as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.errors import InputError, StoreError
from memeclip_core.experiments.run_config import read_run_config, write_run_config

OPTIONS = {"dataset": ["a b.csv"], "seeds": [0, 1], "set": ["lr=1e-3"], "deal_anew": True}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.yaml"
    write_run_config(path, "train", OPTIONS)
    assert read_run_config(path) == OPTIONS
    assert path.read_text("utf-8").startswith("# memeclip train --config run.yaml\n")


def test_names_may_be_written_as_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("deal-anew: true", "utf-8")
    assert read_run_config(tmp_path / "run.yaml") == {"deal_anew": True}


@pytest.mark.parametrize(
    ("content", "why"),
    [("a: [1", "run.yaml, line 1: this is no YAML"), ("- a", "options of a command by name")],
)
def test_what_is_no_file_of_options_is_refused(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "run.yaml").write_text(content, "utf-8")
    with pytest.raises(InputError, match=why):
        read_run_config(tmp_path / "run.yaml")
    with pytest.raises(StoreError):
        read_run_config(tmp_path / "none.yaml")
