"""What every test gets: a home of its own, fixed seeds, and no way to the network.

And a sentence at the end of what was left out.
"""

from __future__ import annotations

import os
import random
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from memeclip_core.config import Settings
from tests.factories.databases import Server, find_postgres, run_postgres

if TYPE_CHECKING:
    from memeclip_core.app.studio import Studio
    from memeclip_core.database.engine import Database
    from memeclip_core.storage.home import Home

ROOT = Path(__file__).resolve().parent.parent

ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONPATH": str(ROOT),
}
os.environ.update(ENVIRONMENT)
# Libraries read these once, when they are first imported, which may be before a test starts. The
# tests' matrices are tiny: a second thread would only be waited for, for long on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
FOREIGN = (
    "SPACE_ID",
    "PORT",
    "HOST",
    "GRADIO_SERVER_NAME",
    "GRADIO_SERVER_PORT",
    "GRADIO_TEMP_DIR",
    "FORWARDED_ALLOW_IPS",
)


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a home and a working folder of its own, and only settings of our making."""
    for name in (*FOREIGN, *(key for key in os.environ if key.startswith("MEMECLIP_"))):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MEMECLIP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Start every test from the same random state; torch's too, where a test uses it."""
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords a hundred times faster; the true cost is held in ``access/test_passwords``."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr("memeclip_core.access.passwords.HASHER", cheap)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server | None]:
    """A PostgreSQL server of this process's own, or ``None`` where there is none to be had."""
    programs = find_postgres()
    if programs is None:
        yield None
        return
    with run_postgres(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, of each kind in turn."""
    from memeclip_core.database.engine import Database

    with ExitStack() as stack:
        if request.param == "sqlite":
            found = Database.of_home(tmp_path)
        else:
            server = request.getfixturevalue("postgres")
            if server is None:
                pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
            found = Database(stack.enter_context(server.database()))
        yield found
        found.close()


@pytest.fixture(autouse=True, scope="session")
def offline() -> Iterator[None]:
    """Refuse connections to other machines, so that no test can come to need one."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_near(address[0]):
            raise OSError(f"a test tried to reach {address[0]}; tests use no network")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


def _is_near(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home of the test's own that is ready to be written to."""
    from memeclip_core.storage.home import Home

    return Home(tmp_path / "home").create()


@pytest.fixture(scope="session")
def tiny_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a tiny starter for each task set; nothing writes to it."""
    from tests.factories.studios import write_starters

    return write_starters(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture
def tiny_settings(tmp_path: Path, tiny_checkpoints: Path) -> Settings:
    """Return settings with a home of the test's own and the tiny starters."""
    return Settings(home=tmp_path / "home", encoder="fake", checkpoints=tiny_checkpoints, threads=1)


@pytest.fixture
def tiny_studio(tiny_settings: Settings) -> Studio:
    """Return a whole studio around the fake encoder and the fake text reader."""
    from tests.factories.studios import build_tiny_studio

    return build_tiny_studio(tiny_settings)


LEFT_OUT = pytest.StashKey[Counter[str]]()
MARKS = ("ui", "kill", "scale", "slow")
"""What ``scripts/test`` leaves out; a test of several is counted under the first."""

AGAIN = ("ui", "kill", "scale")
"""Tests that wait for other programs, which a busy machine can starve: run up to twice more if they
fail, and named in the summary then (R), since what needs it may be a fault that shows seldom."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="for how long each test of tests/fuzz goes on with new values",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = Counter()


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if any(item.get_closest_marker(mark) for mark in AGAIN):
            item.add_marker(pytest.mark.flaky(reruns=2))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        marks = [mark for mark in MARKS if item.get_closest_marker(mark)]
        item.config.stash[LEFT_OUT].update(marks[:1])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist counted; each of them counts all tests."""
    node.config.stash[LEFT_OUT] = Counter(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(session.config.stash[LEFT_OUT])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reasons = dict(line.split(": ", 1) for line in config.getini("markers") if ": " in line)
    found = config.stash[LEFT_OUT] if config.option.markexpr else Counter()
    parts = [f"{found[mark]} marked {mark} ({reasons[mark]})" for mark in MARKS if found[mark]]
    if parts:
        said = ", ".join(parts)
        terminalreporter.line(f"Tests left out: {said}. To run them too: scripts/test --all")
