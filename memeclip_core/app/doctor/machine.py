"""Checks of the machine: Python, packages, text readers."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version

from memeclip_core.app.assets import read_asset
from memeclip_core.app.doctor.findings import Finding, advise, broken, ok
from memeclip_core.config import ROOT, Settings
from memeclip_core.ocr.registry import build_ocr

OLDEST = (3, 11)
TESTED = (3, 14)
_PIN = re.compile(r"([\w.-]+)==([\w.]+)")


def check_python(settings: Settings) -> Finding:
    """Look at the version of Python."""
    at = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST:
        return broken("Python", at, "Install Python 3.11 or newer.")
    if sys.version_info[:2] > TESTED:
        newest = ".".join(map(str, TESTED))
        return advise("Python", f"{at} is newer than any tested", f"Use {newest} if it fails.")
    return ok("Python", at)


def check_packages(settings: Settings) -> Finding:
    """Compare the installed packages with those that are pinned."""
    pins = read_pins()
    missing, other = [], []
    for name, wanted in pins.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            missing.append(f"{name} {wanted}")
            continue
        # A build such as 2.13.0+cpu is of that version.
        if found.partition("+")[0] != wanted:
            other.append(f"{name} {found} instead of {wanted}")
    install = "python -m pip install -r requirements.txt"
    if missing:
        return broken("packages", f"missing: {', '.join(missing)}", f"Run {install}.")
    if other:
        return advise("packages", f"not as tested: {', '.join(other)}", f"Run {install}.")
    return ok("packages", f"all {len(pins)} as pinned")


def read_pins() -> dict[str, str]:
    """Return the versions that this program was tested with, by package."""
    path = ROOT / "requirements.txt"
    lines = read_asset(path).splitlines() if path.is_file() else requires("memeclip-studio") or []
    return {found[1]: found[2] for line in lines if (found := _PIN.match(line))}


def check_ocr(settings: Settings) -> Finding:
    """Look whether the chosen text reader is there."""
    subject = f"text reader {settings.ocr}"
    if settings.ocr == "none":
        return advise(subject, "no text is read from pictures", "Choose --ocr rapidocr.")
    return ok(subject, build_ocr(settings.ocr, languages=settings.ocr_languages).fingerprint)
