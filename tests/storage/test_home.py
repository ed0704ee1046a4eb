from pathlib import Path

import pytest

from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.storage.home import Home, check_name, find_remote


def test_everything_lies_under_the_root(tmp_path):
    home = Home(tmp_path / "h").create()
    for path in (
        home.corrections, home.images, home.models, home.active, home.jobs, home.features,
        home.lock("x"),
    ):  # fmt: skip
        assert path.is_relative_to(tmp_path / "h")
    assert not list((tmp_path / "h" / "locks").iterdir())


def test_a_home_that_is_a_file_is_named(tmp_path):
    (tmp_path / "h").write_bytes(b"")
    with pytest.raises(StoreError, match="could not be created"):
        Home(tmp_path / "h").create()


def test_a_folder_is_told_from_others_also_where_it_is_mounted_elsewhere(tmp_path, caplog):
    first, second = Home(tmp_path / "a").create(), Home(tmp_path / "b").create()
    place = first.find_place()
    assert place and place == Home(tmp_path / "a").find_place() != second.find_place()
    (tmp_path / "a").rename(tmp_path / "c")
    assert Home(tmp_path / "c").find_place() == place
    (tmp_path / "file").write_bytes(b"")
    assert Home(tmp_path / "file").find_place() == "" and "could not" in caplog.text


@pytest.mark.parametrize("name", ["", "..", ".", ".hidden", "a/b", "a\\b", "a b", "é", "x" * 129])
def test_names_that_are_no_path_part_are_refused(name):
    with pytest.raises(StoreError):
        check_name(name, "model")


def test_versions_are_names():
    assert check_name("pridemm-compact-r12", "model") == "pridemm-compact-r12"


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
server:/memes /srv/memes nfs4 rw,vers=4.2 0 0
//server/memes /srv/my\\040memes cifs rw 0 0
/dev/sdb1 /srv/memes/local ext4 rw 0 0
systemd-1 /auto autofs rw 0 0
server:/auto /auto nfs rw 0 0
ada@host:/ /ssh fuse.sshfs rw 0 0
mountpoint-s3 /bucket fuse ro 0 0
/dev/sdc1 /stick fuse rw 0 0
/dev/sdc2 /windows fuseblk rw 0 0
overlay /overlay fuse.fuse-overlayfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ada/memeclip-data", ""),
        ("/srv/memes", "nfs4"),
        ("/srv/memes/a/b", "nfs4"),
        ("/srv/memesandmore", ""),
        ("/srv/my memes/a", "cifs"),
        ("/srv/memes/local/a", ""),
        ("/auto/a", "nfs"),
        ("/ssh/a", "fuse.sshfs"),
        ("/bucket", "fuse"),
        ("/stick", ""),
        ("/windows/a", ""),
        ("/overlay/a", ""),
    ],
)
def test_folders_on_a_network_are_known_by_their_mounts(folder, kind):
    assert find_remote(Path(folder), MOUNTS) == kind


def test_a_home_on_a_network_is_refused_with_what_to_do(tmp_path, monkeypatch):
    home = Home(tmp_path / "home")
    home.check_disk()
    monkeypatch.setattr("memeclip_core.storage.home.find_remote", lambda *about: "nfs4")
    with pytest.raises(ConfigError, match=r"\(nfs4\).*--home.*memeclip backup"):
        home.check_disk()
