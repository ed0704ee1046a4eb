"""A Ray cluster answers as one machine does, whatever is killed meanwhile."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from memeclip_core.app.parts import part_files
from memeclip_core.app.parts.part_files import Shard, Written, predict_parts
from memeclip_core.app.parts.ray_cluster import Cluster, settle
from memeclip_core.app.predictions import name_memes
from memeclip_core.errors import ConfigError, InputError
from tests.factories.ray_clusters import PART, run_cluster, run_program
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import until

MEMES, BROKEN = 130, 70


@pytest.fixture
def memes(tmp_path: Path) -> Path:
    folder = tmp_path / "memes"
    folder.mkdir()
    for number in range(MEMES):
        (folder / f"{number:03}.png").write_bytes(draw_png((number, 2, 3)))
    (folder / f"{BROKEN:03}.png").write_bytes(b"no image")
    return folder


@pytest.fixture
def alone(memes, tmp_path, tiny_settings, monkeypatch) -> Path:
    """Return the parts that this machine writes alone."""
    monkeypatch.setattr(part_files, "SIZE", PART)
    studio = build_tiny_studio(replace(tiny_settings, tasks=("pridemm",)))
    done = predict_parts(
        studio,
        name_memes([memes]),
        tmp_path / "alone",
        Shard(),
        bar=lambda title: nullcontext(lambda step: None),
        note=lambda sentence: None,
    )
    assert done == Written(predicted=MEMES - 1, failed=1, parts=4)
    return tmp_path / "alone"


def read_parts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("part-*.parquet")}


def count_answers(folder: Path) -> int:
    """Count what is kept of parts that are not whole, and those that are as many."""
    kept = 0
    for path in folder.glob("*.partial"):
        with suppress(FileNotFoundError):  # it goes when its part is whole
            kept += path.read_bytes().count(b"\n")
    return kept + 2 * PART * len(read_parts(folder))


def wait(find: Callable[[], bool], program: subprocess.Popen[str]) -> None:
    """Wait for what a program does, which begins with three processes that import torch."""
    until(lambda: find() or program.poll() is not None, patience=200)
    assert program.poll() is None, program.communicate()[1][-2000:]


@pytest.mark.scale
@pytest.mark.timeout(600)
def test_a_killed_program_and_a_killed_worker_cost_no_meme_and_double_none(
    memes, alone, tmp_path, tiny_checkpoints
):
    out, home = tmp_path / "out", tmp_path / "ray-home"
    with run_cluster() as workers:
        words = (memes, out, home, tiny_checkpoints, workers.address)
        with run_program(*words) as first:
            wait(lambda: count_answers(out) > 2 * PART, first)
        whole, kept = len(read_parts(out)), count_answers(out)
        assert 1 <= whole < 4
        with run_program(*words) as again:
            wait(lambda: count_answers(out) > kept, again)
            workers.kill()
            said, heard = again.communicate(timeout=300)
    assert again.returncode == 0, heard[-2000:]
    # Ray speaks first. A part that was written is asked for again if the broken meme is of it, or
    # its journal was still there.
    done = Written(**json.loads(said.splitlines()[-1]))
    assert (done.failed, done.parts + done.before) == (1, 4)
    assert whole - 2 <= done.before <= whole
    assert f"{BROKEN:03}.png: " in heard
    assert read_parts(out) == read_parts(alone)


def test_without_ray_a_sentence_names_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"--on ray needs.*pip install 'memeclip-studio\[ray\]'"):
        Cluster(build=build_tiny_studio)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"encoders": 0}, "--encoders is 0; allowed are 1 and above"),
        ({"gpus": -1}, "--gpus is -1; allowed are 0, a share"),
        ({"gpus": 1.5}, "--gpus is 1.5; allowed are 0, a share"),
    ],
)
def test_numbers_that_cannot_be_had_are_refused(words, said):
    with pytest.raises(InputError, match=said):
        Cluster(build=build_tiny_studio, **words)


def test_other_processes_get_whole_paths_and_no_card_unasked(tiny_settings, tmp_path):
    (tmp_path / "own.yaml").touch()
    (tmp_path / "compact").mkdir()
    (tmp_path / "tower").mkdir()
    given = replace(tiny_settings, home=Path("home"), tasks=("pridemm", "own.yaml"))
    found = settle(replace(given, encoder="compact", captioner="./tower"), 0)
    assert found.home == tmp_path / "home"
    assert found.tasks == ("pridemm", str(tmp_path / "own.yaml"))
    assert (found.encoder, found.captioner) == ("compact", str(tmp_path / "tower"))
    assert (found.device, settle(given, 0.5).device) == ("cpu", "auto")
    assert settle(replace(given, device="cuda"), 0.5).device == "cuda"
    with pytest.raises(InputError, match="--device cuda on Ray needs --gpus"):
        settle(replace(given, device="cuda"), 0)
