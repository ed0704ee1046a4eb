import os
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from benchmarks.served import ServedApp
from memeclip_core.app import hosting
from memeclip_core.app.hosting import SIGN_IN, UPLOADS, can_sign_in, host_settings, own_uploads
from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError

OPTIONS = {"sign_in": False,
    "host": None, "port": 7860, "auth": None, "proxy": "", "hosts": "", "roles": "",
    "backup_to": "",
}  # fmt: skip


def test_a_machine_of_ones_own_is_asked_by_itself_alone():
    found = host_settings(Settings(), {"SPACE_HOST": "x.hf.space"}, **OPTIONS)
    assert found == Settings()
    named = host_settings(
        Settings(), {}, **OPTIONS | {"host": "0.0.0.0", "port": 1, "proxy": "10.0.0.1, ::1,"}
    )
    assert (named.host, named.port, named.proxies) == ("0.0.0.0", 1, ("10.0.0.1", "::1"))


def test_a_space_listens_everywhere_and_knows_its_names():
    space = {"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space,own.org"}
    found = host_settings(Settings(), space, **OPTIONS | {"roles": "Ada=admin"})
    assert (found.host, found.space, found.hub_sign_in) == ("0.0.0.0", True, False)
    assert found.hosts == ("a-b.hf.space", "own.org")
    assert host_settings(Settings(), {}, **OPTIONS | {"hosts": "a.org, b.org"}).hosts == (
        "a.org",
        "b.org",
    )
    assert found.roles == (("ada", "admin"),)


def test_people_sign_in_with_hugging_face_where_all_of_it_is_there():
    pytest.importorskip("authlib")
    whole = dict.fromkeys(SIGN_IN, "x")
    assert can_sign_in(whole)
    assert not any(can_sign_in(whole | {name: ""}) for name in SIGN_IN)
    space = whole | {"SPACE_ID": "a/b"}
    assert host_settings(Settings(), space, **OPTIONS).hub_sign_in
    assert not host_settings(Settings(), space, **OPTIONS | {"auth": Path("u.json")}).hub_sign_in
    assert not host_settings(Settings(), space, **OPTIONS | {"sign_in": True}).hub_sign_in


ZERO = {"SPACE_ID": "a/b", "SPACES_ZERO_GPU": "true"}


def test_on_zero_gpu_models_run_on_the_processor():
    assert host_settings(Settings(), ZERO, **OPTIONS).device == "cpu"
    assert host_settings(Settings(), ZERO | {"SPACES_ZERO_GPU": "0"}, **OPTIONS).device == "auto"
    with pytest.raises(ConfigError, match="Use auto or cpu"):
        host_settings(Settings(device="cuda"), ZERO, **OPTIONS)


def test_zero_gpu_is_told_of_a_function_that_asks_for_the_card(monkeypatch):
    told = []
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=told.append))
    hosting.register_on_zero_gpu({})
    assert told == []
    hosting.register_on_zero_gpu(ZERO)
    assert [one() for one in told] == [None]
    monkeypatch.setitem(sys.modules, "spaces", None)
    hosting.register_on_zero_gpu({})
    with pytest.raises(ConfigError, match="'spaces' is not there"):
        hosting.register_on_zero_gpu(ZERO)


STAND_IN = """
import pathlib, torch

torch.cuda.is_available = lambda: True  # as there

def GPU(function):
    pathlib.Path(__file__).with_name("told").touch()
"""


@pytest.mark.kill
def test_a_page_on_zero_gpu_starts_and_predicts(tmp_path, monkeypatch):
    (tmp_path / "spaces.py").write_text(STAND_IN, encoding="utf-8")
    for name, value in (ZERO | {"PYTHONPATH": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    program = ("memeclip_core", "serve", "--host", "127.0.0.1")
    with ServedApp(home=tmp_path / "home", program=program) as served:
        assert (tmp_path / "told").exists()
        sent = {"text": "one quick call"}
        answer = httpx.post(f"{served.address}/api/v1/predict", data=sent, timeout=100)
        assert answer.status_code == 200, answer.text


def test_uploads_lie_in_a_folder_that_ends_with_the_page():
    environment = {}
    with own_uploads(environment):
        folder = Path(environment[UPLOADS])
        assert folder.is_dir()
    assert not folder.exists()


def test_a_folder_that_was_chosen_stays(tmp_path):
    environment = {UPLOADS: str(tmp_path)}
    with own_uploads(environment):
        assert environment == {UPLOADS: str(tmp_path)}
    assert tmp_path.is_dir()


def test_without_room_for_uploads_the_variable_is_named(monkeypatch):
    def fail():
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(hosting, "make_upload_folder", fail)
    with pytest.raises(ConfigError, match="Set TMPDIR to one"), own_uploads({}):
        pass
