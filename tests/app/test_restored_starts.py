"""A disk that is wiped at every restart, as a Space's is: each start reads everything back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app import backup as backing
from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person
from tests.factories.dataset_files import PRIDEMM, write
from tests.factories.hub import FakeHub, hub
from tests.factories.people import add_user
from tests.factories.projects import Work, import_all, make_project
from tests.factories.services import correct_some
from tests.factories.studios import build_tiny_studio
from tests.factories.suggested import build_visited, suggest

__all__ = ["hub"]
LABELS = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("Humour",)}


@pytest.fixture
def settings(tiny_settings: Settings, hub: FakeHub) -> Settings:
    return replace(tiny_settings, backup_to="ada/backup")


def wipe(studio: Studio) -> None:
    """End a server and lose its disk."""
    studio._retrainer.jobs._database.close()
    shutil.rmtree(studio.settings.home)


def look(studio: Studio) -> dict[str, Any]:
    """Return everything that people did, as the studio tells it."""
    who = studio.owner()
    return {
        "labels": studio.corrections(who, "pridemm"),
        "rows": studio.history(who, "pridemm", 1000),
        "csv": (studio.settings.home / "corrections.csv").read_bytes(),
        "models": studio.models("pridemm"),
        "jobs": studio.jobs("pridemm"),
        "projects": studio.projects.list(who),
        "decided": Work(studio=studio, key="colours").decided(),
        "images": sorted(path.name for path in (studio.settings.home / "images").iterdir()),
    }


def decide(work: Work, place: int) -> None:
    """Decide one meme of a project."""
    meme = work.ids()[place]
    work.studio.queue.save(
        work.admin, work.key, save=f"save-{place:04d}", meme=meme, labels=LABELS, version=1
    )


def test_every_start_finds_all_that_was_done_before_it(
    settings: Settings, hub: FakeHub, tmp_path: Path
) -> None:
    studio = build_tiny_studio(settings)
    assert studio.health().backup == "waiting"
    work = make_project(studio, tmp_path / "memes", 4)
    for round in range(4):
        decide(work, round)
        correct_some(studio, range(5 * round, 5 * round + 5))
        if round == 2:
            job = studio.retrain(studio.owner(), "pridemm")
            studio.promote(studio.owner(), job.candidate)
        before = look(studio)
        assert studio.backup.push_now(studio.owner()).error == ""
        assert studio.health().backup == "complete"
        wipe(studio)
        studio = build_tiny_studio(settings)
        work = Work(studio=studio, key="colours")
        assert look(studio) == before
    assert studio.status("pridemm").model.version == "pridemm-fake-r1"
    # Where nothing happens, nothing is uploaded; what a retraining would learn was worked out anew.
    studio.backup.push_now(studio.owner())
    commits = len(hub.commits)
    assert look(studio) == before
    studio.backup.push_now(studio.owner())
    assert len(hub.commits) == commits


def test_what_people_say_and_are_given_is_pushed_and_comes_back(
    settings: Settings, hub: FakeHub, tmp_path: Path
) -> None:
    """Each of it is all that was done since the last push, and nothing else brings it along."""
    studio = build_tiny_studio(settings)
    door = build_visited(replace(settings, backup_to=""))
    admin, ann = studio.owner(), Person(name="ann", role="annotator")
    team = studio.team
    studio.projects.create(admin, key="gold", title="Gold", task_set="pridemm")
    gold = "".join(f"{number}.png,1,2,0,1,train,words {number}\r\n" for number in range(4))
    dataset = write(tmp_path / "gold.csv", PRIDEMM + gold)
    assert import_all(studio, "gold", dataset, admin, gold=True).counts["added"] == 4
    studio.projects.change(admin, "gold", qualify=1)
    studio.backup.push()
    memes = Work(studio=studio, key="gold").ids()

    def answer_gold() -> None:
        (held,) = studio.queue.next(ann, "gold", count=1, client="tab")
        studio.queue.save(
            ann, "gold", save="save-gold", meme=held.meme.id, labels=LABELS, version=1,
            qualifies=True,
        )  # fmt: skip

    def look() -> list[Any]:
        return [
            studio.comments.talk(admin, "gold", memes[0]).threads,
            team.members(admin, "gold"),
            team.qualification.results(admin, "gold"),
            studio.proposals.waiting(admin).proposals,
        ]

    acts: dict[str, Callable[[], object]] = {
        "comment": lambda: studio.comments.say(
            ann, "gold", save="save-0001", meme=memes[0], text="Why?"
        ),
        "resolved": lambda: studio.comments.resolve(admin, "gold", thread=1),
        "suggestion": lambda: suggest(door, 1),
        "suggested again": lambda: suggest(door, 1, session="session-2"),
        "member": lambda: team.change(admin, "gold", add=["ann", "bob"]),
        "quota": lambda: team.change(admin, "gold", quotas={"ann": 3}),
        "gold answer": answer_gold,
        "let pass": lambda: team.qualification.let_pass(admin, "gold", ["bob"]),
        "assignment": lambda: team.assign(admin, "gold", ["bob"]),
    }
    pushed = {}
    for name, act in acts.items():
        act()
        pushed[name] = studio.backup.push()
    assert pushed == dict.fromkeys(acts, 1)
    before = look()
    assert all(before) and len(hub.commits) == 2 + len(acts)
    door._retrainer.jobs._database.close()
    wipe(studio)
    studio = build_tiny_studio(settings)
    team = studio.team
    assert look() == before


@pytest.mark.parametrize("commits", range(4))
def test_a_backup_that_was_cut_anywhere_opens_with_what_it_had(
    settings: Settings, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    monkeypatch.setattr(backing, "BATCH", 3)
    studio = build_tiny_studio(settings)
    correct_some(studio, range(3))
    before = studio.corrections(studio.owner(), "pridemm")
    studio.backup.push()
    correct_some(studio, range(3, 12))
    after = studio.corrections(studio.owner(), "pridemm")
    hub.cut = commits
    studio.backup.push_now(studio.owner())
    wipe(studio)
    hub.cut = None
    again = build_tiny_studio(settings)
    # The log and the database go first, so that what is missing can only be pictures.
    assert again.corrections(again.owner(), "pridemm") == (after if commits else before)
    correct_some(again, range(12, 13))
    assert again.backup.push_now(again.owner()).error == ""


def test_neither_people_nor_their_sign_ins_leave_the_machine(
    settings: Settings, hub: FakeHub, tmp_path: Path
) -> None:
    add_user(tmp_path / "users.json", name="ada", role="admin", password="long enough")
    studio = build_tiny_studio(replace(settings, auth=tmp_path / "users.json"))
    key = studio.keys.sign_in("ada", "long enough", "127.0.0.1")
    assert studio.keys.who_signed_in(key) == "ada"
    studio.backup.push()
    assert b"argon2" in (settings.home / "memeclip.sqlite-wal").read_bytes()
    everything = b"".join(hub.stored.values())
    assert b"CREATE TABLE person" in everything
    assert b"ada" not in everything and b"argon2" not in everything
    # They are taken from the users file again, where the disk was wiped that knew them.
    wipe(studio)
    again = build_tiny_studio(studio.settings)
    assert again.person("ada").role == "admin"
    assert again.keys.sign_in("ada", "long enough", "127.0.0.1")
