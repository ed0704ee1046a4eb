"""What a kill leaves behind is gone after the next start, and what others write is not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memeclip_core.config import ROOT
from memeclip_core.storage.home import Home
from memeclip_core.storage.scraps import folder_prefix, sweep_files, sweep_folders, temporary

KILLED = """
import os, signal
from pathlib import Path
from memeclip_core.storage import files
files.write_all = lambda handle, data: os.kill(os.getpid(), signal.SIGKILL)
files.atomic_write(Path({path!r}), b"data")
"""


def test_a_temporary_name_is_hidden_and_nobody_elses(tmp_path):
    path = tmp_path / "a.json"
    one, two = temporary(path), temporary(path)
    assert one != two
    assert one.parent == tmp_path
    assert one.name.startswith(".a.json.") and one.suffix == ".tmp"


def test_what_a_killed_process_was_writing_is_swept_at_the_next_start(tmp_path):
    home = Home(tmp_path / "home").create()
    for folder in (home.root, home.images, home.jobs):
        code = KILLED.format(path=str(folder / "a.json"))
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)
        assert done.returncode == -9
        assert len(list(folder.glob(".a.json.*.tmp"))) == 1
    mine = temporary(home.images / "b.png")
    mine.write_bytes(b"half")
    home.create()
    assert [path for path in home.root.rglob("*.tmp")] == [mine]


def stamped(tmp_path: Path, middle: str) -> Path:
    return tmp_path / f".a{middle}.{'0' * 32}.tmp"


def test_a_name_tells_whose_it_is(tmp_path):
    parent = os.getppid()
    kept = [stamped(tmp_path, f".{parent}-00000000"), stamped(tmp_path, ""), tmp_path / "my.tmp"]
    left = [
        stamped(tmp_path, f".{os.getpid()}-00000000"),
        stamped(tmp_path, f".{2**22 + 7}-00000000"),
    ]
    for path in (*kept, *left):
        path.write_bytes(b"half")
    folder = temporary(tmp_path / "model").with_name(left[1].name.replace(".a", ".model"))
    folder.mkdir()
    (folder / "head").write_bytes(b"half")
    sweep_files(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    for path in kept:
        os.utime(path, (time.time() - 4000,) * 2)
    sweep_files(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "my.tmp"]


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"data")
    root = tmp_path / "root"
    root.mkdir()
    (root / f".a.{2**22 + 7}-00000000.{'0' * 32}.tmp").symlink_to(tmp_path / "pictures")
    sweep_files(root)
    assert list(root.iterdir()) == []
    assert (tmp_path / "pictures" / "a.png").exists()


def test_folders_of_processes_that_are_gone_are_swept(tmp_path):
    names = (f"{folder_prefix()}x", "memeclip-mine", f"memeclip-{os.getppid()}-00000000-x")
    for name in (*names, f"memeclip-{2**22 + 7}-00000000-x"):
        (tmp_path / name).mkdir()
    sweep_folders(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be read-only there")
def test_what_cannot_be_deleted_stays(tmp_path, monkeypatch):
    path = stamped(tmp_path, f".{2**22 + 7}-00000000")
    path.write_bytes(b"half")

    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    sweep_files(tmp_path)
    assert path.exists()
