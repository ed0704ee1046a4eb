"""Locks, licences, the list of parts, and that nothing that is loaded can run."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from scripts.lock import LOCKS, NOTE, split
from scripts.supply import build_sbom, find_licence, is_allowed, judge, list_licences, read_lock
from tests.docs.pages import ROOT

PINS = dict(
    line.split()[0].split("==")
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
LOCKED = {name: version for name, version, _ in read_lock("requirements.lock")}
CUDA = {name: version for name, version, _ in read_lock("requirements-cuda.lock")}


def test_what_is_pinned_is_locked_in_the_same_version() -> None:
    """Renew the locks with scripts/lock.py where this fails."""
    assert {name: LOCKED.get(name.lower()) for name in PINS} == PINS


def test_what_is_needed_for_cuda_alone_stands_apart() -> None:
    assert not set(LOCKED) & set(CUDA)
    assert len(LOCKED) > len(PINS) and CUDA
    assert all(re.match("nvidia|cuda|triton", name) for name in CUDA)
    assert "torch" in LOCKED


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_hashes_and_no_host_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|://|index-url|find-links|trusted-host|^--", text, re.MULTILINE)
    assert all(hashes for _, _, hashes in read_lock(name))
    lines = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(lines) == sum(1 for _ in read_lock(name)) and all("==" in line for line in lines)


def test_a_resolution_is_parted_into_two_files_that_hold_it_whole() -> None:
    whole = "a==1 \\\n    --hash=sha256:0\nnvidia-x==2 ; m \\\n    --hash=sha256:1\ncudab==3\n"
    rest, cuda = split(whole)
    notes = NOTE.splitlines()
    assert rest.splitlines() == [*notes, "a==1 \\", "    --hash=sha256:0", "cudab==3"]
    assert cuda.splitlines() == [*notes, "nvidia-x==2 ; m \\", "    --hash=sha256:1"]
    for name in LOCKS:
        assert (ROOT / name).read_text(encoding="utf-8").startswith(NOTE)


def test_no_package_asks_of_the_app_what_its_licence_does_not() -> None:
    found = list_licences()
    assert len(found) > len(PINS)
    assert {name: said for name, said in found.items() if not is_allowed(said)} == {}
    assert is_allowed("MPL-2.0 AND (Apache-2.0 OR MIT)") and not is_allowed("MIT AND GPL-3.0-only")
    assert not any(map(is_allowed, ("GNU AGPLv3 (AGPL)", "Own Licence", "not said", "UNKNOWN")))
    assert find_licence("there-is-no-such-package") == ""


def test_the_list_of_parts_names_each_with_its_hashes_and_is_always_the_same() -> None:
    found = build_sbom()
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    names = {one["name"]: one for one in found["components"]}
    assert set(names) == {*LOCKED, *CUDA}
    torch = names["torch"]
    assert torch["purl"] == f"pkg:pypi/torch@{PINS['torch']}" == torch["bom-ref"]
    assert all(len(one["content"]) == 64 for one in torch["hashes"])
    references = [one["bom-ref"] for one in found["components"]]
    assert len(set(references)) == len(references)
    assert json.dumps(found) == json.dumps(build_sbom())


def test_an_audit_fails_on_a_known_fault_and_says_where_it_could_not_ask() -> None:
    good = {"name": "a", "version": "1", "vulns": []}
    bad = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
    skipped = {"name": "c", "skip_reason": "not found"}
    assert judge({"dependencies": [good, skipped]}) == (
        0,
        "1 packages, none with a known vulnerability.",
    )
    assert judge({"dependencies": [good, bad]}) == (1, "b 2: CVE-1, mended in 3")
    code, said = judge({"dependencies": [skipped]})
    assert (code, said.startswith("Not audited")) == (0, True)


def test_nothing_that_ships_is_a_pickle() -> None:
    # The ONNX files are graphs alone: weights would make them large.
    known = {".json", ".md", ".onnx", ".safetensors"}
    for folder in ("checkpoints", "assets/encoders"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert {path.suffix for path in files} <= known
        assert all(p.stat().st_size < 100_000 for p in files if p.suffix == ".onnx")
    for path in (ROOT / "checkpoints").rglob("*.safetensors"):
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            assert isinstance(json.loads(file.read(length)), dict)


RUNS = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}


def calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_nothing_that_is_loaded_can_run() -> None:
    """``torch.load`` reads weights alone, numpy no objects, and nobody asks pickle."""
    for path in (ROOT / "memeclip_core").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        # The error that torch raises for whatever is more than weights is a name of pickle's.
        asked = source.replace("from pickle import UnpicklingError\n", "")
        assert not re.search(rf"^\s*(import|from) ({'|'.join(RUNS)})\b", asked, re.MULTILINE), path
        assert not re.search(r"allow_pickle=True|yaml\.(unsafe_)?load\(|weights_only=False", source)
        for call in calls(path):
            if ast.unparse(call.func) == "torch.load":
                given = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert given.get("weights_only") == "True", path
