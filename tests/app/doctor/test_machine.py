"""Python, packages and text readers as they may be."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from memeclip_core.app.doctor import machine
from memeclip_core.config import ROOT, Settings


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), "broken"), ((3, 12, 1), "ok"), ((3, 15, 0), "advice")]
)
def test_too_old_a_python_is_broken_and_too_new_a_one_is_told(version, state, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    found = machine.check_python(Settings())
    assert (found.state, found.said.split()[0]) == (state, ".".join(map(str, version)))


def test_every_pin_is_read():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = dict(re.split("==| ", line)[:2] for line in lines if "==" in line)
    assert machine.read_pins() == wanted


def test_what_is_missing_or_another_version_is_named(monkeypatch):
    pins = machine.read_pins()

    def version(name):
        if name == "torch":
            return pins[name] + "+cpu"
        if name in missing:
            raise PackageNotFoundError(name)
        return "0" if name == "pillow" else pins[name]

    monkeypatch.setattr(machine, "version", version)
    missing = set()
    found = machine.check_packages(Settings())
    said = f"not as tested: pillow 0 instead of {pins['pillow']}"
    assert (found.state, found.said) == ("advice", said)
    assert found.advice == "Run python -m pip install -r requirements.txt."
    missing = {"filelock"}
    found = machine.check_packages(Settings())
    assert (found.state, found.said) == ("broken", f"missing: filelock {pins['filelock']}")


def test_a_text_reader_is_asked_for_what_it_is():
    assert machine.check_ocr(Settings()).said.startswith("rapidocr ")
    assert machine.check_ocr(Settings(ocr="none")).state == "advice"
