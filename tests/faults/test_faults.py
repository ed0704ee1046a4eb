"""What can befall a home: nothing confirmed is lost, nothing half is served, all is said in words.

``docs/security.md`` lists the faults with what happens and the test of each.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from benchmarks.audit import audit_home, audit_kill
from benchmarks.made_up import KEY
from benchmarks.served import ServedApp
from benchmarks.victim import ACTS, ADMIN
from memeclip_core.annotation.decisions import csv_follower
from memeclip_core.app.studio import Studio
from memeclip_core.config import ROOT, Settings
from memeclip_core.database import engine
from memeclip_core.errors import CheckpointError, EncoderMismatchError, MemeclipError, StoreError
from memeclip_core.models.checkpoints import read_checkpoint
from memeclip_core.records import clock
from memeclip_core.records.decision import Person
from memeclip_core.records.prediction import Prediction
from memeclip_core.storage import files
from memeclip_core.storage.home import DATABASE, Home
from tests.factories.decision_logs import check_even, read_log
from tests.factories.disk import filled, read_only, small_disk
from tests.factories.projects import Work
from tests.factories.services import HATE, NO_HATE
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.waits import PATIENCE, until
from tests.factories.workbench import shipped_tasks


def answer(studio: Studio, color: tuple[int, int, int] = (200, 40, 90)) -> Prediction:
    """Return what a studio says of a picture."""
    return studio.predict(draw_png(color), "a.png", task_set="pridemm")


def count_saves(studio: Studio) -> int:
    """Return how many saves the log that a studio looks at has."""
    return len({row.save for row in read_log(studio._corrector._log)})


@dataclass
class House:
    """A studio with a project of the pictures that ``benchmarks.victim`` imports, and its saves."""

    settings: Settings
    studio: Studio
    folder: Path
    saved: dict[str, str] = field(default_factory=dict)

    def save(self, place: int, *, studio: Studio | None = None, who: Person = ADMIN) -> None:
        """Decide the n-th meme; what is confirmed is noted."""
        studio, save = studio or self.studio, f"save-{place:04d}"
        meme = Work(studio=studio, key=KEY).ids()[place]
        labels = HATE if place % 2 else NO_HATE
        found = studio.queue.save(who, KEY, save=save, meme=meme, labels=labels, version=1)
        assert found.receipt is not None and not found.conflict
        self.saved[save] = meme

    def act(self, *names: str, studio: Studio | None = None) -> None:
        """Do what a server does, one after the other, as far as it can be done."""
        for name in names:
            with suppress(MemeclipError):
                ACTS[name](studio or self.studio, self.folder)

    def wait(self) -> None:
        """Wait until nothing is done any more."""
        projects = self.studio.projects

        def is_done() -> bool:
            projects._jobs.take_up()  # as a server does every few seconds
            return not any(job.live for job in projects.jobs(ADMIN, KEY))

        until(is_done, "work did not end")

    def close(self) -> None:
        """End the studio as a program's end does."""
        self.wait()
        self.studio._retrainer.jobs._database.close()

    def again(self) -> Studio:
        """Start again."""
        self.studio = build_tiny_studio(self.settings)
        return self.studio

    def check(self) -> None:
        """Say that all that was confirmed is there, and everything else whole."""
        home = Home(self.settings.home)
        self.wait()
        assert list(audit_home(home, self.settings.checkpoints, self.saved)) == []
        assert [path for path in home.root.rglob("*.tmp") if "locks" not in path.parts] == []


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoints: Path) -> House:
    """Return a house that nobody changes: three saves, an import, and a retrained model."""
    folder = tmp_path_factory.mktemp("built")
    return build(folder, tiny_checkpoints)


def build(folder: Path, checkpoints: Path) -> House:
    settings = Settings(
        home=folder / "home", encoder="fake", checkpoints=checkpoints, threads=1, tasks=("pridemm",)
    )
    studio = build_tiny_studio(settings)
    studio.projects.create(ADMIN, key=KEY, title="Made up", task_set="pridemm")
    house = House(settings, studio, folder)
    house.act("import")
    for place in range(12):
        house.save(place)
    job = studio.retrain(ADMIN, "pridemm")
    assert job.state == "done", job.reason
    studio.promote(ADMIN, job.candidate, although_worse=True)
    house.close()
    return house


@pytest.fixture
def house(built: House, tmp_path: Path) -> House:
    """Return a copy of it, at which somebody works."""
    settings = replace(built.settings, home=tmp_path / "home")
    shutil.copytree(built.settings.home, settings.home)
    shutil.copytree(built.folder / "sources", tmp_path / "sources")
    return House(settings, build_tiny_studio(settings), tmp_path, dict(built.saved))


# --- the disk -----------------------------------------------------------------------------------


def test_a_full_disk_refuses_in_words_at_every_write(
    built: House, tmp_path: Path, tiny_checkpoints: Path
) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=24):
        shutil.copytree(built.settings.home, disk / "home")
        shutil.copytree(built.folder / "sources", tmp_path / "sources")
        settings = replace(built.settings, home=disk / "home")
        house = House(settings, build_tiny_studio(settings), tmp_path, dict(built.saved))
        refused = []
        # From nothing at all to enough for some of it: each stops at another write.
        for place, pages in enumerate((0, 1, 4, 16, 32, 64), start=12):
            with filled(disk, room=4096 * pages):
                try:
                    house.save(place)
                except StoreError as error:
                    refused.append(str(error))
                house.act("import", "export", "retrain", "promote")
                assert answer(house.studio, (place, 1, 2)).model
            house.save(place)
            house.check()
        assert refused and all("Free some space" in said for said in refused)
        house.close()
        house.again()
        house.check()


def read_all(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_home_that_cannot_be_written_is_looked_at_as_it_is(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.save(12)
    house.close()
    before = read_all(house.settings.home)
    with read_only(house.settings.home):
        studio = house.again()
        assert "nothing can be saved" in caplog.text
        # The model that people promoted answers, and their project is there.
        assert answer(studio).model == "pridemm-fake-r1"
        assert [project.key for project in studio.projects.list(ADMIN)] == [KEY]
        assert len(Work(studio=studio, key=KEY).decided()) == 13
        status = studio.status("pridemm")
        assert any("decided last may not be counted" in note for note in status.notes)
        # Counted is what was taken in when it could be written: all but the last.
        assert status.corrected == 12
        assert "another with --home" in status.retrain_reason
        with pytest.raises(StoreError, match="Check who owns the folder"):
            house.save(13)
        for refuse in (
            lambda: studio.promote(ADMIN, "pridemm-fake"),
            lambda: studio.projects.start_export(ADMIN, KEY, "csv"),
            lambda: studio.retrain(ADMIN, "pridemm"),
        ):
            with pytest.raises(StoreError, match="another with --home"):
                refuse()
        house.close()
    assert read_all(house.settings.home) == before
    house.again()
    house.save(13)
    house.check()


def test_decisions_that_a_home_that_cannot_be_written_does_not_show_are_counted(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.close()
    database = house.settings.home / DATABASE
    before = database.read_bytes()
    house.again()
    house.save(12)
    house.save(13)
    house.close()
    database.write_bytes(before)  # as an older backup of it
    with read_only(house.settings.home):
        studio = house.again()
        assert "that the database lacks, and that are not shown: 2. Start once" in caplog.text
        assert count_saves(studio) == 12
        assert any("not shown: 2." in note for note in studio.status("pridemm").notes)
        house.close()
    studio = house.again()
    assert count_saves(studio) == 14
    assert studio.status("pridemm").notes == ()
    house.check()


def test_what_a_killed_program_saved_last_is_shown_where_nothing_can_be_written(
    house: House, tmp_path: Path
) -> None:
    house.save(12)
    killed = tmp_path / "killed"  # with what the database keeps beside it while it is open
    shutil.copytree(house.settings.home, killed)
    assert (killed / f"{DATABASE}-wal").stat().st_size
    with read_only(killed):
        studio = build_tiny_studio(replace(house.settings, home=killed))
        assert count_saves(studio) == 13
        (note,) = studio.status("pridemm").notes
        assert "decided last may not be counted" in note
        with pytest.raises(StoreError, match="Check who owns the folder"):
            house.save(13, studio=studio)
        studio._retrainer.jobs._database.close()


def test_a_home_that_is_removed_confirms_nothing_any_more(house: House) -> None:
    home, aside = house.settings.home, house.folder / "aside"
    home.rename(aside)
    with pytest.raises(StoreError, match="removed or exchanged while this program ran"):
        house.save(12)
    assert house.studio.health().status == "failing"
    # Another one in its place is not taken for it.
    shutil.copytree(aside, home)
    with pytest.raises(StoreError, match="removed or exchanged"):
        house.save(12)
    shutil.rmtree(home)
    aside.rename(home)
    house.save(12)
    assert house.studio.health().status == "ok"
    house.check()


# --- what is there is damaged -------------------------------------------------------------------


def test_decisions_of_a_damaged_database_tail_come_back_from_the_file(house: House) -> None:
    """The write-ahead log cut or spoilt anywhere: what it lost is taken over again."""
    for place in range(12, 16):
        house.save(place)
    house.wait()
    whole, log = house.folder / "whole", f"{DATABASE}-wal"
    shutil.copytree(house.settings.home, whole)
    data = (whole / log).read_bytes()
    house.close()
    for step in range(6):
        shutil.rmtree(house.settings.home)
        shutil.copytree(whole, house.settings.home)
        cut = len(data) * step // 6 + 17
        spoilt = data[:cut] + (b"" if step % 2 else b"\xff" * 64 + data[cut + 64 :])
        (house.settings.home / log).write_bytes(spoilt)
        # Whoever opened it before is gone, and with that what readers told each other.
        (house.settings.home / f"{DATABASE}-shm").unlink(missing_ok=True)
        house.again()
        house.check()
        house.close()


@pytest.mark.parametrize("cut", [1, 40, 900])
def test_a_torn_end_of_the_file_is_moved_aside_and_said(
    house: House, caplog: pytest.LogCaptureFixture, cut: int
) -> None:
    house.close()
    path, mark = house.settings.home / "corrections.csv", f"{os.getpid()}-{'0' * 8}"
    path.write_bytes(path.read_bytes()[:-cut])
    (house.settings.home / f".corrections.csv.{mark}.{'a' * 32}.tmp").write_bytes(b"half")
    with caplog.at_level("INFO", logger="memeclip"):
        house.again()
    assert "moved a torn row of" in caplog.text
    assert "rows and was completed" in caplog.text
    assert "deleted 1 files that a program that was ended had begun" in caplog.text
    house.save(12)
    house.check()


@pytest.mark.parametrize("name", ["head.safetensors", "manifest.json"])
def test_no_answer_comes_from_a_model_that_was_cut_or_edited(house: House, name: str) -> None:
    path = house.settings.home / "models" / "pridemm-fake-r1" / name
    data = path.read_bytes()
    middle = len(data) // 2
    for spoilt in (b"", data[:middle], data[:-2], data[:middle] + b"0" + data[middle + 1 :]):
        path.write_bytes(spoilt)
        studio = house.again()
        with pytest.raises(CheckpointError, match="'pridemm-fake-r1'"):
            answer(studio)
        assert studio.health().status == "ok"
    assert house.again().roll_back(ADMIN, "pridemm").version == "pridemm-fake"
    assert answer(house.studio).model == "pridemm-fake"
    with pytest.raises(CheckpointError, match="'pridemm-fake-r1'"):
        house.studio.promote(ADMIN, "pridemm-fake-r1", although_worse=True)


def test_a_model_of_another_encoder_never_answers(house: House) -> None:
    path = house.settings.home / "models" / "pridemm-fake-r1" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["encoder"]["fingerprint"] = "f" * 64
    del manifest["files"]["manifest.json"]  # as one of an earlier release, whose sum says nothing
    path.write_text(json.dumps(manifest), encoding="utf-8")
    studio = house.again()
    assert answer(studio).model == "pridemm-fake"
    assert (
        "'pridemm-fake-r1' was promoted, and does not answer" in studio.status("pridemm").notes[-1]
    )
    with pytest.raises(EncoderMismatchError, match="trained on features of the encoder"):
        studio.predict(draw_png(), "a.png", task_set="pridemm", model="pridemm-fake-r1")
    assert house.studio.roll_back(ADMIN, "pridemm").version == "pridemm-fake"
    assert answer(house.studio).model == "pridemm-fake"


# --- time and others ----------------------------------------------------------------------------


def test_a_clock_that_goes_back_changes_no_order(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clock.utc_now
    for module in list(sys.modules.values()):
        if getattr(module, "utc_now", None) is real and module.__name__.startswith("memeclip_core"):
            monkeypatch.setattr(module, "utc_now", lambda: real() - timedelta(hours=3))
    studio = house.again()
    house.save(12)
    assert studio.projects.start_export(ADMIN, KEY, "csv").state
    assert studio.queue.recent(ADMIN, KEY)[0].save == "save-0012"
    assert studio.queue.next(ADMIN, KEY, client="tab")
    assert studio.retrain(ADMIN, "pridemm").state == "done"
    house.check()
    studio.queue.undo(ADMIN, KEY)
    assert "save-0012" not in [row.save for row in studio.queue.recent(ADMIN, KEY)]


def test_two_servers_on_one_home_share_it(house: House) -> None:
    other = build_tiny_studio(house.settings)
    for place in range(12, 24, 2):
        house.save(place)
        house.save(place + 1, studio=other)
    job = other.retrain(ADMIN, "pridemm")
    other.promote(ADMIN, job.candidate, although_worse=True)
    assert answer(house.studio).model == job.candidate == "pridemm-fake-r2"
    house.studio.roll_back(ADMIN, "pridemm")
    assert answer(other).model == "pridemm-fake-r1"
    house.check()


WRITER = """
import sys
from pathlib import Path
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.database.engine import Database
from memeclip_core.storage.home import Home
from tests.factories.corrections import row
log = DecisionLog(database=Database.of_home(Path(sys.argv[1])), home=Home(Path(sys.argv[1])))
for number in range(100_000):
    log.add([row(event=f"t{number}", save=f"t{number}", meme=f"t{number}")])
    print(number, flush=True)
"""


def test_a_program_that_is_told_to_end_in_a_save_keeps_what_it_confirmed(home: Home) -> None:
    command = [sys.executable, "-c", WRITER, str(home.root)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) == 20:
            break
    writer.send_signal(signal.SIGTERM)
    last = max([20, *map(int, writer.stdout.read().split())])
    writer.stdout.close()
    assert writer.wait() == -signal.SIGTERM
    found = check_even(home)
    assert found[: last + 1] == [f"t{number}" for number in range(last + 1)]
    assert len(found) <= last + 2


@pytest.mark.kill
def test_a_web_server_that_is_told_to_end_in_a_save_keeps_what_it_confirmed(house: House) -> None:
    """Four people save one after the other, so that there is a save at any moment."""
    settings = house.settings
    ids = Work(studio=house.studio, key=KEY).ids()
    house.close()
    served = ServedApp(
        home=settings.home,
        options=("--encoder=fake", f"--checkpoints={settings.checkpoints}", "--tasks=pridemm"),
        program=("memeclip_core", "serve", "--host", "127.0.0.1"),
    )
    places, tried, enough = iter(range(12, len(ids))), list[int](), threading.Event()

    def save_all(client: httpx.Client) -> None:
        for place in places:
            tried.append(place)
            sent = {"save": f"save-{place:04d}", "meme": ids[place], "version": 1}
            labels = HATE if place % 2 else NO_HATE
            try:
                answer = client.post("/decisions", json={**sent, "labels": labels})
            except httpx.TransportError:
                return
            assert answer.status_code == 200, answer.text
            house.saved[f"save-{place:04d}"] = ids[place]
            if len(house.saved) == 20:
                enough.set()

    with served, httpx.Client(timeout=60) as client:
        client.base_url = f"{served.address}/api/v1/projects/{KEY}"
        people = [threading.Thread(target=save_all, args=(client,)) for _ in range(4)]
        for one in people:
            one.start()
        assert enough.wait(PATIENCE)
        assert served.stop() == 0
        for one in people:
            one.join()
    assert len(house.saved) < len(ids) and list(audit_kill(Home(settings.home))) == []
    house.again()
    house.check()
    for place in tried:  # those that were not answered are sent again
        house.save(place, who=house.studio.owner())
    house.check()
    assert len(house.saved) == 12 + len(tried) == count_saves(house.studio)


def test_locks_of_others_are_waited_for_and_then_named(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0.1)
    other = sqlite3.connect(house.settings.home / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="Another program holds it"):
        house.save(12)
    other.close()
    house.save(12)
    # Files that somebody left lock nothing: the system's locks end with their holder.
    for name in ("corrections", "place"):
        Home(house.settings.home).lock(name).write_bytes(b"12345")
    house.again()
    house.save(13)
    house.check()


def test_a_file_that_others_hold_is_behind_and_caught_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_follower, "locked", lambda path: files.locked(path, timeout=0.05))
    monkeypatch.setattr(csv_follower, "RETRY_SECONDS", 0.05)
    with files.locked(Home(house.settings.home).lock("corrections")):
        house.save(12)
        assert any("is behind" in note for note in house.studio.status("pridemm").notes)
    until(lambda: not house.studio.status("pridemm").notes, "the file was not caught up")
    house.check()


def test_promotion_retraining_migration_and_import_at_once_leave_everything_whole(
    house: House,
) -> None:
    """Two servers, each with its own threads, against one another."""
    other, faults = build_tiny_studio(house.settings), []
    for place in range(12, 16):
        house.save(place)

    def migrate(studio: Studio) -> None:
        studio.projects.migrate(ADMIN, KEY, shipped_tasks("pridemm"), {})

    def run(studio: Studio, name: str) -> None:
        try:
            migrate(studio) if name == "migrate" else ACTS[name](studio, house.folder / name)
        except MemeclipError:
            pass  # another was quicker, or there is nothing to do
        except BaseException as error:
            faults.append(error)

    for name in ("import", "retrain", "promote", "export"):
        (house.folder / name).mkdir()
    threads = [
        threading.Thread(target=run, args=(studio, name))
        for name in ("retrain", "promote", "migrate", "export")
        for studio in (house.studio, other)
    ]
    for thread in threads:
        thread.start()
    house.act("import")
    for place in range(16, 22):
        house.save(place)
    for thread in threads:
        thread.join(60)
    assert faults == [] and not any(thread.is_alive() for thread in threads)
    for model in (house.settings.home / "models").iterdir():
        read_checkpoint(model)
    house.check()
