import os
from pathlib import Path

import pytest

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
