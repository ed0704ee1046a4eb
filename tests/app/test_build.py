import pytest

from memeclip_core.app.build import build_studio, make_captioner, make_encoder
from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError, EncoderError, StoreError, TaskFileError


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


@pytest.mark.parametrize(
    ("device", "cuda", "used"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_the_encoder_runs_where_the_settings_say(monkeypatch, device, cuda, used):
    seen = []
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
    monkeypatch.setattr(
        "memeclip_core.encoders.registry.build_encoder",
        lambda spec, *, device, variant: seen.append((spec, device, variant)),
    )
    make_encoder(Settings(encoder="a/b", device=device, feature_variant="projected"))
    assert seen == [("a/b", used, "projected")]


def test_a_cuda_device_that_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ConfigError, match="finds no CUDA device"):
        make_encoder(Settings(encoder="fake", device="cuda"))


def test_the_captioner_is_the_one_that_the_settings_name(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert make_captioner(Settings(captioner="fake")).write_captions([]) == []
    with pytest.raises(EncoderError, match="no captioner is named"):
        make_captioner(Settings())
    with pytest.raises(ConfigError, match="finds no CUDA device"):
        make_captioner(Settings(captioner="fake", device="cuda"))
