"""``memeclip_core`` offers exactly ``__all__``, described, and loads nothing before its use."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import memeclip_core
from memeclip_core.config import ROOT

FUNCTIONS = [name for name in memeclip_core.__all__ if name[0].islower()]


def names_for_type_checkers() -> set[str]:
    """Return what the package imports under ``TYPE_CHECKING``."""
    tree = ast.parse((ROOT / "memeclip_core" / "__init__.py").read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_type_checkers_see_the_names_that_a_program_finds() -> None:
    assert names_for_type_checkers() == set(memeclip_core.__all__) - {"__version__"}
    assert dir(memeclip_core) == sorted(memeclip_core.__all__)


@pytest.mark.parametrize("name", memeclip_core.__all__)
def test_every_name_is_the_one_of_its_module(name: str) -> None:
    value = getattr(memeclip_core, name)
    if name != "__version__":
        assert value.__name__ == name
        assert value.__module__.startswith("memeclip_core.")
        assert (value.__doc__ or "").strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_names_every_argument_and_what_is_raised(name: str) -> None:
    function = getattr(memeclip_core, name)
    text = inspect.getdoc(function) or ""
    for parameter in inspect.signature(function).parameters:
        assert f"    {parameter}: " in text, parameter
    assert "Raises:\n" in text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_can_be_left_out_is_named_and_not_counted(name: str) -> None:
    parameters = inspect.signature(getattr(memeclip_core, name)).parameters.values()
    placed = [p for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert len(placed) <= 2


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'retrain'"):
        _ = memeclip_core.retrain  # type: ignore[attr-defined]


WATCH = """
import sys, time
before, started = set(sys.modules), time.process_time()
import memeclip_core
seconds = time.process_time() - started
found = {name.partition(".")[0] for name in set(sys.modules) - before}
assert not found & {"torch", "gradio", "transformers", "pandas", "numpy", "PIL"}, found
assert {name for name in sys.modules if name.startswith("memeclip_core")} == {"memeclip_core"}
assert seconds < 0.2, seconds
memeclip_core.Prediction
assert "torch" not in sys.modules
memeclip_core.open_studio
assert "gradio" not in sys.modules
"""


def test_importing_it_loads_nothing_and_takes_no_time(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
