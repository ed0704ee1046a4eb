import pytest

from memeclip_core.config import ROOT, Settings
from memeclip_core.errors import ConfigError


def test_the_shipped_folders_lie_beside_the_package():
    assert (ROOT / "memeclip_core").is_dir()
    assert Settings().assets == ROOT / "assets"
    assert Settings().checkpoints == ROOT / "checkpoints"


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        Settings(port=70000, device="tpu", threads=-1, tasks=(), max_bytes=0, cache_bytes=-1)
    for word in ("port is 70000", "device is 'tpu'", "threads is -1", "tasks is empty", "max_"):
        assert word in str(caught.value)
    assert "cache_bytes is -1; allowed are 0 (nothing is kept) and above" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.7", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_only_loopback_addresses_are_this_machine_alone(host, loopback):
    assert Settings(host=host).loopback is loopback


def test_a_space_is_never_loopback():
    assert not Settings(host="127.0.0.1", space=True).loopback


def test_behind_a_proxy_the_page_is_not_this_machines_alone():
    assert not Settings(host="127.0.0.1", proxies=("127.0.0.1", "10.0.0.0/8")).loopback


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hosts": ("https://a.org",)}, "hosts holds 'https://a.org'; allowed are names such as"),
        ({"hosts": ("a.org:80",)}, "hosts holds 'a.org:80'"),
        ({"proxies": ("nginx",)}, "proxy is 'nginx'; allowed are addresses such as 127.0.0.1"),
        ({"hub_sign_in": True}, "hub_sign_in is on; it is allowed on a Space alone"),
        ({"hub_sign_in": True, "space": True, "auth": ROOT}, "and without sign_in"),
        ({"roles": (("ada", "admin"),)}, "which sign in on a Space alone"),
        ({"image_store": "bucket"}, "image_store is no address of a store; allowed are one prot"),
        ({"image_store": "s3://"}, "such as s3://bucket/prefix or file:///srv/images"),
        ({"image_store": "filecache::s3://bucket"}, "one protocol"),
        ({"image_store": "simplecache::s3://bucket"}, "one protocol"),
        ({"image_store": "sftp://ada:word@host/images"}, "without a password"),
        ({"backup_to": "no-owner"}, "backup_to is 'no-owner'; a repository is OWNER/NAME"),
        ({"backup_to": "a/b/../c"}, "a repository is OWNER/NAME"),
    ],
)
def test_what_only_a_space_or_the_hub_can_do_is_refused_elsewhere(wrong, said):
    with pytest.raises(ConfigError, match=said):
        Settings(**wrong)


def test_a_space_with_sign_in_roles_and_backup_is_fine():
    settings = Settings(
        space=True, hub_sign_in=True, roles=(("ada", "admin"),), backup_to="ada/back-up.1"
    )
    assert settings.hub_sign_in


def test_language_packs_are_names_joined_by_plus() -> None:
    assert Settings(ocr_languages="eng+chi_sim").ocr_languages == "eng+chi_sim"
    for wrong in ("", "eng,deu", "eng deu", "--psm 3", "eng+"):
        with pytest.raises(ConfigError, match=r"ocr_languages is .*such as eng\+deu"):
            Settings(ocr_languages=wrong)


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket",
        "s3://bucket/images:old/2026",
        "sftp://ada@host:22/srv/images",
        "abfs://container@account.dfs.core.windows.net/images",
        "file:///srv/images",
    ],
)
def test_an_image_store_is_one_protocol_and_a_place(url):
    assert Settings(image_store=url).image_store == url


def test_a_password_in_the_address_of_a_store_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        Settings(image_store="sftp://ada:word@host/images")
    assert "word@" not in str(caught.value)
