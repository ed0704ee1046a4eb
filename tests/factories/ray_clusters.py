"""A Ray cluster of this machine, of which a worker can be killed, and programs that ask it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import IO

from memeclip_core.app.build import join_studio
from memeclip_core.app.parts import part_files, ray_cluster
from memeclip_core.app.predictions import name_memes
from memeclip_core.app.studio import Studio
from memeclip_core.config import ROOT, Settings
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.inference.engines import Engines
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.training.retrain import RetrainConfig
from tests.factories.studios import READ

PART, BLOCK = 40, 8
"""Memes of a part, and those that one task reads."""
STORE = 100_000_000
"""Bytes of a machine's object store."""


class SlowOcr(FakeOcr):
    """Takes a tenth of a second for a text, so that work can be interrupted."""

    def read(self, image):
        time.sleep(0.1)
        return super().read(image)


def build_slow_studio(settings: Settings) -> Studio:
    """Return a tiny studio that reads slowly; other processes import it by its name."""
    engines = Engines(
        encoder_name="fake", make_encoder=FakeEncoder, make_ocr=lambda: SlowOcr(text=READ)
    )
    return join_studio(settings, engines, RetrainConfig())


class Workers:
    """A cluster's machines, with one processor and, in name, one graphics card each."""

    def __init__(self, pipe: IO[str], address: str) -> None:
        self._pipe, self.address = pipe, address

    def kill(self) -> None:
        """Kill a worker with everything that it does; the first one has to stay."""
        self._pipe.write("kill\n")
        self._pipe.flush()


@contextmanager
def run_cluster(workers: int = 2) -> Iterator[Workers]:
    """Start a cluster of this machine's own, and end it."""
    folder = tempfile.mkdtemp(prefix="ray-")
    Path(folder, "ray").mkdir()  # where it notes its address, and makes no folder for that
    code = f"from tests.factories.ray_clusters import serve; serve({folder!r}, {workers})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ
        | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": folder, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("address "):
                yield Workers(process.stdin, line.split()[1])
                break
        else:
            raise AssertionError("the cluster did not start")
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def serve(folder: str, workers: int) -> None:
    """Be the cluster: do what is said line by line, and end when nobody is there any more."""
    from ray.cluster_utils import Cluster

    common = {"num_cpus": 1, "num_gpus": 1, "object_store_memory": STORE}
    head = {**common, "include_dashboard": False, "temp_dir": folder}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes = [cluster.add_node(**common) for _ in range(workers - 1)]
    print("address", cluster.address, flush=True)
    for _ in sys.stdin:
        cluster.remove_node(nodes.pop(), allow_graceful=False)
    cluster.shutdown()


@contextmanager
def run_program(
    memes: Path, out: Path, home: Path, checkpoints: Path, address: str
) -> Iterator[subprocess.Popen[str]]:
    """Start a program that has a cluster predict; it says at its end what it wrote."""
    words = [str(path) for path in (memes, out, home, checkpoints)]
    code = f"from tests.factories.ray_clusters import ask; ask(*{words!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"RAY_ADDRESS": address, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(memes: str, out: str, home: str, checkpoints: str) -> None:
    """Be the program."""
    part_files.SIZE, ray_cluster.BLOCK = PART, BLOCK
    settings = Settings(
        home=Path(home),
        tasks=("pridemm",),
        encoder="fake",
        checkpoints=Path(checkpoints),
        threads=1,
    )
    written = part_files.predict_parts(
        build_slow_studio(settings),
        name_memes([Path(memes)]),
        Path(out),
        part_files.Shard(),
        begin=ray_cluster.Cluster(build=build_slow_studio, encoders=2, gpus=0.5).begin,
        bar=lambda title: nullcontext(lambda step: None),
        note=lambda sentence: print(sentence, file=sys.stderr),
    )
    print(json.dumps(asdict(written)))
