import json
import shutil
from dataclasses import replace

import pytest

from memeclip_core.annotation.projects.queries import select_salt
from memeclip_core.app.build import build_studio, join_studio
from memeclip_core.config import ROOT, Settings
from memeclip_core.database.engine import FILE
from memeclip_core.errors import ConfigError, StoreError, TaskFileError
from memeclip_core.inference.engines import Engines
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.records.decision import Person
from memeclip_core.records.queue import QueueFilter
from memeclip_core.records.schemas import from_plain, to_plain
from memeclip_core.storage.files import load_json
from memeclip_core.storage.home import Home
from memeclip_core.tasks import TaskSet
from memeclip_core.training.retrain import RetrainConfig
from tests.factories.project_records import RETRAINING
from tests.factories.studios import build_tiny_studio, draw_png


def test_building_creates_the_home_and_loads_nothing_heavy(tmp_path):
    studio = build_studio(Settings(home=tmp_path / "home"))
    assert [tasks.key for tasks in studio.task_sets] == ["pridemm", "propaganda"]
    assert (tmp_path / "home" / "images").is_dir()
    assert not studio.status("pridemm").warm
    assert studio.owner().role == "admin"


def test_a_task_file_of_ones_own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "key: mine\ntitle: Mine\ntasks: [{key: a, title: A, kind: multiclass, "
        "labels: [{name: x}, {name: y}]}]\n"
    )
    studio = build_studio(Settings(home=tmp_path / "home", tasks=(str(path), "pridemm")))
    assert studio.task_set("mine").title == "Mine"
    with pytest.raises(ConfigError, match="'mine' is given twice"):
        build_studio(Settings(home=tmp_path / "home", tasks=(str(path), str(path))))
    path.write_text("key: mine\n")
    with pytest.raises(TaskFileError, match="line 1"):
        build_studio(Settings(home=tmp_path / "home", tasks=(str(path),)))


def test_unknown_names_stop_the_start(tmp_path):
    with pytest.raises(ConfigError, match="no task set 'nope'"):
        build_studio(Settings(home=tmp_path, tasks=("nope",)))
    with pytest.raises(StoreError):
        build_studio(Settings(home=tmp_path, auth=tmp_path / "gone.json"))


def test_a_home_that_cannot_be_made_does_not_keep_anyone_from_predicting(tmp_path, caplog):
    (tmp_path / "home").write_bytes(b"")
    studio = build_studio(Settings(home=tmp_path / "home"))
    assert "nothing can be saved" in caplog.text
    assert studio.corrections(studio.owner(), "pridemm") == ()


def test_joining_loads_no_model(tiny_settings):
    made = []
    engines = Engines(
        encoder_name="fake",
        make_encoder=lambda: made.append("encoder"),
        make_ocr=lambda: made.append("ocr"),
    )
    studio = join_studio(tiny_settings, engines, RetrainConfig())
    who = studio.owner()
    studio.projects.create(who, key="cats", title="Cats", task_set="pridemm")
    assert studio.projects.facts(who, "cats").memes == 0
    assert studio.queue.counts(who, "cats").total == 0
    assert made == []


def test_another_model_is_told_to_the_projects(tiny_studio):
    assert tiny_studio.projects._precomputation.on_model in tiny_studio._catalogue._listeners


def test_queue_and_loop_of_a_studio_belong_together(tiny_studio):
    who = tiny_studio.owner()
    tiny_studio.projects.create(who, key="dogs", title="Dogs", task_set="pridemm", retrain_every=25)
    assert tiny_studio.queue.counts(who, "dogs").to_retraining == 25
    tiny_studio.projects.change(who, "dogs", retrain_every=0)
    assert tiny_studio.queue.counts(who, "dogs").to_retraining is None
    assert tiny_studio.queue._saver.on_saved == tiny_studio.loop.saved


EARLIER = ROOT / "tests" / "homes" / "before_database"
"""Written by the last release without a database: three memes of "cats", whose label "Humour" was
renamed after ann had decided two of them and bob one."""


def test_a_home_from_before_the_database_opens_with_all_that_it_had(tiny_settings):
    shutil.copytree(EARLIER, tiny_settings.home)
    plain = load_json((EARLIER / "projects/cats/project.json").read_bytes())
    for _ in range(2):  # the second start finds everything taken over
        studio = build_tiny_studio(tiny_settings)
        who, ann = studio.owner(), Person(name="ann", role="annotator")
        (project,) = studio.projects.list(who)
        assert (project.key, project.version, project.overlap) == ("cats", 2, 2)
        assert project.guidelines == "# Look" and "Funny" in project.tasks.task("humour").names
        assert project.tasks == from_plain(TaskSet, plain["tasks"])
        facts = studio.projects.facts(who, "cats")
        assert (facts.memes, facts.decided, facts.decisions, facts.stale) == (3, 2, 3, 0)
        with studio.projects._store.changing("cats") as connection:
            assert select_salt(connection, "cats") == (EARLIER / "projects/cats/salt").read_text()
        everything = QueueFilter(state=None)
        page = studio.queue.browse(who, "cats", filters=everything)
        assert [row.filename for row in page.rows] == ["00.png", "01.png", "02.png"]
        assert all(row.model_labels and len(row.probability) == 4 for row in page.rows)
        done = studio.queue.browse(ann, "cats", filters=QueueFilter(state="done"))
        assert [row.labels["humour"] for row in done.rows] == [("Funny",), ("Funny",)]
        # The first has all the people that it needs.
        bob = Person(name="bob", role="annotator")
        items = studio.queue.next(bob, "cats", client="tab", count=3)
        assert [item.meme.filename for item in items] == ["01.png", "02.png"]
        assert studio.projects.jobs(who, "cats") == ()


@pytest.mark.parametrize("data", [b"no database at all" * 100, None])
def test_without_its_database_a_studio_predicts_with_the_starters(tiny_settings, data):
    database = Home(tiny_settings.home).create().root / FILE
    if data is None:
        database.mkdir()
    else:
        database.write_bytes(data)
    studio = build_tiny_studio(tiny_settings)
    found = studio.predict(draw_png(), "a.png", task_set="pridemm", text="a cat")
    assert found.model == "pridemm-fake"
    status = studio.status("pridemm")
    assert status.model.version == "pridemm-fake" and status.job is None
    assert "The database could not be used" in status.notes[-1]
    with pytest.raises(StoreError, match="The database could not be used"):
        studio.start_retrain(studio.owner(), "pridemm")


def test_a_home_of_the_first_release_goes_on(tiny_settings):
    """Its jobs, its models and which of them answers; the files stay where they are."""
    studio = build_tiny_studio(tiny_settings)
    starter = studio._catalogue.store.read("pridemm-fake")
    made = replace(starter, version="pridemm-fake-r1", origin="retrained")
    home = Home(tiny_settings.home.with_name("old")).create()
    write_checkpoint(home.models / made.version, made)
    home.jobs.mkdir()
    job = to_plain(replace(RETRAINING, subject="pridemm"))
    old = {"task_set": job.pop("subject"), **job}
    (home.jobs / "j1.json").write_text(json.dumps(old))
    line = {
        "time": "2026-01-02T03:04:05.678+00:00", "task_set": "pridemm", "version": made.version,
        "by": "ann", "action": "promote",
    }  # fmt: skip
    pointer = {"schema": 1, "active": {"pridemm": made.version}, "history": [line]}
    home.active.write_text(json.dumps(pointer))
    for _ in range(2):
        studio = build_tiny_studio(replace(tiny_settings, home=home.root))
        assert [job.id for job in studio.jobs("pridemm")] == ["j1"]
        assert studio.status("pridemm").model.version == made.version
    assert studio.roll_back(studio.owner(), "pridemm").version == "pridemm-fake"
    assert home.active.exists() and (home.jobs / "j1.json").exists()


def test_a_home_on_a_network_is_refused_unless_the_database_is_on_a_server(
    tiny_settings, monkeypatch
):
    monkeypatch.setattr("memeclip_core.storage.home.find_remote", lambda *about: "nfs4")
    with pytest.raises(ConfigError, match="network folder"):
        build_tiny_studio(tiny_settings)
    nowhere = "postgresql+psycopg://postgres@/none?host=/nowhere"
    studio = build_tiny_studio(replace(tiny_settings, database_url=nowhere))
    assert studio.status("pridemm").model.version == "pridemm-fake"
