"""``memeclip backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.database.engine import Database
from tests.cli.conftest import Run


def test_a_home_goes_into_a_file_and_back(run: Run, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "backup.zip"
    database = Database.of_home(home)
    nothing = run("backup", file, "--home", home)
    assert nothing.code == 2 and "nothing to back up" in nothing.err
    home.mkdir()
    (home / "corrections.csv").write_bytes(b"log\n")
    with database.read():
        pass
    database.close()
    made = run("backup", file, "--home", home)
    assert made.code == 0, made.err
    assert (made.out, made.err) == (f"Wrote {file}: 2 files.\n", "")
    back = run("restore", file, "--home", home)
    assert back.code == 0, back.err
    assert f"Restored {file} to {home}" in back.out and "replaced-" in back.err
    assert (home / "corrections.csv").read_bytes() == b"log\n"


def test_a_backup_without_the_images_says_so(run: Run, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "backup.zip"
    home.mkdir()
    database = Database.of_home(home)
    with database.read():
        pass
    database.close()
    made = run("backup", file, "--home", home, "--image-store", f"file://{tmp_path}/store")
    assert made.code == 0, made.err
    assert "The images lie in the image store and are not in it" in made.err
