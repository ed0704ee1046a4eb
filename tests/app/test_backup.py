"""A home that goes to a repository and comes back, and what never happens to either."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from memeclip_core.access.people import People
from memeclip_core.app import backup as backing
from memeclip_core.app.backup import Backup, open_snapshot
from memeclip_core.database.engine import Database
from memeclip_core.database.schema import lease, person
from memeclip_core.errors import PermissionDenied, StoreError
from memeclip_core.models.queries import insert_models, select_versions
from memeclip_core.storage.backup import Snapshot
from memeclip_core.storage.home import Home
from tests.factories.homes import fake_snapshot, fill_home
from tests.factories.model_rows import make_row

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class FakeRepository:
    """A repository in memory: files, commits, and whether it can be reached."""

    def __init__(self) -> None:
        self.name = "ada/backup"
        self.stored: dict[str, bytes] = {}
        self.commits = ["c0"]
        self.pushed: list[list[str]] = []
        self.said = ""
        self.broken = ""

    def connect(self) -> str:
        self._reach()
        return self.commits[-1]

    def files(self) -> tuple[str, ...]:
        self._reach()
        return (".gitattributes", *self.stored)

    def message(self) -> str:
        self._reach()
        return self.said

    def fetch(self, paths, folder: Path) -> None:
        self._reach()
        for path in paths:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.stored[path])

    def push(self, files, gone, *, parent, message) -> str:
        self._reach()
        if parent != self.commits[-1]:
            raise StoreError("somebody else has committed")
        for name, data in files.items():
            self.stored[name] = data if isinstance(data, bytes) else data.read_bytes()
        for name in gone:
            del self.stored[name]
        self.pushed.append(sorted(files))
        self.said = message
        self.commits.append(f"c{len(self.commits)}")
        return self.commits[-1]

    def _reach(self) -> None:
        if self.broken:
            raise StoreError(self.broken)


@pytest.fixture
def repository():
    return FakeRepository()


def open_home(root: Path) -> Home:
    return Home(root).create()


def make(home: Home, repository, *, loopback=True, keeps=True, snapshot=None) -> Backup:
    return Backup(
        people=People(loopback=loopback, space=False),
        snapshot=snapshot or fake_snapshot(home),
        repository=repository,
        keeps=keeps,
        clock=lambda: NOON,
    )


def test_a_home_comes_back_as_it_was_after_its_disk_is_wiped(tmp_path, repository):
    home = open_home(tmp_path / "home")
    first = make(home, repository)
    assert first.read_back() == 0
    kept = fill_home(home)
    assert first.push() == len(kept)
    assert repository.stored == kept
    shutil.rmtree(home.root)
    again = make(open_home(tmp_path / "home"), repository)
    assert again.read_back() == len(kept)
    assert {name: (home.root / name).read_bytes() for name in kept} == kept
    assert not (home.root / "users.json").exists()
    assert not (home.root / "restoring").exists()
    assert again.push() == 0
    assert len(repository.pushed) == 1


def test_only_what_changed_is_pushed_and_what_is_gone_goes(tmp_path, repository):
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    backup.read_back()
    fill_home(home)
    backup.push()
    assert backup.push() == 0
    with (home.root / "corrections.csv").open("ab") as file:
        file.write(b"row\n")
    shutil.rmtree(home.root / "models" / "m-r1")
    assert backup.push() == 1
    assert repository.pushed[-1] == ["corrections.csv"]
    assert repository.stored["corrections.csv"] == b"log\nrow\n"
    assert "models/m-r1/head.safetensors" not in repository.stored
    shutil.rmtree(home.root / "images")
    assert backup.push() == 0
    assert "images/ab.png" not in repository.stored


def test_a_server_that_starts_again_on_its_home_goes_on_where_it_was(tmp_path, repository):
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    backup.read_back()
    fill_home(home)
    backup.push()
    (home.root / "corrections.csv").write_bytes(b"log\nmore, not pushed\n")
    again = make(home, repository)
    assert again.read_back() == 0
    assert (home.root / "corrections.csv").read_bytes() == b"log\nmore, not pushed\n"
    assert again.push() == 1


def test_many_files_go_in_several_commits_the_log_first(tmp_path, repository, monkeypatch):
    monkeypatch.setattr(backing, "BATCH", 3)
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    backup.read_back()
    kept = fill_home(home)
    backup.push()
    assert [len(files) for files in repository.pushed] == [3, 3, 3, 1]
    assert "corrections.csv" in repository.pushed[0]
    assert repository.stored == kept


def test_a_push_that_breaks_off_goes_on_after_its_last_commit(tmp_path, repository, monkeypatch):
    monkeypatch.setattr(backing, "BATCH", 3)
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    backup.read_back()
    kept = fill_home(home)
    push = repository.push
    calls = []

    def once(*args, **options):
        calls.append(1)
        if len(calls) == 2:
            raise StoreError("the line is dead")
        return push(*args, **options)

    monkeypatch.setattr(repository, "push", once)
    with pytest.raises(StoreError, match="the line is dead"):
        backup.push()
    assert backup.push() == len(kept) - 3
    assert repository.stored == kept


def test_an_unreachable_repository_stops_the_start_and_touches_nothing(tmp_path, repository):
    repository.broken = "no network"
    home = open_home(tmp_path / "home")
    with pytest.raises(StoreError, match="no network"):
        make(home, repository).read_back()
    assert not (home.root / "backup.json").exists()
    repository.broken = ""
    repository.stored["corrections.csv"] = b"log\n"
    assert make(home, repository).read_back() == 1


def test_an_empty_home_never_overwrites_what_was_not_read_back(tmp_path, repository):
    repository.stored["corrections.csv"] = b"years of work\n"
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    fill_home(home)
    with pytest.raises(StoreError, match="was not read back"):
        backup.push()
    with pytest.raises(StoreError, match="is no copy of it"):
        backup.read_back()
    assert repository.stored == {"corrections.csv": b"years of work\n"}


@pytest.mark.parametrize("start", [True, False])
def test_a_commit_whose_answer_never_came_is_known_again(tmp_path, repository, monkeypatch, start):
    """After a kill at the next start, and after a lost line at the next push."""
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    backup.read_back()
    fill_home(home)
    backup.push()
    (home.root / "images" / "ab.png").unlink(missing_ok=True)
    home.corrections.write_bytes(b"log\nmore\n")
    push = FakeRepository.push

    def lose(self, *given, **named):
        push(self, *given, **named)
        raise StoreError("the line is dead")

    monkeypatch.setattr(FakeRepository, "push", lose)
    with pytest.raises(StoreError, match="the line is dead"):
        backup.push()
    monkeypatch.setattr(FakeRepository, "push", push)
    if start:
        backup = make(home, repository)
        backup.read_back()
    home.corrections.write_bytes(b"log\nmore\nlast\n")
    backup.push()
    assert repository.stored["corrections.csv"] == b"log\nmore\nlast\n"
    assert backup.push() == 0
    # A commit of somebody else's is none of these.
    repository.commits.append("theirs")
    repository.said = "By hand"
    with pytest.raises(StoreError, match="has changed since"):
        make(home, repository).read_back()


def test_a_repository_that_went_on_elsewhere_is_left_alone(tmp_path, repository):
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    backup.read_back()
    fill_home(home)
    backup.push()
    repository.commits.append("somebody-else")
    (home.root / "corrections.csv").write_bytes(b"log\nrow\n")
    with pytest.raises(StoreError, match="somebody else has committed"):
        backup.push()
    with pytest.raises(StoreError, match="has changed since this home was last copied"):
        make(home, repository).read_back()


def test_a_home_moves_to_another_empty_repository_only(tmp_path, repository):
    home = open_home(tmp_path / "home")
    fill_home(home)
    make(home, repository).read_back()
    make(home, repository).push()
    other = FakeRepository()
    other.name = "ada/other"
    moved = make(home, other)
    moved.read_back()
    moved.push()
    assert other.stored == repository.stored


def test_a_reading_back_that_was_cut_off_is_done_again(tmp_path, repository, monkeypatch):
    home = open_home(tmp_path / "home")
    first = make(home, repository)
    first.read_back()
    kept = fill_home(home)
    first.push()
    shutil.rmtree(home.root)
    home = open_home(tmp_path / "home")
    half = make(home, repository)
    restore = Snapshot.restore

    def cut(self, folder, names):
        restore(self, folder, names[:4])
        raise StoreError("killed")

    monkeypatch.setattr(Snapshot, "restore", cut)
    with pytest.raises(StoreError, match="killed"):
        half.read_back()
    with pytest.raises(StoreError, match="was not read back"):
        half.push()
    monkeypatch.undo()
    assert make(home, repository).read_back() == len(kept)
    assert {name: (home.root / name).read_bytes() for name in kept} == kept


def test_nothing_but_what_a_home_holds_is_ever_read_back(tmp_path, repository):
    repository.stored = {
        "README.md": b"card",
        "users.json": b"forged",
        "../outside.csv": b"x",
        "projects/../../x.json": b"x",
        "/etc/passwd": b"x",
        "cache/features/x.npy": b"x",
        "corrections.csv": b"log\n",
    }
    home = open_home(tmp_path / "home")
    assert make(home, repository).read_back() == 1
    assert not (home.root / "users.json").exists()
    assert not (tmp_path / "outside.csv").exists()


def test_it_pushes_by_itself_and_once_more_at_the_end(tmp_path, repository, monkeypatch):
    monkeypatch.setattr(backing, "PUSH_SECONDS", 0.01)
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    who = People(loopback=True, space=False).owner()
    backup.read_back()
    assert backup.status(who).last is None
    fill_home(home)
    pushed = threading.Event()
    push = repository.push
    monkeypatch.setattr(repository, "push", lambda *a, **o: (push(*a, **o), pushed.set())[0])
    backup.start()
    backup.start()
    assert pushed.wait(10)
    monkeypatch.setattr(backing, "PUSH_SECONDS", 60)
    (home.root / "corrections.csv").write_bytes(b"log\nlast\n")
    backup.stop()
    assert repository.stored["corrections.csv"] == b"log\nlast\n"
    assert backup.status(who).last == NOON


def test_a_failure_is_told_and_the_next_success_forgets_it(tmp_path, repository):
    home = open_home(tmp_path / "home")
    backup = make(home, repository)
    backup.read_back()
    fill_home(home)
    who = People(loopback=True, space=False).owner()
    repository.broken = "no network"
    assert backup.push_now(who).error == "no network"
    assert backup.push_now(who).last is None
    repository.broken = ""
    status = backup.push_now(who)
    assert (status.error, status.last, status.repository) == ("", NOON, "ada/backup")


def test_only_an_admin_backs_up_and_strangers_see_nothing(tmp_path, repository):
    backup = make(open_home(tmp_path / "home"), repository, loopback=False)
    stranger = People(loopback=False, space=False).owner()
    with pytest.raises(PermissionDenied):
        backup.push_now(stranger)
    with pytest.raises(PermissionDenied):
        backup.status(stranger)


def test_without_a_repository_there_is_a_warning_where_nothing_is_kept(tmp_path):
    home = open_home(tmp_path / "home")
    losing = make(home, None, keeps=False)
    assert losing.read_back() == 0
    assert "is lost when the Space restarts" in losing.warning
    assert make(home, None, keeps=True).warning == ""
    with pytest.raises(StoreError, match="--backup-to OWNER/NAME"):
        losing.push()
    losing.start()
    losing.stop()


def test_a_damaged_note_of_the_last_backup_is_named(tmp_path, repository):
    home = open_home(tmp_path / "home")
    (home.root / "backup.json").write_text("{")
    with pytest.raises(StoreError, match=r"backup\.json is damaged"):
        make(home, repository).read_back()


def test_the_database_goes_as_a_copy_that_is_whole(tmp_path, repository):
    """What was written last lies in a file beside it, and who may sign in is no part of it."""
    home = open_home(tmp_path / "home")
    database = Database.of_home(home.root)
    backup = make(home, repository, snapshot=open_snapshot(home))
    backup.read_back()
    with database.write() as connection:
        insert_models(connection, [make_row(1)], None)
    assert backup.push() == 1
    with database.write() as connection:
        insert_models(connection, [make_row(2)], None)
    assert backup.push() == 1
    assert list(repository.stored) == ["memeclip.sqlite"]
    # People look at the page, and nothing that would be missed changes.
    with database.write() as connection:
        held = {"project": "p", "meme": "m", "person": "a", "client": "c", "query": "", "until": 1}
        connection.execute(insert(lease), held)
    assert backup.push() == 0 and len(repository.pushed) == 2
    database.close()
    with pytest.raises(StoreError, match="is no copy of it"):  # it is not empty any more
        repository.name = "ada/other"
        make(home, repository, snapshot=open_snapshot(home)).read_back()
    repository.name = "ada/backup"
    shutil.rmtree(home.root)
    home = open_home(tmp_path / "home")
    with database.write() as connection:  # a home in which nobody worked yet
        connection.execute(
            insert(person), {"name": "ada", "role": "admin", "password": "x", "created": NOON}
        )
    database.close()
    assert make(home, repository, snapshot=open_snapshot(home)).read_back() == 1
    with database.read() as connection:
        assert select_versions(connection) == {"r1", "r2"}
        assert connection.execute(select(person.c.name)).scalars().all() == ["ada"]
    database.close()
