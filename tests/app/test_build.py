import pytest

from memeclip_core.app.build import build_studio
from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError, StoreError, TaskFileError


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
