"""The Dockerfile's lines carried out in a clean root, and its command run there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.image import Image, build_base, read_steps
from tests.docs.pages import ROOT
from tests.factories.studios import draw_png

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
PATIENCE = 180.0
ASK = """
import httpx, time
page = httpx.Client(base_url="http://127.0.0.1:7860", timeout=120)
image = {"image": ("a.png", open("/data/a.png", "rb").read())}
while not page.get("/healthz").json()["ready"]:
    time.sleep(0.5)
print(page.post("/api/v1/predict", data={"text": "One quick call"}, files=image).text)
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Return the image, built once."""
    root = tmp_path_factory.mktemp("image") / "root"
    build_base(root)
    found = Image(root)
    found.build(read_steps()[1:])
    return found


@dataclass
class Container:
    """The image's command at its work.

    Attributes:
        image: what it was started from.
        process: what started it.
        first: its first process, as the machine numbers it.
    """

    image: Image
    process: subprocess.Popen[bytes]
    first: int

    def ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another program inside."""
        enter = ["nsenter", "--target", str(self.first), "--mount", "--net", "--pid", "chroot"]
        who = [f"--userspec={self.image.user}", str(self.image.root), "/usr/bin/env", "-i"]
        given = [f"{name}={value}" for name, value in self.image.variables.items()]
        command = [*enter, *who, *given, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def running(image: Image, volume: Path, log: Path) -> Iterator[Container]:
    """Run the image's command until the end; it is killed if it lives then."""
    command = image.command(*json.loads(image.words["ENTRYPOINT"]), volume=volume)
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            yield Container(image, process, find_child(process.pid))
        finally:
            process.kill()


def find_child(parent: int) -> int:
    """Return the first process of those that a program has parted from others."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    end = time.monotonic() + PATIENCE
    while not (found := path.read_text().split()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return int(found[0])


def test_the_container_answers_predicts_and_ends_as_an_ordinary_user_on_a_read_only_root(
    image: Image, tmp_path: Path
) -> None:
    volume, log = tmp_path / "volume", tmp_path / "log"
    volume.mkdir()
    kept = image.root / image.words["VOLUME"].lstrip("/")
    owner = kept.stat()
    assert owner.st_uid == 1000
    (volume / "a.png").write_bytes(draw_png())
    for path in (volume, volume / "a.png"):
        # A new volume is what the image has at its place.
        os.chown(path, owner.st_uid, owner.st_gid)
    healthy = json.loads(image.words["HEALTHCHECK"].partition(" CMD ")[2])
    with running(image, volume, log) as container:
        end = time.monotonic() + PATIENCE
        while container.ask(*healthy).returncode:
            said = log.read_text(errors="replace")
            assert container.process.poll() is None and time.monotonic() < end, said[-3000:]
            time.sleep(1)
        answer = container.ask("python", "-c", ASK)
        found = json.loads(answer.stdout)
        assert found["tasks"]["hate"]["probabilities"], answer.stderr
        status = Path(f"/proc/{container.first}/status").read_text()
        assert f"\nUid:\t{owner.st_uid}\t{owner.st_uid}\t" in status
        assert (volume / "memeclip.sqlite").stat().st_uid == owner.st_uid
        assert container.ask("touch", "/app/x").returncode != 0
        os.kill(container.first, signal.SIGTERM)  # as ``docker stop``
        # In time is what counts here: a model library may fail while Python takes itself down,
        # after everything of ours has ended.
        container.process.wait(60)
    said = log.read_text(errors="replace")
    assert "Traceback" not in said and "telemetry" not in said
    # As the guide says, the same image adds people.
    words = "-m memeclip_core users add grace --role admin"
    guide = (ROOT / "docs" / "administration.md").read_text(encoding="utf-8")
    assert f"--entrypoint python memeclip-studio {words}`" in guide
    command = image.command("python", *words.split(), "--password-stdin", volume=volume)
    done = subprocess.run(command, input="a long password", capture_output=True, text=True)
    assert done.returncode == 0 and "grace is a new admin" in done.stderr, done.stderr
