"""The audit finds nothing in a home that is whole, and each fault in one that is not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select, update

from benchmarks.audit import audit_home, audit_kill, count_states, has_work
from benchmarks.made_up import KEY, fill_project
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.config import ROOT
from memeclip_core.database.engine import Database
from memeclip_core.database.queries import insert_job
from memeclip_core.database.schema import active_model, decision, item, meme
from memeclip_core.models.queries import insert_models
from memeclip_core.records.job import Job, Progress
from memeclip_core.storage.task_files import read_named_task_set
from tests.factories.model_rows import make_row
from tests.factories.project_records import IMPORT

EXPORT = replace(IMPORT, id="j7", kind="export", subject=KEY)


@pytest.fixture
def tasks():
    return read_named_task_set("pridemm", ROOT / "assets")


@pytest.fixture
def made_up(home, tasks):
    """A home with decisions, the file that follows them, and an export that is done."""
    fill_project(home, tasks, memes=30, decisions=20, on_progress=lambda _: None)
    DecisionLog(database=Database.of_home(home.root), home=home).follow()
    folder = home.project(KEY) / "exports"
    folder.mkdir(parents=True)
    lines = [json.dumps({"row": number}) for number in range(3)]
    (folder / "made-up.jsonl").write_text("\n".join(lines) + "\n")
    job = replace(EXPORT, file="made-up.jsonl", counts={"rows": 3})
    change(home, lambda connection: insert_job(connection, job))
    return home


def change(home, work):
    database = Database.of_home(home.root)
    with database.write() as connection:
        work(connection)
    database.close()


def find(home, tmp_path):
    first = hashlib.sha256(b"made up 0").hexdigest()
    saves = {"made-up-00000000": first}
    return [*audit_kill(home), *audit_home(home, tmp_path / "starters", saves)]


def test_a_home_that_is_whole_has_no_fault(made_up, tmp_path):
    assert find(made_up, tmp_path) == []
    assert count_states(made_up) == {"export done": 1, "taken up": 0} and not has_work(made_up)


LIVE = Job(
    id="j9", kind="import", subject=KEY, state="running", started=IMPORT.started, by="boss",
    progress=Progress(done=0, total=0, message=""),
)  # fmt: skip


def lose_a_decision(connection):
    connection.execute(delete(decision).where(decision.c.save == "made-up-00000000"))


def double_a_decision(connection):
    row = connection.execute(select(decision).limit(1)).mappings().one()
    connection.execute(
        insert(decision), {**row, "number": None, "event": "again", "meme": "x" * 64}
    )


def change_a_state(connection):
    some = select(item.c.meme).limit(1).scalar_subquery()
    connection.execute(update(item).where(item.c.meme == some).values(decided=7))


def change_who_may_have_it(connection):
    connection.execute(update(meme).where(meme.c.place == 0).values(open=~meme.c.open))


def hide_a_model(connection):
    insert_models(connection, [make_row(1)], None)


def point_at_nothing(connection):
    connection.execute(insert(active_model), {"task_set": "pridemm", "version": "gone"})


def leave_a_job(connection):
    insert_job(connection, LIVE, "gone", 1.0)


def end_without_a_reason(connection):
    insert_job(connection, replace(LIVE, state="failed", reason=""))


def import_in_part(connection):
    insert_job(connection, replace(LIVE, state="done", arguments={"source": "sources/7"}))


def export_nothing(connection):
    insert_job(connection, replace(EXPORT, id="j8", file="no.csv"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lose_a_decision, "was acknowledged and is lost"),
        (lose_a_decision, "corrections.csv has"),
        (double_a_decision, "is there 2 times"),
        (change_a_state, "rows of item are not what decisions add up to"),
        (change_who_may_have_it, "rows of meme are not what decisions add up to"),
        (hide_a_model, "models are listed that are not there"),
        (point_at_nothing, "the active model gone is not there"),
        (leave_a_job, "is running without a reason"),
        (end_without_a_reason, "is failed without a reason"),
        (import_in_part, "is done and lacks 40 memes"),
        (export_nothing, "the export no.csv has -1 rows"),
    ],
)
def test_each_fault_in_the_database_is_named(made_up, tmp_path, damage, said):
    change(made_up, damage)
    found = find(made_up, tmp_path)
    assert any(said in fault for fault in found), found


def test_each_fault_on_the_disk_is_named(made_up, tmp_path):
    exports = made_up.project(KEY) / "exports"
    (exports / "made-up.jsonl").write_text('{"row": 1}\n')
    (exports / "other.csv").write_text("a\n")
    (made_up.models / "m-r1").mkdir()
    with made_up.corrections.open("r+b") as file:
        data = file.read()
        lines = data.splitlines(keepends=True)
        file.seek(0)
        file.truncate()
        file.write(b"".join([lines[0], *lines[2:]]))
    found = find(made_up, tmp_path)
    for said in (
        "the export made-up.jsonl has 1 rows instead of 3", "the export other.csv is nobody's",
        "the model m-r1 is not whole", "rows that do not begin the",
    ):  # fmt: skip
        assert any(said in fault for fault in found), said
